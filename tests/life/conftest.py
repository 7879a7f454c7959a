"""Gives pytest the fixtures of `acts`; it defines none itself, as several suites have a file of this name."""

import pytest

pytest.register_assert_rewrite("acts")

from acts import (  # noqa: E402 (rewriting comes first)
    evidence_of_failure,
    home,
    pytest_collection_modifyitems,
    pytest_runtest_logreport,
)

__all__ = ["evidence_of_failure", "home", "pytest_collection_modifyitems", "pytest_runtest_logreport"]
