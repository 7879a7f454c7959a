"""A lab that answers nothing or empty answers gives no points; one sentence reports it, without a traceback."""

from __future__ import annotations

import time

import pytest
import rendering
import silence

from kubelab.clients import kube_api
from kubelab.exercises import attempt, commands, grade, library, scene

BROKEN = "the check itself is broken"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in these tests."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


def judged(found: scene.Scene) -> list[str]:
    """Return what is wrong with the verdicts on a silent lab: passed, broken, or without a sentence."""
    said = []
    for task in grade.tasks(found):
        state, seen = grade._look(task)
        if state is attempt.State.PASSED:
            said.append(f"{task.kind} {task.check} passes")
        elif BROKEN in seen or len(seen.split()) < 2:
            said.append(f"{task.kind} {task.check}: {seen!r}")
    return said


@pytest.mark.parametrize("parts", silence.PARTS, ids=("names", "null", "empty", "hollow"))
@pytest.mark.parametrize("name", library.names())
def test_no_check_breaks_by_what_an_answer_leaves_out(
    name: str, parts: kube_api.Json, labs: rendering.Labs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Objects without what one expects of them, files that say anything: a verdict, never an exception."""
    exercise = library.find(name)
    monkeypatch.setattr(scene.Scene, "before", lambda self, **_: silence.before(self))
    found: set[str] = set()
    for said in silence.WORDS if parts in silence.PARTS[::2] else silence.WORDS[:2]:
        silence.Bare(parts, said).install(monkeypatch)
        for number in range(1, len(exercise.spec.variants) + 1):
            staged = silence.stage(labs["full"], exercise, number)
            found.update(f"{said!r}: {line}" for line in judged(staged) if BROKEN in line)
            for row in exercise.spec.hints:
                assert commands.told(staged, row)
    assert not found


@pytest.mark.parametrize("way", silence.WAYS, ids=lambda way: way.name.replace(" ", "-"))
@pytest.mark.parametrize("name", library.names())
def test_no_check_passes_in_a_silent_lab(
    name: str, way: silence.Silence, labs: rendering.Labs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every goal, guard and stability check of every variant is red or cannot tell, says why, and never breaks."""
    exercise = library.find(name)
    made = labs["full"]
    monkeypatch.setattr(scene.Scene, "before", lambda self, **_: silence.before(self))
    silence.Lab(way).install(monkeypatch)
    found = []
    for number in range(1, len(exercise.spec.variants) + 1):
        staged = silence.stage(made, exercise, number)
        found += [f"variant {number}: {line}" for line in judged(staged)]
        for row in exercise.spec.hints:
            assert commands.told(staged, row)
    assert not found
