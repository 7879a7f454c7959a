"""The run of a proof: every solution wins all points, no work wins none, and a wrecked lab comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fakes
import labs_data
import pytest
from test_exercises_mutations import made

from kubelab import checks, errors, paths
from kubelab.clients import kube_api
from kubelab.converge import etcd_clients, session
from kubelab.exercises import (
    attempt,
    baseline_files,
    baseline_objects,
    commands,
    grade,
    known_state,
    library,
    proven,
    reboot,
    setup,
)
from kubelab.exercises import scripts as exercise_scripts
from kubelab.lab import lifecycle
from kubelab.proofs import exercise_run, fingerprint, prove_exercises, tally

PASSED, FAILED = attempt.State.PASSED, attempt.State.FAILED


@dataclass(kw_only=True)
class World:
    """A lab that is as the last script left it, and what was done to it."""

    state: str = "well"
    done: list[str] = field(default_factory=list)
    wins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """State to the checks that pass in it; without one, solutions win all and everything else nothing."""
    free: int = 0
    """Points that are given for nothing."""
    running: bool = False
    stuck: bool = False
    """Whether exercise.stop cannot put the lab in order before lab.up --repair has."""

    def script(self, _: Any, script: Path) -> str:
        """Run a script."""
        self.done.append(script.stem)
        self.state = script.stem
        return ""

    def check(self, scene: Any, *_: Any, **__: Any) -> attempt.Check:
        """Return the verdicts on this state."""
        goals = [row.check for row in scene.exercise.spec.goals]
        names = self.wins.get(self.state, tuple(goals) if self.state.startswith("solution") else ())
        rows = tuple(
            attempt.Verdict(
                kind=attempt.Kind.GOAL, check=name, says=name, state=PASSED if name in names else FAILED, seen="no",
                points=5,
            )
            for name in goals
        )  # fmt: skip
        return attempt.Check(at="", verdicts=rows, points=5 * len(names) + self.free, full=5 * len(goals))

    def unseen(self, scene: Any) -> tuple[str, ...]:
        """Return the goals that hold."""
        return tuple(row.check for row in self.check(scene).verdicts if row.state is PASSED)

    def broken(self, *_: Any, **__: Any) -> Any:
        """Break it, or break it again."""
        self.done.append("reset" if self.running else "begin")
        self.running = True
        self.state = "broken"
        return SimpleNamespace()

    def stop(self, *_: Any, **__: Any) -> None:
        """Put it in order, unless it is stuck."""
        self.done.append("stop")
        if self.stuck:
            raise errors.LabError("exercise-unclean", "lab unit is not well")
        self.state, self.running = "well", False

    def up(self, *_: Any, repairs: bool) -> None:
        """Repair it."""
        assert repairs
        self.done.append("lab.up --repair")
        self.stuck = False


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return a lab that is played by every door of a walk."""
    lab = World()
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    for name in ("WALKS", "MUTATIONS"):
        monkeypatch.setattr(proven, name, proven.Table(page=tmp_path / f"{name}.md", head="# Proven\n"))
    monkeypatch.setattr(tally, "DATA", tmp_path / "tally.json")
    monkeypatch.setattr(tally, "PAGE", tmp_path / "tally.md")
    monkeypatch.setattr(commands, "refuse_older", lambda _: None)
    monkeypatch.setattr(commands, "stop", lab.stop)
    monkeypatch.setattr(exercise_scripts, "run", lab.script)
    for name, value in {"begin": lab.broken, "reset": lab.broken, "stop": lab.stop}.items():
        monkeypatch.setattr(setup, name, value)
    monkeypatch.setattr(known_state, "put_in_order", lambda *_: "it was")
    monkeypatch.setattr(baseline_objects, "load", lambda _: baseline_objects.Objects(found={}))
    monkeypatch.setattr(grade, "check", lab.check)
    monkeypatch.setattr(grade, "unseen", lab.unseen)
    monkeypatch.setattr(grade, "SYMPTOM", 0.0)
    monkeypatch.setattr(exercise_run, "NEAR", 0.0)
    monkeypatch.setattr(fingerprint, "take", lambda *_, **__: SimpleNamespace(parts={"files": {"a": lab.state}}))
    monkeypatch.setattr(lifecycle, "up", lab.up)
    monkeypatch.setattr(attempt, "load", lambda _: SimpleNamespace() if lab.running else None)
    yield lab


