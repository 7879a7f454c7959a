"""Removes terminal control sequences from the output of boxes and pods in the reports of failed tests."""

from __future__ import annotations

from typing import Any

import pytest

from kubelab.ui import foreign

DEEPEST = 12
"""Of a report's own objects in each other; pytest's have six."""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Clean a report before anybody prints, counts or writes it."""
    report.longrepr = cleaned(report.longrepr)
    report.sections = [(name, foreign.text(content)) for name, content in report.sections]


def cleaned(value: Any, depth: int = 0) -> Any:
    """Return a report's value with harmless text; pytest's own objects are changed where they are."""
    if isinstance(value, str):
        return foreign.text(value)
    if depth > DEEPEST:
        return value
    if isinstance(value, list | tuple):
        return type(value)(cleaned(one, depth + 1) for one in value)
    if type(value).__module__ == "_pytest._code.code":
        for name, inner in vars(value).items():
            object.__setattr__(value, name, cleaned(inner, depth + 1))
    return value
