"""Reads the mark `red_by` of each check of `lab.test`: pytest collects it, with this module as a plugin.

A check's name is `file::function` under tests/live, without the beginnings `test_`.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kubelab import errors
from kubelab.faults import catalogue
from kubelab.files import atomic
from kubelab.proofs.layers import BREAKS, Layer

if TYPE_CHECKING:
    import pytest

MARK = "red_by"
DEPENDS = "depends_on"
SEVERAL = "several"
"""The mark of a check of several control planes: proofs run on a lab with one."""
REPORT = "KUBELAB_MARKS"
"""Environment variable with the file that the plugin writes."""
Mark = tuple[Sequence[str], Mapping[str, str]]
"""The content of a mark: names, and options."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check: the layer it depends on, and the faults and mutations that must redden it, by name."""

    depends_on: Layer
    red_by: tuple[str, ...]
    source: str
    """The function without its marks: the test itself."""


Suite = Mapping[str, Check]
"""Every check of the suite, by name."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the marks and the source of each collected check, for the process that asked."""
    found: dict[str, Mapping[str, Any]] = {}
    for item in session.items:
        if item.get_closest_marker(SEVERAL):
            continue
        function: Any = item  # every item of the suite is a function
        name = f"{item.path.stem.removeprefix('test_')}::{function.originalname.removeprefix('test_')}"
        marks = [[mark.args, mark.kwargs] for mark in item.iter_markers(MARK)]
        found[name] = {"marks": marks, "source": _source(function.obj)}
    atomic.write(Path(os.environ[REPORT]), json.dumps(found))


def _source(function: Callable[..., object]) -> str:
    text = inspect.getsource(function)
    return ast.get_source_segment(text, ast.parse(text).body[0]) or ""


def read(report: str) -> dict[str, Check]:
    """Return the checks of a report of the plugin; raise `check-unmarked` with all faults of all marks."""
    found = json.loads(report)
    problems = [f"{name}: {problem}" for name in found for problem in _problems(found[name]["marks"])]
    if problems:
        what = "a check of tests/live does not say what must redden it"
        raise errors.LabError("check-unmarked", what, details=problems)
    return {name: _check(row["marks"][0], row["source"]) for name, row in found.items()}


def _check(mark: Mark, source: str) -> Check:
    names, options = mark
    return Check(depends_on=Layer(options[DEPENDS]), red_by=tuple(names), source=source)


def _problems(marks: Sequence[Mark]) -> Iterator[str]:
    """Yield the faults in the marks of one check."""
    if len(marks) != 1:
        yield f"it has {len(marks)} marks {MARK}, and needs one"
        return
    names, options = marks[0]
    if not names:
        yield f"its mark {MARK} names no fault or mutation"
    if set(options) != {DEPENDS}:
        yield f"its mark {MARK} has the options {', '.join(options) or '(none)'}, and needs {DEPENDS} alone"
    yield from _unknown("fault or mutation", names, BREAKS)
    yield from _unknown("layer", [options[DEPENDS]] if DEPENDS in options else [], list(Layer))


def _unknown(what: str, names: Sequence[str], known: Collection[str]) -> Iterator[str]:
    for name in (name for name in names if name not in known):
        yield "; ".join([f"there is no {what} {name!r}", *catalogue.near(str(name), known)[:1]])
