"""Draws a student's variant from a seed, so that it can be drawn again when the grade is questioned."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from kubelab import errors
from kubelab.exercises import exercise_file


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One row of an exercise's variants, the first is number 1, and its values with everything drawn."""

    number: int
    seed: str
    row: exercise_file.VariantSpec
    values: Mapping[str, str]


def variant(exercise: exercise_file.Spec, key: bytes, student: str) -> Variant:
    """Return the variant of a student in the course of that key: the same each time, and no help to guess another's."""
    return of(exercise, seed(key, exercise.id, student))


def seed(key: bytes, exercise: str, student: str) -> str:
    """Return a pack's seed for one exercise: 32 hex digits that do not reveal the key."""
    return hmac.new(key, f"{exercise}\0{student}".encode(), hashlib.sha256).hexdigest()[:32]


def chosen(exercise: str, student: str) -> str:
    """Return a seed outside a course: from the student's name if there is one, else a random one."""
    return seed(b"kubelab", exercise, student) if student else secrets.token_hex(16)


def of(exercise: exercise_file.Spec, drawn: str, number: int | None = None) -> Variant:
    """Return the variant of a seed; `number` takes that row instead of the drawn one (for proving).

    Raises `exercise-unknown` for a number that the exercise has not, or has not any more.
    """
    rows = exercise.variants
    if number is not None and not 1 <= number <= len(rows):
        what = f"{exercise.id} has the variants 1 to {len(rows)}, and no {number}"
        raise errors.LabError("exercise-unknown", what, remedy=f"./run exercise.show {exercise.id}")
    position = pick(drawn, "variant", len(rows)) if number is None else number - 1
    row = rows[position]
    # Drawn by name, not by position: a key more in the file changes nobody's other values.
    values = {name: str(choices[pick(drawn, name, len(choices))]) for name, choices in exercise.draw.items()}
    values |= {name: str(value) for name, value in row.set.items()}
    return Variant(number=position + 1, seed=drawn, row=row, values=values)


def pick(drawn: str, name: str, count: int) -> int:
    """Return a position below `count` that follows from the seed and the name alone."""
    digest = hashlib.sha256(f"{drawn}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % count
