"""Gives pytest the fixtures and hooks of `suite` and `verdict`, and defines none: several suites have such a file."""

import pytest

pytest.register_assert_rewrite("suite")

from harmless import pytest_runtest_logreport  # noqa: E402 (rewriting comes first)
from suite import (  # noqa: E402 (rewriting comes first)
    host,
    lab,
    namespace,
    pytest_collection_modifyitems,
    pytest_generate_tests,
    view,
)
from verdict import pytest_configure  # noqa: E402

__all__ = [
    "host",
    "lab",
    "namespace",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_logreport",
    "view",
]