@pytest.fixture
def exercise(tmp_path: Path) -> library.Exercise:
    """Return an exercise with two goals and two other solutions, one of them for another variant."""
    found = made(tmp_path, spare="true\n", it_works="true\n")
    (found.folder / "solution-2.sh").write_text("true 2\n", encoding="utf-8")
    (found.folder / "solution-3.sh").write_text("# variants: 2\ntrue 3\n", encoding="utf-8")
    text = found.text("exercise.yaml").replace("stability:", "# ")
    (found.folder / "exercise.yaml").write_text(text.replace("minutes: 5", "minutes: 5\nsettle: 1"), encoding="utf-8")
    return library.read(found.folder)


def proof(exercise: library.Exercise, **step: Any) -> tuple[exercise_run.Proof, str]:
    """Prove a variant as exercise.prove does; return what is known then, and what was said."""
    found = exercise_run.Proof(exercise=exercise)
    report, shown = fakes.report()
    view = checks.View.of(labs_data.lab("unit"), paths.LabPaths(name="unit"))
    held = session.Held(view=view, report=report)
    prove_exercises._variant(held, found, exercise_run.Step(**{"number": 1, **step}))
    return found, shown.getvalue()


def test_every_solution_of_the_variant_is_run_and_reset(world: World, exercise: library.Exercise) -> None:
    """Near-misses first, then what differs from the reference, each with a reset behind it; the reference last."""
    found, _ = proof(exercise)
    assert found.failures == []
    assert world.done == ["begin", "no", "reset", "solution-2", "reset", "solution", "stop"]
    assert [(row.variant, row.lab) for row in proven.read(proven.WALKS).values()] == [(1, "unit")]
    counted = {(row.scene, row.script): row.tried for row in tally.read().values()}
    assert counted == {
        (tally.NOTHING, ""): 6,
        (tally.NEAR, "no"): 1,
        (tally.SOLUTION, "solution-2"): 2,
        (tally.SOLUTION, "solution"): 2,
    }


def test_a_right_solution_that_loses_points_is_told(world: World, exercise: library.Exercise) -> None:
    """The grader is wrong then: no row is kept, the verdict is counted as wrong, and the lab is put in order."""
    world.wins["solution-2"] = ("spare",)
    found, _ = proof(exercise)
    assert found.failures == ["sample, variant 1: solution-2.sh wins 5 of 10: it_works: no"]
    assert not proven.read(proven.WALKS)
    (wrong,) = [row for row in tally.read().values() if row.wrong]
    assert (wrong.scene, wrong.script, wrong.wrong) == (tally.SOLUTION, "solution-2", ("goal it_works",))


def test_points_for_nothing_are_told(world: World, exercise: library.Exercise) -> None:
    """Also where every goal is red: what a guard or stability would give."""
    world.free = 2
    found, _ = proof(exercise)
    assert found.failures == ["sample, variant 1: after the break 2 points of 10 are won for nothing"]


def test_a_near_miss_that_wins_everything_is_told(world: World, exercise: library.Exercise) -> None:
    """And counted as a wrong verdict."""
    world.wins["no"] = ("spare", "it_works")
    found, _ = proof(exercise)
    assert found.failures == ["sample, variant 1: near-miss no wins every point"]
    assert [row.wrong for row in tally.read().values() if row.scene == tally.NEAR] == [("wins every point",)]


def test_a_wrecked_lab_is_worth_nothing(world: World, exercise: library.Exercise) -> None:
    """It is wrecked when it is solved; a goal that still holds is told."""
    found, _ = proof(exercise, wreck=True)
    assert found.failures == []
    assert world.done[-3:] == ["solution", "wreck", "stop"]
    world.wins["wreck"] = ("spare",)
    found, _ = proof(exercise, wreck=True)
    assert found.failures == ["sample, variant 1: after the wreck still green: spare"]
    assert [row.wrong for row in tally.read().values() if row.scene == tally.WRECK] == [("spare",)]


def test_a_wrecked_lab_may_come_back_by_repair_and_that_is_said(world: World, exercise: library.Exercise) -> None:
    """Where exercise.stop says honestly that it cannot; the proof counts, for the lab is what it was."""
    world.stuck = True
    found, said = proof(exercise, wreck=True)
    assert found.failures == []
    assert world.done[-4:] == ["stop", "stop", "lab.up --repair", "stop"]
    assert "exercise.stop says: lab unit is not well" in said
    assert "the lab came back by ./run lab.up --repair" in said


