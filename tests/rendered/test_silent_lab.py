"""A lab that answers nothing or emptily gives no points, costs nobody a traceback, and is told in a sentence."""

from __future__ import annotations

import time

import pytest
import rendering
import silence

from kubelab.exercises import attempt, library, scene
from kubelab.grading import desk, run

BROKEN = "the check itself is broken"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in these tests."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


def judged(found: scene.Scene) -> list[str]:
    """Return what is wrong with the verdicts on a silent lab: passed, broken, or without a sentence."""
    said = []
    for task in run.tasks(found):
        state, seen = run._look(task)
        if state is attempt.State.PASSED:
            said.append(f"{task.kind} {task.check} passes")
        elif BROKEN in seen or len(seen.split()) < 2:
            said.append(f"{task.kind} {task.check}: {seen!r}")
    return said


@pytest.mark.parametrize("way", silence.WAYS, ids=lambda way: way.name.replace(" ", "-"))
@pytest.mark.parametrize("name", library.names())
def test_no_check_passes_in_a_silent_lab(
    name: str, way: silence.Silence, labs: rendering.Labs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every goal, guard and stability check of every variant is red or cannot tell, says why, and never breaks."""
    exercise = library.find(name)
    made = labs["default"]
    monkeypatch.setattr(scene.Scene, "before", lambda self, **_: silence.before(self))
    silence.Lab(way).install(monkeypatch)
    found = []
    for number in range(1, len(exercise.spec.variants) + 1):
        staged = silence.stage(made, exercise, number)
        found += [f"variant {number}: {line}" for line in judged(staged)]
        for row in exercise.spec.hints:
            assert desk.told(staged, row)
    assert not found
