"""One sum of points: exercise.check and course.collect agree on every shipped exercise for all verdicts."""

from __future__ import annotations

import dataclasses
import itertools
import random
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubelab.course import course_plan, marks, regrade
from kubelab.exercises import attempt, exercise_file, grade, library, scoring

KINDS, STATES = attempt.Kind, attempt.State
MANY = 7
"""Checks up to which every combination of three verdicts is tried: 2187 of them."""


def verdict(slot: scoring.Slot, state: attempt.State, says: str = "") -> attempt.Verdict:
    """Return a verdict on a check."""
    return attempt.Verdict(kind=slot.kind, check=slot.check, says=says, state=state, points=slot.points)


def outcomes(count: int) -> Iterator[tuple[attempt.State, ...]]:
    """Yield how so many checks can end: all ways, or all of two kinds and each single one that could not be told."""
    if count <= MANY:
        yield from itertools.product(STATES, repeat=count)
        return
    yield from itertools.product((STATES.PASSED, STATES.FAILED), repeat=count)
    for place in range(count):
        rows = [STATES.PASSED] * count
        rows[place] = STATES.UNKNOWN
        yield tuple(rows)


def by_hand(spec: exercise_file.Spec, states: tuple[attempt.State, ...]) -> int:
    """Return what states are worth, in the order goals, guards, stability: counted straight from exercise.yaml."""
    goals, guards = len(spec.goals), len(spec.guards)
    worth = [row.points for row in spec.goals] + [row.points for row in spec.guards]
    worth += [row.points for row in spec.stability]
    good = [state is STATES.PASSED for state in states]
    won = sum(worth[place] for place in range(len(worth)) if not goals <= place < goals + guards and good[place])
    lost = sum(worth[place] for place in range(goals, goals + guards) if not good[place])
    return max(0, won - lost)


