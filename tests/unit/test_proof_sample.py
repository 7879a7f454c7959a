"""Which exercises a short run proves: the touched ones first and whole, then others, another time others."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from kubelab import paths
from kubelab.clients import git as door
from kubelab.exercises import library, proven
from kubelab.proofs import sample

NAMES = ("dns-broken", "policy-too-strict", "scheduler-down")


def chosen(touched: set[str], turn: int) -> list[tuple[str, int, bool]]:
    """Return what is chosen of three exercises: id, variant, whether its goals are mutated."""
    rows = sample.portion([library.find(name) for name in NAMES], touched, turn)
    return [(exercise.spec.id, step.number, step.mutations) for exercise, step in rows]


def test_what_is_touched_comes_first_and_whole() -> None:
    """Every variant of it, its goals mutated once; of the others one variant each, and none twice."""
    found = chosen({"scheduler-down"}, 0)
    assert found[:3] == [("scheduler-down", 1, True), ("scheduler-down", 2, False), ("scheduler-down", 3, False)]
    assert [row[0] for row in found[3:]] == ["dns-broken", "policy-too-strict"]


def test_every_exercise_and_variant_has_its_turn() -> None:
    """Another commit begins elsewhere and with another variant; over some commits all come first."""
    firsts = {chosen(set(), turn)[0][:2] for turn in range(12)}
    assert {name for name, _ in firsts} == set(NAMES)
    assert {number for name, number in firsts if name == "scheduler-down"} == {1, 2, 3}
    assert len(chosen(set(), 1)) == len(NAMES)


def test_what_was_judged_by_other_code_comes_before_the_rest() -> None:
    """After the touched and before those whose rows are of today's code; within each in their turn."""
    found = [library.find(name) for name in NAMES]
    rows = sample.portion(found, {"scheduler-down"}, 0, {"policy-too-strict"})
    assert list(dict.fromkeys(exercise.spec.id for exercise, _ in rows)) == [NAMES[2], NAMES[1], NAMES[0]]
    wrecked = [(exercise.spec.id, step.number) for exercise, step in sample.portion(found, {NAMES[2]}, 0) if step.wreck]
    assert wrecked == [("scheduler-down", 1)]


def test_a_short_run_repeats_what_was_proven() -> None:
    """Of the variants that were proven, and before exercises that never were: those wait for `exercise.prove`."""
    found = [library.find(name) for name in NAMES]
    known = {NAMES[0]: [], NAMES[1]: [2], NAMES[2]: [1, 3]}
    for turn in range(12):
        rows = [(row.spec.id, step.number) for row, step in sample.portion(found, set(), turn, (), known)]
        assert {name for name, _ in rows[:2]} == set(NAMES[1:])
        assert all(number in known[name] for name, number in rows[:2])
        assert rows[2][0] == NAMES[0]


def test_the_longest_recorded_proof_says_what_one_takes() -> None:
    """A run that must end in time goes by it; of an exercise without a record it is a guess."""
    rows = [row for row in proven.read(proven.WALKS).values() if row.exercise == NAMES[0]]
    assert len({row.seconds for row in rows}) > 1
    assert sample.seconds(library.find(NAMES[0])) == max(row.seconds for row in rows)
    spec = library.find(NAMES[0]).spec.model_copy(update={"id": "never-proven"})
    assert sample.seconds(dataclasses.replace(library.find(NAMES[0]), spec=spec)) == sample.GUESSED


def git(root: Path, *words: str) -> None:
    """Run git in a repository of the test's own."""
    own = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", str(root), *own, *words], check=True, capture_output=True)


def test_touched_is_what_differs_from_the_commit_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committed or not, an exercise whose files changed is touched; without a history nothing is, and nothing fails."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(library, "FOLDER", tmp_path / "labs/exercises")
    assert sample.touched() == set()
    assert door.turn() == 0
    for name in ("one", "two", "three"):
        (tmp_path / "labs/exercises" / name).mkdir(parents=True)
        (tmp_path / "labs/exercises" / name / "task.md").write_text("a\n", encoding="utf-8")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "all")
    (tmp_path / "labs/exercises/one/task.md").write_text("b\n", encoding="utf-8")
    git(tmp_path, "commit", "-am", "one")
    (tmp_path / "labs/exercises/three/task.md").write_text("b\n", encoding="utf-8")
    assert sample.touched() == {"one", "three"}
    assert door.turn() > 0
