"""What upstream's suite found: its JUnit report, and the verdict on it.

A spec that fails is red, but for those that cannot run on a computer without a registry: a committed list says why.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from kubelab import pages, paths
from kubelab.files import strictjson
from kubelab.ui import foreign

DATA = paths.ROOT / pages.CONFORMANCE_DATA
LARGEST = 2**16
"""Bytes of the committed list."""
KIND = re.compile(r"^\[(\w+)\] ?")
"""What ginkgo puts before the name of a spec, `[It]`, or of a step around the specs."""
SPEC = "It"
PASSED, FAILED, LEFT_OUT, INTERRUPTED = "passed", "failed", "left out", "interrupted"
NOT_CHOSEN = ("skipped", "pending")
STATE = re.compile(r"^\[[A-Z!]+\] ")
"""What ginkgo puts before the words of a failure."""
GROUP = re.compile(r"^\[sig-[^]]+\]")


@dataclass(frozen=True, kw_only=True)
class Result:
    """One spec, or a step around the specs: its state (`PASSED` and the like), seconds, words of its failure."""

    name: str
    state: str
    seconds: float
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which specs of the conformance suite run: ginkgo's filter of labels, and its focus (all if empty)."""

    name: str
    labels: str = "Conformance"
    focus: tuple[str, ...] = ()


@functools.cache
def listed() -> Mapping[str, str]:
    """Return the specs that cannot run without a registry, or with stand-ins, with the cause of each."""
    return {str(name): str(cause) for name, cause in _data()["not here"].items()}


def _data() -> dict[str, Any]:
    return strictjson.table(strictjson.content(DATA, most=LARGEST), most=LARGEST)


def choice(*, quick: bool, focus: str) -> Choice:
    """Return the choice of a run: a few of each area, what a person focuses on, or all that may run side by side."""
    together = "Conformance && !Serial && !Slow && !Disruptive"
    if focus:
        return Choice(name=f"focus {focus}", focus=(focus,))
    if quick:
        return Choice(name="quick", labels=together, focus=tuple(map(str, _data()["quick"])))
    return Choice(name="whole", labels=together)


def read(report: Path) -> list[Result]:
    """Return the results of a JUnit report, without specs that were not chosen; empty if there is no whole report."""
    try:
        return list(_results(ElementTree.parse(report).iter("testcase")))  # noqa: S314 (ginkgo wrote it a moment ago)
    except (FileNotFoundError, ElementTree.ParseError):  # a suite that is killed leaves none, or a part
        return []


def _results(cases: Iterable[ElementTree.Element]) -> Iterator[Result]:
    for case in cases:
        title = case.get("name", "")
        kind = KIND.match(title)
        spec = bool(kind and kind[1] == SPEC)
        state, said = _state(case)
        if state and (spec or state == FAILED):  # of the steps around the specs only failures count
            name = title[kind.end() :] if kind and spec else title
            yield Result(name=name.strip(), state=state, seconds=float(case.get("time") or 0), said=said)


def _state(case: ElementTree.Element) -> tuple[str, str]:
    """Return a state and its words; no state for what was not chosen."""
    for child in case:
        words = (child.get("message") or child.text or "").strip()
        if child.tag == "skipped":
            _, own, reason = words.partition(" - ")
            return (LEFT_OUT, reason) if own else ("", "")
        if child.tag in ("failure", "error"):
            stopped = case.get("status") in (INTERRUPTED, "aborted")
            return (INTERRUPTED if stopped else FAILED), _first(child.text or words)
    return ("", "") if case.get("status") in NOT_CHOSEN else (PASSED, "")


def _first(words: str) -> str:
    """Return the first line of a failure that says something."""
    lines = (STATE.sub("", line.strip()) for line in words.splitlines())
    return next((foreign.line(line)[:300] for line in lines if line), "")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The results of a run, with the number of specs that it was to run (0: it did not say)."""

    choice: Choice
    results: tuple[Result, ...]
    wanted: int
    seconds: float
    stopped: bool = False
    left: tuple[str, ...] = ()
    """What of the run is still in the lab, in words."""

    def of(self, state: str) -> list[Result]:
        """Return the results of a state; failures only of specs that are not listed."""
        return [row for row in self.results if row.state == state and not (state == FAILED and row.name in listed())]

    @property
    def unable(self) -> list[Result]:
        """Return the failures that the list explains."""
        return [row for row in self.results if row.state == FAILED and row.name in listed()]

    @property
    def surprising(self) -> list[Result]:
        """Return the specs that passed although the list says that they cannot run here."""
        return [row for row in self.of(PASSED) if row.name in listed()]

    @property
    def ran(self) -> int:
        """Return how many specs came to an end, those that left themselves out included."""
        ended = (row for row in self.results if row.state != INTERRUPTED and GROUP.match(row.name))
        return sum(1 for _ in ended)

    @property
    def missing(self) -> int:
        """Return how many specs were to run and did not."""
        return max(0, self.wanted - self.ran)

    @property
    def good(self) -> bool:
        """Return whether specs ran, all of them, and every failure is explained."""
        return bool(self.of(PASSED)) and not self.of(FAILED) and not self.missing and not self.stopped