def checked(exercise: library.Exercise, verdicts: list[attempt.Verdict], monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the points that `exercise.check` gives for these verdicts, each looked at in its turn."""
    rows = scoring.keyed(verdicts)
    monkeypatch.setattr(
        grade,
        "tasks",
        lambda _: [types.SimpleNamespace(kind=row.kind, key=key, again=None) for key, row in rows.items()],
    )
    monkeypatch.setattr(grade, "_judge", lambda tasks: [rows[task.key] for task in tasks])
    monkeypatch.setattr(grade, "_stability", lambda _scene, tasks, *_: [rows[task.key] for task in tasks])
    monkeypatch.setattr(grade, "_unlooked", lambda task, _: rows[task.key])
    scene: Any = types.SimpleNamespace(exercise=exercise)
    return grade.check(scene).points


@pytest.mark.parametrize("name", library.names())
def test_the_student_and_the_teacher_count_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every exercise, every way in which its checks can end: exercise.check, course.collect and the file's own sum."""
    exercise = library.find(name)
    spec, slots = exercise.spec, scoring.slots(exercise.spec)
    course = course_plan.Course(
        id="c", title="", lab="default", zone="UTC", watch="", students=(), file=Path("c.yaml"),
        assignments=(course_plan.Assignment(exercise=exercise, weight=1, opens=None, due=None),),
    )  # fmt: skip
    begun = attempt.Attempt(
        exercise=name, digest="", lab="default", seed="s", variant=1, full=spec.full,
        started="2026-11-10T09:00:00+00:00", ready="2026-11-10T09:00:10+00:00",
    )  # fmt: skip
    for states in outcomes(len(slots)):
        verdicts = [verdict(slot, state) for slot, state in zip(slots, states, strict=True)]
        wanted = by_hand(spec, states)
        look = attempt.Check(at="2026-11-10T09:20:00+00:00", verdicts=tuple(verdicts), points=0, full=spec.full)
        (mark,) = marks.of(course, [dataclasses.replace(begun, checks=(look,))])
        assert (mark.points, marks.points(spec, look)) == (wanted, wanted), states
        assert grade.points(verdicts) == wanted, states
    assert checked(exercise, [verdict(slot, STATES.PASSED) for slot in slots], monkeypatch) == spec.full
    for place in range(len(slots)):
        for state in (STATES.FAILED, STATES.UNKNOWN):
            ends = tuple(state if number == place else STATES.PASSED for number in range(len(slots)))
            rows = [verdict(slot, end) for slot, end in zip(slots, ends, strict=True)]
            assert checked(exercise, rows, monkeypatch) == by_hand(spec, ends)


def twins() -> list[str]:
    """Return the exercises that look at a goal again for stability, under the same name."""
    found = []
    for name in library.names():
        spec = library.find(name).spec
        if {row.check for row in spec.goals} & {row.check for row in spec.stability}:
            found.append(name)
    return found


def test_most_exercises_have_a_goal_and_a_stability_check_of_one_name() -> None:
    """So the test above tries what it is to try."""
    assert len(twins()) > 20


def test_a_verdict_that_is_missing_wins_nothing_and_a_guard_without_one_costs() -> None:
    """Left out of a file, a guard is no guard that held."""
    spec = library.find("dns-broken").spec
    rows = [verdict(slot, STATES.PASSED) for slot in scoring.slots(spec)]
    for left_out in rows:
        rest = [row for row in rows if row is not left_out]
        assert scoring.points(spec, rest) == max(0, spec.full - left_out.points)


def test_a_verdict_of_another_kind_or_a_second_one_wins_nothing() -> None:
    """A guard of a goal's name, or the same goal twice, is no goal reached."""
    spec = library.find("dns-broken").spec
    (goal, *_) = scoring.slots(spec)
    guards = [verdict(slot, STATES.PASSED) for slot in scoring.slots(spec) if slot.kind is KINDS.GUARD]
    reached = verdict(goal, STATES.PASSED)
    assert scoring.points(spec, [*guards, reached, reached]) == goal.points
    assert scoring.points(spec, [*guards, dataclasses.replace(reached, kind=KINDS.GUARD)]) == 0
    assert scoring.points(spec, [*guards, dataclasses.replace(reached, points=100)]) == goal.points


def test_two_checks_of_one_kind_and_name_count_one_after_the_other() -> None:
    """An exercise may guard two things with `kept`, at different prices."""
    spec = library.find("dns-broken").spec
    guards = [*spec.guards, spec.guards[0].model_copy(update={"points": 1})]
    twice = spec.model_copy(update={"guards": guards})
    slots = scoring.slots(twice)
    rows = [verdict(slot, STATES.PASSED) for slot in slots]
    rows[len(spec.goals) + len(guards) - 1] = verdict(slots[len(spec.goals) + len(guards) - 1], STATES.FAILED)
    assert scoring.points(twice, rows) == spec.full - 1
    names = [scoring.name(key) for key in scoring.keyed(slots)]
    assert len(set(names)) == len(names)


def test_a_hint_is_paid_once_for_a_variant() -> None:
    """Over all attempts at it: not again in the next, not by another variant, and not before it was taken."""
    spec = library.find("dns-broken").spec

    def tried(started: str, seed: str = "s", *hints: attempt.Hint) -> attempt.Attempt:
        return attempt.Attempt(
            exercise=spec.id,
            digest="",
            lab="default",
            seed=seed,
            variant=1,
            full=spec.full,
            started=started,
            hints=hints,
        )

    at = "2026-11-10T09:{:02}:00+00:00".format
    notes = [
        attempt.Hint(at=at(10 + number), number=number, price=row.price) for number, row in enumerate(spec.hints, 1)
    ]
    first, other, second = tried(at(0), "s", *notes), tried(at(30), "t"), tried(at(40), "s", notes[0])
    every = [first, other, second]
    whole = sum(row.price for row in spec.hints)
    assert scoring.price(spec, scoring.paid(second, every)) == whole
    assert scoring.price(spec, scoring.paid(other, every)) == 0
    assert scoring.price(spec, scoring.paid(tried(at(5)), every, at(8))) == 0
    assert scoring.price(spec, scoring.paid(tried(at(5)), every, at(11))) == spec.hints[0].price
    assert scoring.price(spec, [*notes, *notes]) == whole
    assert dataclasses.replace(first, hints=(*notes, *notes)).price == whole


@pytest.mark.parametrize("name", twins())
def test_a_regrade_tells_a_goal_from_the_same_goal_later(name: str) -> None:
    """The goal held, the stability check did not: each is claimed as it was."""
    slots = scoring.slots(library.find(name).spec)
    rows = [
        verdict(s, STATES.FAILED if s.kind is KINDS.STABILITY else STATES.PASSED, f"{s.kind} {s.check}") for s in slots
    ]
    look = attempt.Check(at="", verdicts=tuple(rows), points=0, full=1)
    outcome = regrade.Outcome(exercise=name, claimed=look, found=look, points=0, claimed_points=0)
    lines = outcome.lines()
    assert [f"  {row.says}: claimed {row.state}, here {row.state}" for row in rows] == lines[:-1]


SOME = 40
"""Stories of attempts that are drawn for each exercise."""


def story(spec: exercise_file.Spec, dice: random.Random) -> list[attempt.Attempt]:
    """Return one to three attempts, one after the other: each with some checks of any verdicts, and some hints."""
    found = []
    for hour in range(dice.randint(1, 3)):
        time = f"2026-11-10T{9 + hour:02}:{{:02}}:00+00:00".format
        checks = []
        for look in range(dice.randrange(4)):
            verdicts = tuple(verdict(slot, dice.choice([*STATES, STATES.PASSED])) for slot in scoring.slots(spec))
            checks.append(
                attempt.Check(at=time(10 + look), verdicts=verdicts, points=grade.points(verdicts), full=spec.full)
            )
        count = dice.randint(0, len(spec.hints))
        hints = tuple(
            attempt.Hint(at=time(dice.randint(1, 50)), number=number, price=row.price)
            for number, row in enumerate(spec.hints[:count], 1)
        )
        found.append(
            attempt.Attempt(
                exercise=spec.id,
                digest="",
                lab="default",
                seed=dice.choice("st"),
                variant=1,
                full=spec.full,
                started=time(0),
                ready=time(0),
                ended=time(55),
                checks=tuple(checks),
                hints=hints,
            )
        )
    return found


@pytest.mark.parametrize("name", library.names())
def test_hints_cost_the_student_what_they_cost_the_teacher(name: str) -> None:
    """Any verdicts in any number of checks, any hints, any attempts at one or two variants: one best score."""
    exercise, dice = library.find(name), random.Random(name)  # noqa: S311 (the same stories each time)
    row = course_plan.Assignment(exercise=exercise, weight=1, opens=None, due=None)
    course = course_plan.Course(
        id="c", title="", lab="default", zone="UTC", watch="", students=(), file=Path("c.yaml"), assignments=(row,)
    )
    for _ in range(SOME):
        attempts = story(exercise.spec, dice)
        (mark,) = marks.of(course, attempts)
        assert mark.points == max(one.score for one in scoring.charged(attempts)), attempts
