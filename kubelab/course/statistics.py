"""Statistics of a whole class: which goal stops most students, time per goal, the distribution of points."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kubelab.course import gradebook, marks
from kubelab.exercises import scoring

STEPS = 10
"""Bars of the distribution: each is ten percent wide; the last holds 100, too."""


@dataclass(frozen=True, kw_only=True)
class GoalRow:
    """One goal over all students who tried its exercise. Minutes are a low quarter, the middle, a high quarter."""

    exercise: str
    key: scoring.Key
    says: str
    tried: int
    reached: int
    minutes: tuple[float, float, float] | None

    @property
    def check(self) -> str:
        """Return its name: its check's, and its purpose if that is not a goal."""
        return scoring.name(self.key)

    @property
    def stopped(self) -> int:
        """Return the number of students who tried and never reached it."""
        return self.tried - self.reached

    @property
    def share(self) -> float:
        """Return the part of those who tried and were stopped by it, 0 to 1."""
        return self.stopped / self.tried if self.tried else 0.0


@dataclass(frozen=True, kw_only=True)
class Totals:
    """One exercise over the class: how many students tried it, and how many are done."""

    exercise: str
    title: str
    tried: int
    done: int
    students: int


def goals(book: gradebook.Gradebook) -> tuple[GoalRow, ...]:
    """Return every goal of the course in its order."""
    found: dict[tuple[str, scoring.Key], list[marks.Goal]] = defaultdict(list)
    for mark in _tried(book):
        for goal in mark.goals:
            found[mark.exercise, goal.key].append(goal)
    order = [(row.id, key) for row in book.course.assignments for key in marks.scored(row.exercise.spec)]
    return tuple(_goal_row(exercise, key, found[exercise, key]) for exercise, key in dict.fromkeys([*order, *found]))


def stoppers(book: gradebook.Gradebook, most: int = 10) -> tuple[GoalRow, ...]:
    """Return the goals that stop a student, most first."""
    stopping = [row for row in goals(book) if row.stopped]
    return tuple(sorted(stopping, key=lambda row: (-row.stopped, -row.share))[:most])


def timed(book: gradebook.Gradebook) -> tuple[GoalRow, ...]:
    """Return the goals that a student reached in a known time."""
    return tuple(row for row in goals(book) if row.minutes)


def totals(book: gradebook.Gradebook) -> tuple[Totals, ...]:
    """Return the exercises in the course's order."""
    rows = []
    for number, assignment in enumerate(book.course.assignments):
        mine = [row.marks[number] for row in book.rows]
        tried, done = sum(mark.tried for mark in mine), sum(mark.done for mark in mine)
        title = assignment.exercise.spec.title
        rows.append(Totals(exercise=assignment.id, title=title, tried=tried, done=done, students=len(mine)))
    return tuple(rows)


def distribution(book: gradebook.Gradebook) -> tuple[int, ...]:
    """Return the number of submitting students with 0 to 10, 10 to 20, … 90 to 100 percent."""
    counts = [0] * STEPS
    for row in book.handed_in:
        counts[min(STEPS - 1, int(row.percent * STEPS / 100))] += 1
    return tuple(counts)


def _tried(book: gradebook.Gradebook) -> Iterator[marks.Mark]:
    return (mark for row in book.rows for mark in row.marks if mark.tried)


def _goal_row(exercise: str, key: scoring.Key, found: list[marks.Goal]) -> GoalRow:
    times = [goal.minutes for goal in found if goal.minutes is not None]
    says = next((goal.says for goal in found if goal.says), "")
    return GoalRow(
        exercise=exercise,
        key=key,
        says=says,
        tried=len(found),
        reached=sum(goal.reached for goal in found),
        minutes=_quarters(times),
    )


def _quarters(times: list[float]) -> tuple[float, float, float] | None:
    if not times:
        return None
    if len(times) == 1:
        return times[0], times[0], times[0]
    low, middle, high = statistics.quantiles(times, n=4, method="inclusive")
    return low, middle, high
