"""Exercises proven on a live lab: those that a change touches, then others of the commit's choice, until time is up.

KUBELAB_EXERCISES names the exercises (commas between), or `all`; KUBELAB_EXERCISE_MINUTES is the time that proofs may
take, 25 at most. One that took longer before than what is left is not begun: it comes in the turn that begins with it.
What was not proven is said at the end.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

import pytest
from acts import Home

from kubelab.converge import session
from kubelab.exercises import commands, library, needs
from kubelab.proofs import exercise_run, prove_exercises, sample
from kubelab.ui import progress

ASKED = os.environ.get("KUBELAB_EXERCISES", "")
MINUTES = min(25.0, float(os.environ.get("KUBELAB_EXERCISE_MINUTES", "10")))
"""The longest that CI may take for them is 25; a usual run has other things to do."""


@dataclass(kw_only=True)
class Ledger:
    """When the time for proofs is over, and what came of them."""

    end: float
    begun: bool = False
    proven: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def chosen() -> list[tuple[library.Exercise, exercise_run.Step]]:
    """Return what to prove: every variant of what was asked for, else this commit's portion."""
    exercises = commands.exercises()
    if not ASKED:
        return list(sample.usual(exercises))
    names = {row.spec.id for row in exercises} if ASKED == "all" else set(ASKED.split(","))
    return [row for row in sample.portion(exercises, names, 0) if row[0].spec.id in names]


def called(value: object) -> str:
    """Return how a proof is called in the output."""
    return value.spec.id if isinstance(value, library.Exercise) else f"{getattr(value, 'number', value)}"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Return what is written down while this file runs."""
    return Ledger(end=time.monotonic() + MINUTES * 60)


@pytest.mark.parametrize(("exercise", "step"), chosen(), ids=called)
def test_exercise_is_red_then_green_and_leaves_nothing(
    home: Home, ledger: Ledger, exercise: library.Exercise, step: exercise_run.Step
) -> None:
    """Red when broken, not won by a wrong repair, won by the solution, red again after a reset, gone after the stop."""
    name = f"{exercise.spec.id} {step.number}"
    if lacking := needs.of_lab(exercise, home.lab):
        ledger.left.append(name)
        pytest.skip(f"{name} is not proven: this lab has not got {', '.join(lacking)}")
    # The first is begun in any case: each exercise is the first in some turn.
    if ledger.begun and time.monotonic() + sample.seconds(exercise) > ledger.end:
        ledger.left.append(name)
        pytest.skip(f"{name} is not proven: too little is left of the {MINUTES:g} minutes")
    ledger.begun = True
    report = progress.Progress(progress.Style.PLAIN)
    with session.held(home.name, report) as held:
        try:
            exercise_run.Run(held, exercise_run.Proof(exercise=exercise), step).all()
        finally:
            prove_exercises.tidy(held)
    ledger.proven.append(name)


def test_what_was_not_proven_is_said(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    """A short run never looks like a whole one; and it proves one exercise at least."""
    with capsys.disabled():
        print(f"\nexercises proven: {', '.join(ledger.proven)}; not proven: {', '.join(ledger.left) or 'none'}")  # noqa: T201
    assert ledger.proven
