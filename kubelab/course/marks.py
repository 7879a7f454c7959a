"""What a submission is worth: counted from its verdicts and the teacher's own exercises, never taken as said."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubelab.course import plan, submission
from kubelab.exercises import attempt, shape


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One goal or stability check in one student's work: whether it was ever reached, and after how many minutes."""

    check: str
    says: str
    reached: bool
    minutes: float | None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One exercise of one student. `points` of `full` count; `late` are those that only came after the deadline.

    `minutes` are from the moment at which the break was in place to the check that counts.
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
    minutes: float | None
    goals: tuple[Goal, ...]

    @property
    def share(self) -> float:
        """Return the part of the points that was won, 0 to 1."""
        return self.points / self.full if self.full else 0.0

    @property
    def done(self) -> bool:
        """Return whether every goal was reached in time and nothing was broken on the way."""
        return self.tried and self.points + self.hints >= self.full and not self.solved


def of(course: plan.Course, attempts: Sequence[attempt.Attempt]) -> tuple[Mark, ...]:
    """Return a mark for every exercise of the course, those that were not tried included, in the course's order."""
    return tuple(_mark(row, [one for one in attempts if one.exercise == row.id]) for row in course.assignments)


def percent(marks: Iterable[Mark]) -> float:
    """Return the weighted share of all points, 0 to 100."""
    rows = list(marks)
    whole = sum(row.weight for row in rows)
    return 100 * sum(row.weight * row.share for row in rows) / whole if whole else 0.0


def scored(spec: shape.Spec) -> list[shape.GoalSpec | shape.StabilitySpec]:
    """Return the checks that win points."""
    return [*spec.goals, *spec.stability]


def points(spec: shape.Spec, check: attempt.Check) -> int:
    """Return what the verdicts of a check are worth by the exercise's numbers, whatever it says itself."""
    won = {row.check: row.points for row in scored(spec)}
    costs = {row.check: row.points for row in spec.guards}
    passed = {row.check for row in check.verdicts if row.state is attempt.State.PASSED}
    failed = {
        row.check for row in check.verdicts if row.kind is attempt.Kind.GUARD and row.state is attempt.State.FAILED
    }
    return max(0, sum(won[name] for name in passed & won.keys()) - sum(costs[name] for name in failed & costs.keys()))


def price(spec: shape.Spec, one: attempt.Attempt) -> int:
    """Return what the hints taken cost by the exercise's own prices."""
    numbers = {hint.number for hint in one.hints}
    return sum(row.price for number, row in enumerate(spec.hints, 1) if number in numbers)


def _mark(row: plan.Assignment, attempts: Sequence[attempt.Attempt]) -> Mark:
    spec = row.exercise.spec
    in_time = [(one, *_best(spec, one, row.due)) for one in attempts]
    ever = max((_best(spec, one, None)[0] for one in attempts), default=0)
    counted, value, at = max(in_time, key=lambda item: item[1], default=(None, 0, None))
    return Mark(
        exercise=row.id,
        points=value,
        full=spec.full,
        late=max(0, ever - value),
        weight=row.weight,
        tried=bool(attempts),
        attempts=len(attempts),
        hints=price(spec, counted) if counted else 0,
        assisted=any(one.assisted for one in attempts),
        solved=bool(counted and counted.solved),
        minutes=_minutes(counted, at) if counted and at else None,
        goals=tuple(_goal(check, attempts) for check in _names(spec)),
    )


def _names(spec: shape.Spec) -> list[str]:
    return list(dict.fromkeys(one.check for one in scored(spec)))


def _best(
    spec: shape.Spec, one: attempt.Attempt, due: datetime.datetime | None
) -> tuple[int, datetime.datetime | None]:
    """Return the most points of an attempt until `due`, hints taken off, and when the check was that won them."""
    best, when = 0, None
    for check in one.checks:
        at = submission.moment(check.at)
        if at is None or (due and at > due):
            continue
        value = 0 if one.solved else max(0, points(spec, check) - price(spec, one))
        if when is None or value > best:
            best, when = value, at
    return best, when


def _goal(check: str, attempts: Sequence[attempt.Attempt]) -> Goal:
    times, says = [], ""
    for one in attempts:
        for looked in one.checks:
            for row in looked.verdicts:
                if row.check == check:
                    says = row.says
                    if row.state is attempt.State.PASSED:
                        times.append(_minutes(one, submission.moment(looked.at)))
    known = [time for time in times if time is not None]
    return Goal(check=check, says=says, reached=bool(times), minutes=min(known, default=None))


def _minutes(one: attempt.Attempt, at: datetime.datetime | None) -> float | None:
    """Return the minutes from the break to a moment; None where the attempt's own times make no sense."""
    begin = submission.moment(one.ready) or submission.moment(one.started)
    if begin is None or at is None or at < begin:
        return None
    return (at - begin).total_seconds() / 60


def verdicts(attempts: Sequence[attempt.Attempt]) -> Mapping[str, Sequence[attempt.Verdict]]:
    """Return the verdicts of each exercise's last check, for JUnit."""
    return {one.exercise: one.checks[-1].verdicts for one in attempts if one.checks}