def test_a_lab_that_does_not_come_back_is_told(
    world: World, exercise: library.Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing is proven."""
    world.stuck = True
    monkeypatch.setattr(lifecycle, "up", lambda *_, **__: None)
    found, said = proof(exercise, wreck=True)
    assert len(found.failures) == 1 and "lab unit is not well" in found.failures[0]
    assert "the lab is not in order" in said
    assert not proven.read(proven.WALKS)


def test_an_api_server_that_is_back_late_ends_no_proof(
    world: World, exercise: library.Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The solution of an exercise on etcd is judged by health; the first full look may still find nobody."""
    late: list[Exception] = [
        kube_api.Unanswered("GET mutatingwebhookconfigurations: nobody answered in 3 s"),
        checks.Silent("objects: GET /api/v1/replicationcontrollers: timed out"),
    ]

    def take(*_: Any, **__: Any) -> Any:
        if late and world.state == "well":
            raise late.pop()
        return SimpleNamespace(parts={"files": {"a": world.state}})

    monkeypatch.setattr(fingerprint, "take", take)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    found, _ = proof(exercise)
    assert found.failures == []
    assert not late


@pytest.mark.parametrize("ident", ["exercise-script", "fault-failed"])
def test_what_needs_an_api_server_is_undone_when_it_is_back(
    exercise: library.Exercise, monkeypatch: pytest.MonkeyPatch, ident: str
) -> None:
    """An undo.sh or a fault that fails in a wrecked lab: the boxes come back first, and it is tried again."""
    done: list[str] = []

    def fails_once(*_: Any) -> list[str]:
        done.append("undo")
        if done.count("undo") == 1:
            raise errors.LabError(ident, "the API server does not answer")
        return []

    def put_back(*_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        done.append("all back")
        return {}, {}

    def boxes_back(*_: Any) -> dict[str, Any]:
        done.append("boxes back")
        return {}

    (exercise.folder / "undo.sh").write_text("true\n", encoding="utf-8")
    monkeypatch.setattr(baseline_objects, "load", lambda _: baseline_objects.Objects(found={}))
    monkeypatch.setattr(known_state, "read_listing", lambda _: {})
    monkeypatch.setattr(reboot, "running", lambda _: None)
    monkeypatch.setattr(reboot, "api_back", lambda _: None)
    monkeypatch.setattr(etcd_clients, "wake", lambda _: done.append("wake"))
    monkeypatch.setattr(baseline_files, "put_back", boxes_back)
    monkeypatch.setattr(known_state, "_cleared", lambda _: [])
    monkeypatch.setattr(exercise_scripts, "run", lambda *_: "")
    door = (known_state, "_cleared") if ident == "fault-failed" else (exercise_scripts, "run")
    monkeypatch.setattr(*door, fails_once)
    monkeypatch.setattr(known_state, "put_back", put_back)
    scene = SimpleNamespace(view=SimpleNamespace(where=paths.LabPaths(name="unit")), exercise=exercise)
    known_state.take_back(scene, SimpleNamespace(update=lambda _: None), thorough=False)  # type: ignore[arg-type]
    assert done == ["undo", "boxes back", "undo", "all back", "wake"]


def test_an_object_that_was_refused_is_put_back_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """An API server that has just come back refuses some (a service was lost so): what differs is put back again."""
    lost = {("/api/v1/services", "dashboard", "dashboard"): "missing"}
    rounds: list[dict[baseline_objects.Key, str] | Exception] = [lost, kube_api.Unanswered("nobody"), lost, {}]

    def restore(*_: Any) -> dict[baseline_objects.Key, str]:
        found = rounds.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(baseline_objects, "restore", restore)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    changed = known_state._restored(SimpleNamespace(api=None), baseline_objects.Objects(found={}))  # type: ignore[arg-type]
    assert list(changed.values()) == ["missing"]
    assert rounds == []


def test_objects_are_checked_again_after_a_round_that_took_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round may wait longer for what is to go than rounds last in all: what was refused in it is still put back."""
    lost = {("/api/v1/services", "gateway", "gateway"): "changed"}
    rounds: list[dict[baseline_objects.Key, str]] = [lost, lost, {}]
    monkeypatch.setattr(known_state, "SETTLED", 0.0)
    monkeypatch.setattr(baseline_objects, "restore", lambda *_: rounds.pop(0))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    known_state._restored(SimpleNamespace(api=None), baseline_objects.Objects(found={}))  # type: ignore[arg-type]
    assert rounds == []


def test_objects_that_never_get_right_end_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something that always differs is left to the wait for a healthy lab."""
    rounds: list[dict[baseline_objects.Key, str]] = [{("/api/v1/services", "gateway", "gateway"): "changed"}] * 9
    monkeypatch.setattr(known_state, "SETTLED", 0.0)
    monkeypatch.setattr(baseline_objects, "restore", lambda *_: rounds.pop())
    monkeypatch.setattr(time, "sleep", lambda _: None)
    known_state._restored(SimpleNamespace(api=None), baseline_objects.Objects(found={}))  # type: ignore[arg-type]
    assert len(rounds) == 9 - known_state.ROUNDS
