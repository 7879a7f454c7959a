"""The marks of a submission: counted from its verdicts and the teacher's own exercises; its own score is ignored."""

from __future__ import annotations

import dataclasses
import datetime
import fractions
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubelab.course import course_plan
from kubelab.exercises import attempt, exercise_file, scoring, timestamps


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One goal or stability check in one student's work: whether it was ever reached, and after how many minutes.

    `key` tells it from every other check of its exercise; `name` does so in words.
    """

    key: scoring.Key
    says: str
    reached: bool
    minutes: float | None

    @property
    def check(self) -> str:
        """Return its check's name; the stability check of a goal has its goal's."""
        return self.key[1]

    @property
    def name(self) -> str:
        """Return its check's name, and its purpose if that is not a goal."""
        return scoring.name(self.key)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One exercise of one student. `points` of `full` count; `late` ones came after the deadline.

    `done` says that a check in time found every goal reached and nothing broken on the way, in an attempt without the
    solution: hints cost points, so that need not be the check that counts. `minutes` are from the end of the break to
    the check that counts.
    """

    exercise: str
    points: int
    full: int
    late: int
    weight: float
    tried: bool
    attempts: int
    hints: int
    assisted: bool
    solved: bool
    done: bool
    minutes: float | None
    goals: tuple[Goal, ...]

    @property
    def share(self) -> float:
        """Return the won part of the points, 0 to 1."""
        return self.points / self.full if self.full else 0.0


Spec = Callable[[attempt.Attempt], exercise_file.Spec]
"""Returns the exercise whose points count for an attempt."""


def of(course: course_plan.Course, attempts: Sequence[attempt.Attempt], spec: Spec | None = None) -> tuple[Mark, ...]:
    """Return a mark for every exercise of the course, untried ones included, in the course's order.

    `spec` gives the exercise as an attempt had it; by default exercises are as they are now.
    """
    marks = []
    for row in course.assignments:
        now = row.exercise.spec
        mine = [(one, spec(one) if spec else now) for one in attempts if one.exercise == row.id]
        marks.append(_mark(row, mine))
    return tuple(marks)


def percent(marks: Iterable[Mark]) -> float:
    """Return the weighted share of all points, 0 to 100; of the exact sum, so that 60 % is not 59.99."""
    rows = [(fractions.Fraction(row.weight), row) for row in marks]
    whole = sum(weight for weight, _ in rows)
    won = sum(weight * fractions.Fraction(row.points, row.full) for weight, row in rows if row.full)
    return float(100 * won / whole) if whole else 0.0


def points(spec: exercise_file.Spec, check: attempt.Check) -> int:
    """Return the points of a check's verdicts by the exercise's numbers; its own are ignored."""
    return scoring.points(spec, check.verdicts)


def scored(spec: exercise_file.Spec) -> list[scoring.Key]:
    """Return the checks that win points, in the order in which the exercise names them."""
    return [key for key, row in scoring.keyed(scoring.slots(spec)).items() if row.kind is not attempt.Kind.GUARD]


_Look = tuple[attempt.Attempt, str, Mapping[scoring.Key, attempt.Verdict]]
"""A check of an attempt: its time, and its verdicts by key."""


@dataclass(frozen=True, kw_only=True)
class _Won:
    """The worth of one attempt: points less hints, the price of those, the check that won it; `done` as in `Mark`."""

    attempt: attempt.Attempt | None
    spec: exercise_file.Spec
    points: int = 0
    hints: int = 0
    solved: bool = False
    done: bool = False
    at: datetime.datetime | None = None

    @property
    def share(self) -> float:
        """Return it as part of its exercise's points, 0 to 1."""
        return self.points / self.spec.full


def _mark(row: course_plan.Assignment, tried: Sequence[tuple[attempt.Attempt, exercise_file.Spec]]) -> Mark:
    attempts = [one for one, _ in tried]
    in_time = [_won(spec, one, attempts, row.due) for one, spec in tried]
    ever = [_won(spec, one, attempts, None) for one, spec in tried]
    counted = max(in_time, key=lambda won: won.share, default=_Won(attempt=None, spec=row.exercise.spec))
    looks = [(one, check.at, scoring.keyed(check.verdicts)) for one in attempts for check in one.checks]
    return Mark(
        exercise=row.id,
        points=counted.points,
        full=counted.spec.full,
        late=max(0, max((won.points for won in ever), default=0) - counted.points),
        weight=row.weight,
        tried=bool(attempts),
        attempts=len(attempts),
        hints=counted.hints,
        assisted=any(one.assisted for one in attempts),
        solved=counted.solved,
        done=any(won.done for won in in_time),
        minutes=_minutes(counted.attempt, counted.at) if counted.attempt and counted.at else None,
        goals=tuple(_goal(key, looks) for key in scored(counted.spec)),
    )


def _won(
    spec: exercise_file.Spec,
    one: attempt.Attempt,
    attempts: Sequence[attempt.Attempt],
    due: datetime.datetime | None,
) -> _Won:
    """Return the worth of the best check of an attempt until `due`, less the hints known by then."""
    shown, cost = attempt.shown(one, attempts), scoring.price(spec, scoring.paid(one, attempts))
    best = _Won(attempt=one, spec=spec, hints=cost, solved=shown)
    for check in one.checks:
        at = timestamps.read(check.at)
        if at is None or (due and at > due):
            continue
        cost, won = scoring.price(spec, scoring.paid(one, attempts, check.at)), points(spec, check)
        value = 0 if shown else max(0, won - cost)
        best = dataclasses.replace(best, done=best.done or (won >= spec.full and not shown))
        if best.at is None or value > best.points:
            best = dataclasses.replace(best, points=value, hints=cost, at=at)
    return best


def _goal(key: scoring.Key, looks: Sequence[_Look]) -> Goal:
    times, says = [], ""
    for one, at, rows in looks:
        if key in rows:
            says = rows[key].says
            if rows[key].state is attempt.State.PASSED:
                times.append(_minutes(one, timestamps.read(at)))
    known = [time for time in times if time is not None]
    return Goal(key=key, says=says, reached=bool(times), minutes=min(known, default=None))


def _minutes(one: attempt.Attempt, at: datetime.datetime | None) -> float | None:
    """Return the minutes from the break to a moment; None if the attempt's own times make no sense."""
    begin = timestamps.read(one.ready) or timestamps.read(one.started)
    if begin is None or at is None or at < begin:
        return None
    return (at - begin).total_seconds() / 60
