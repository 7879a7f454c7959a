"""The points of verdicts and the price of hints: the one sum for students, teachers and proofs.

A verdict is known by its kind and its check's name: the stability check of a goal has its goal's name.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kubelab.exercises import attempt, exercise_file, timestamps

Key = tuple[attempt.Kind, str, int]
"""A check's kind, its name, and its number among those that share both; the first is number 1."""
MISSING = "there is no verdict on it"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One check of an exercise: its points, or its price, and its least seconds."""

    kind: attempt.Kind
    check: str
    points: int
    least: int = 0


Row = TypeVar("Row", Slot, attempt.Verdict)


def slots(spec: exercise_file.Spec) -> tuple[Slot, ...]:
    """Return the checks of an exercise in its order."""
    kinds = attempt.Kind
    return (
        *(Slot(kind=kinds.GOAL, check=row.check, points=row.points) for row in spec.goals),
        *(Slot(kind=kinds.GUARD, check=row.check, points=row.points) for row in spec.guards),
        *(Slot(kind=kinds.STABILITY, check=row.check, points=row.points, least=row.least) for row in spec.stability),
    )


def keyed(rows: Iterable[Row]) -> dict[Key, Row]:
    """Return checks or verdicts by key, in their order."""
    counts: Counter[tuple[attempt.Kind, str]] = Counter()
    found = {}
    for row in rows:
        counts[row.kind, row.check] += 1
        found[row.kind, row.check, counts[row.kind, row.check]] = row
    return found


def name(key: Key) -> str:
    """Return a unique name of a check: a goal's check, others with their kind."""
    kind, check, number = key
    more = [*([str(kind)] if kind is not attempt.Kind.GOAL else []), *([str(number)] if number > 1 else [])]
    return f"{check} ({' '.join(more)})" if more else check


def settled(spec: exercise_file.Spec, verdicts: Iterable[attempt.Verdict]) -> tuple[attempt.Verdict, ...]:
    """Return exactly one verdict for each check of an exercise, at the exercise's own points.

    A check without a verdict counts as undecided.
    """
    given = keyed(verdicts)
    found = []
    for key, row in keyed(slots(spec)).items():
        lacking = attempt.Verdict(
            kind=row.kind, check=row.check, says="", state=attempt.State.UNKNOWN, seen=MISSING, points=row.points
        )
        found.append(dataclasses.replace(given.get(key, lacking), points=row.points))
    return tuple(found)


def total(verdicts: Iterable[attempt.Verdict]) -> int:
    """Return the points of passed goals and stability, less the price of failed guards; never below 0."""
    rows = list(verdicts)
    won = sum(row.points for row in rows if row.kind is not attempt.Kind.GUARD and _passed(row))
    lost = sum(row.points for row in rows if row.kind is attempt.Kind.GUARD and not _passed(row))
    return max(0, won - lost)


def points(spec: exercise_file.Spec, verdicts: Iterable[attempt.Verdict]) -> int:
    """Return the points of verdicts by the exercise's own numbers; theirs are ignored."""
    return total(settled(spec, verdicts))


def _passed(row: attempt.Verdict) -> bool:
    return row.state is attempt.State.PASSED


def prices(spec: exercise_file.Spec) -> Mapping[int, int]:
    """Return the price of each hint of an exercise, by its number."""
    return dict(enumerate((row.price for row in spec.hints), 1))


def price(spec: exercise_file.Spec, hints: Iterable[attempt.Hint]) -> int:
    """Return the price of hints by the exercise's own numbers; a repeated one was paid once."""
    costs = prices(spec)
    return sum(costs.get(number, 0) for number in {hint.number for hint in hints})


def paid(one: attempt.Attempt, attempts: Iterable[attempt.Attempt], at: str = "") -> tuple[attempt.Hint, ...]:
    """Return the hints that count in an attempt: its own, and those of others of the same variant until `at`.

    A student who stops and begins again has the same variant, and knows the paid hints. No `at`: until the attempt
    began.
    """
    others = [row for row in attempts if row is not one and (row.exercise, row.seed) == (one.exercise, one.seed)]
    known = [hint for row in others for hint in row.hints if timestamps.until(hint.at, at or one.started)]
    rows = {hint.number: hint for hint in [*known, *one.hints]}
    return tuple(rows[number] for number in sorted(rows))


def charged(attempts: Sequence[attempt.Attempt]) -> tuple[attempt.Attempt, ...]:
    """Return attempts, each with the hints that count in it, those of earlier attempts at its variant included."""
    return tuple(dataclasses.replace(one, hints=paid(one, attempts)) for one in attempts)
