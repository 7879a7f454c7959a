"""Draws the tasks of an exam from a seed: by the curriculum's shares, on labs in which no task disturbs another."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kubelab import errors, model
from kubelab.exam import touches
from kubelab.exercises import exercise_file, library, needs, variants

KEY = b"kubelab-exam"
LEAST, MOST = 15, 17
"""Tasks of one exam."""
SEEDS = 1_000_000_000
"""The seeds that a person may type are below this."""
TRIES = 40
"""Orders in which the exercises are tried for one division among the domains."""
Topic = exercise_file.Topic
Division = Mapping[Topic, int]
"""Domain to its number of tasks."""
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One drawn task: its number from 1, its lab, its exercise, its variant and that variant's seed."""

    number: int
    lab: str
    exercise: str
    variant: int
    seed: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One exercise with one of its touches."""

    exercise: library.Exercise
    touch: touches.Touch

    @property
    def topic(self) -> Topic:
        """Return its domain."""
        return self.exercise.spec.topic


def draw(labs: Sequence[model.Lab], exercises: Sequence[library.Exercise], seed: str) -> tuple[Task, ...]:
    """Return the tasks of an exam, in the order of the labs; the same for the same labs, exercises and seed.

    Raises `exam-unfit` if these labs cannot hold 15 tasks without one disturbing another.
    """
    known = choices(exercises)
    counts = [LEAST + variants.pick(seed, "tasks", MOST - LEAST + 1), *range(MOST, LEAST - 1, -1)]
    there = by_domain(known)
    for count in dict.fromkeys(counts):
        possible = [row for row in divisions(count) if all(row[topic] <= there[topic] for topic in row)]
        for division in _shuffled(possible, seed, "division"):
            for trial in range(TRIES):
                found = _placed(labs, known, division, f"{seed}/{trial}")
                if len({place for place, _ in found}) == len(labs):  # each lab has its part
                    return tuple(_numbered(labs, found, seed))
    what = f"lab {' and '.join(lab.name for lab in labs)} cannot hold {LEAST} tasks that leave each other alone"
    raise errors.LabError("exam-unfit", what)


def seed_of(key: bytes, student: str) -> str:
    """Return the seed of a student's exam in the course of that key."""
    return str(int(variants.seed(key, "EXAM", student), 16) % SEEDS)


def choices(exercises: Sequence[library.Exercise]) -> list[Choice]:
    """Return every exercise that an exam may draw, once for each of its touches."""
    return [Choice(exercise=row, touch=touch) for row in exercises for touch in touches.ROWS.get(row.spec.id, ())]


def divisions(count: int) -> Iterator[Division]:
    """Yield every division of some tasks among the domains that keeps to the curriculum's shares, up to rounding."""
    topics = [topic for topic, share in exercise_file.SHARES.items() if share]
    exact = [count * exercise_file.SHARES[topic] / 100 for topic in topics]
    for numbers in itertools.product(*((math.floor(part), math.ceil(part)) for part in exact)):
        if sum(numbers) == count:
            yield dict(zip(topics, numbers, strict=True))


def _placed(
    labs: Sequence[model.Lab], known: Sequence[Choice], division: Division, trial: str
) -> list[tuple[int, Choice]]:
    """Return the choices of one trial with their labs' positions; empty if a domain does not get its number."""
    found: list[tuple[int, Choice]] = []
    left = Counter(division)
    for choice in _ordered(known, division, trial):
        if not left[choice.topic] or any(other.exercise is choice.exercise for _, other in found):
            continue
        for place in _shuffled(range(len(labs)), trial, choice.exercise.spec.id):
            here = [other.touch for at, other in found if at == place]
            if not needs.of_lab(choice.exercise, labs[place]) and not any(
                touches.overlap(choice.touch, row) for row in here
            ):
                found.append((place, choice))
                left[choice.topic] -= 1
                break
    return [] if any(left.values()) else found


def by_domain(known: Sequence[Choice]) -> Counter[Topic]:
    """Return how many exercises each domain has."""
    return Counter(topic for topic, _ in {(choice.topic, choice.exercise.spec.id) for choice in known})


def _ordered(known: Sequence[Choice], division: Division, trial: str) -> list[Choice]:
    """Return the choices in the order of a trial; of a domain that has none to spare, before all others."""
    there = by_domain(known)

    def order(choice: Choice) -> tuple[bool, int]:
        spare = there[choice.topic] > division.get(choice.topic, 0)
        return spare, variants.pick(trial, f"{choice.exercise.spec.id}/{choice.touch.variants}", 1 << 62)

    return sorted(known, key=order)


def _shuffled(rows: Sequence[Row], seed: str, name: str) -> list[Row]:
    """Return rows in an order that follows from the seed and the name of what is ordered."""
    return [rows[at] for at in sorted(range(len(rows)), key=lambda at: variants.pick(seed, f"{name}/{at}", 1 << 62))]


def _numbered(labs: Sequence[model.Lab], found: list[tuple[int, Choice]], seed: str) -> Iterator[Task]:
    """Yield the tasks lab by lab, a task that stops its lab for the others first: it has to be mended first."""
    rows = sorted(found, key=lambda row: (row[0], not row[1].touch.stops, row[1].exercise.spec.difficulty))
    for number, (place, choice) in enumerate(rows, 1):
        spec = choice.exercise.spec
        drawn = variants.seed(KEY, spec.id, seed)
        chosen = variant_of(spec, choice.touch, drawn)
        yield Task(number=number, lab=labs[place].name, exercise=spec.id, variant=chosen, seed=drawn)


def variant_of(spec: exercise_file.Spec, touch: touches.Touch, drawn: str) -> int:
    """Return the number of the variant that a task's seed draws, among those that one of its touches is about."""
    numbers = touch.variants or tuple(range(1, len(spec.variants) + 1))
    return numbers[variants.pick(drawn, "exam", len(numbers))]
