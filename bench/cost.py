"""Divides the CPU seconds of a run among its goals and phases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import cpu, looks, marks, spread

WALL = "wall"
TOGETHER = "together"
BETWEEN = "between phases"
ANSWERED = "until it answers"
WHOLE = "until it is whole"
CONTROL = "control plane and etcd"
WORKERS = "workers"

Rows = Mapping[str, Mapping[str, float]]
"""A goal or phase to part to CPU seconds; `WALL` are seconds of the clock, `TOGETHER` the CPU seconds of all parts."""
Table = Mapping[str, Mapping[str, spread.Spread]]
"""The same over several runs."""


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of a run, in seconds after its begin."""

    name: str
    begin: float
    end: float


def rows(usage: cpu.Usage, *, answered: float, whole: float, phases: Iterable[Segment]) -> Rows:
    """Return the CPU seconds until each goal, then those of each phase; a phase in several stretches is one row."""
    goals = (
        Segment(name=ANSWERED, begin=0.0, end=answered),
        Segment(name=WHOLE, begin=0.0, end=whole),
    )
    found: dict[str, dict[str, float]] = {}
    for segment in (*goals, *phases):
        row = found.setdefault(segment.name, {})
        for part, value in _taken(usage, segment).items():
            row[part] = row.get(part, 0.0) + value
    return found


def _taken(usage: cpu.Usage, segment: Segment) -> dict[str, float]:
    before, after = usage.at(segment.begin), usage.at(segment.end)
    parts = {part: value - before.get(part, 0.0) for part, value in after.items()}
    return {**parts, TOGETHER: sum(parts.values()), WALL: segment.end - segment.begin}


def of_events(events: Sequence[Mapping[str, Any]], whole: float) -> list[Segment]:
    """Return the phases of a run from its events, each moment in one: of two that are open, in the one begun last."""
    open_phases: list[str] = []
    found: list[Segment] = []
    last = 0.0
    for event in (*events, {"event": "over", "at": whole}):
        if event["event"] not in ("begin", "end", "over"):
            continue
        name = open_phases[-1] if open_phases else BETWEEN
        found.append(Segment(name=name, begin=last, end=event["at"]))
        last = event["at"]
        if event["event"] == "begin":
            open_phases.append(event["phase"])
        elif event.get("phase") in open_phases:
            open_phases.remove(event["phase"])
    return [segment for segment in found if segment.end > segment.begin]


def of_marks(found: Iterable[marks.Mark]) -> list[Segment]:
    """Return the stretches between the bench's own marks, each named by the mark that ends it."""
    reached = marks.ordered([mark for mark in found if mark.source == "bench"])
    begins = [0.0, *(mark.at for mark in reached)]
    return [
        Segment(name=f"to {mark.name}", begin=begin, end=mark.at) for begin, mark in zip(begins, reached, strict=False)
    ]


def table(runs: Sequence[Rows]) -> Table:
    """Return the spread of every value over the runs that have it."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: _spreads([run[name] for run in runs if name in run]) for name in names}


def _spreads(found: Sequence[Mapping[str, float]]) -> dict[str, spread.Spread]:
    parts = dict.fromkeys(part for row in found for part in row)
    return {part: spread.of([row.get(part, 0.0) for row in found]) for part in parts}


def columns(found: Table) -> list[str]:
    """Return the parts in the order in which they are read: boxes, outside, together, wall."""
    parts = {part for row in found.values() for part in row}
    last = [part for part in (*looks.OUTSIDE, TOGETHER, WALL) if part in parts]
    return [*sorted(parts - set(last)), *last]


def by_kind(row: Mapping[str, float]) -> dict[str, float]:
    """Return a row whose boxes are summed by kind, so that the lab's and kubeadm's stand side by side."""
    found = {CONTROL: 0.0, WORKERS: 0.0}
    for part, value in row.items():
        outside = part in (*looks.OUTSIDE, TOGETHER, WALL)
        name = part if outside else WORKERS if "worker" in part else CONTROL
        found[name] = found.get(name, 0.0) + value
    return found
