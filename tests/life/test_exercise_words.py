"""The words of exercises as a student types them, from start, check, hint and solution to submission and collection."""

from __future__ import annotations

import json
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from acts import Home, Said, word

from kubelab import paths
from kubelab.converge import session
from kubelab.course import time_rules
from kubelab.exercises import attempt, commands, scripts, setup
from kubelab.ui import progress

EXERCISE = "rbac-robot"
FULL, FIRST_HINT = 10, 1
COURSE = """\
course: life
title: A course of the test's own
lab: {lab}
exercises: [{{id: {exercise}}}]
"""
STUDENTS = "students: [{id: ada, name: Ada Lovelace}, {id: grace}]\n"
HELP = (
    ("lab.why",),
    ("lab.plan", "--drift"),
    ("lab.up", "--repair"),
    ("lab.certs", "--renew"),
    ("fault.inject", "kubelet-stopped"),
    ("fault.clear",),
    ("fault.active",),
    ("checkpoint.restore", "any"),
)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where a student types: the unpacked pack or the checkout itself, and its lab."""

    home: Home
    root: Path

    def word(self, word_: str, *words: str, codes: Sequence[int] = (0,)) -> Said:
        """Type a word about the lab."""
        return word(word_, *words, "--lab", self.home.name, codes=codes, root=self.root)

    def points(self, *codes: int) -> int:
        """Return the points that `exercise.check` finds."""
        return int(json.loads(self.word("exercise.check", "--json", codes=codes).out)["points"])

    def mend(self) -> None:
        """Do by hand what the solution does: in a pack there is none."""
        begun = attempt.load(self.home.where)
        assert begun
        scene = setup.scene_of(self.home.lab, self.home.where, begun)
        scripts.run(scene, scene.exercise.folder / "solution.sh")


@pytest.fixture
def seat(home: Home) -> Iterator[Seat]:
    """Yield a seat in the checkout; what runs then is ended, and nothing is left that a destroy would ask about."""
    yield Seat(home=home, root=paths.ROOT)
    if attempt.load(home.where):
        with session.held(home.name, progress.Progress(progress.Style.PLAIN)) as held:
            commands.stop(held)
    attempt.forget(home.where)


@pytest.fixture
def course(seat: Seat, tmp_path: Path) -> Path:
    """Return the file of a course with one exercise, packs made."""
    file = tmp_path / "life.yaml"
    file.write_text(COURSE.format(lab=seat.home.name, exercise=EXERCISE), encoding="utf-8")
    (tmp_path / "students.yaml").write_text(STUDENTS, encoding="utf-8")
    word("course.make", str(file), "--unproven")
    return file


@pytest.fixture
def ada(seat: Seat, course: Path, tmp_path: Path) -> Seat:
    """Return ada's seat: the pack unpacked, which looks at this lab as if it had brought it up."""
    with tarfile.open(course.parent / "packs" / "life-ada.tar.gz") as archive:
        archive.extractall(tmp_path / "ada", filter="data")
    (root,) = (tmp_path / "ada").iterdir()
    (root / "build").symlink_to(paths.BUILD)
    return Seat(home=seat.home, root=root)


def test_from_the_first_check_to_the_class_list(ada: Seat, course: Path, tmp_path: Path) -> None:
    """Red, the hint's price said first, all points less that price, handed in, believed, listed, regraded."""
    said = ada.word("exercise.start", EXERCISE)
    assert "./run exercise.check" in said.out
    assert ada.points(1) == 0
    offered = ada.word("exercise.hint", codes=(1, 2))
    assert f"costs {FIRST_HINT} points" in offered.err
    assert not _begun(ada).hints
    ada.word("exercise.hint", "--yes")
    assert [hint.price for hint in _begun(ada).hints] == [FIRST_HINT]
    assert ada.word("exercise.solve", "--yes", codes=range(1, 9)).err.count("solution-away") == 2
    time.sleep(time_rules.QUICKEST)  # nobody is believed who is quicker than one reads
    ada.mend()
    assert ada.points(0) == FULL
    ada.word("exercise.stop")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    ada.word("exercise.submit", "--out", str(inbox / "life-ada.zip"))
    word("course.collect", str(inbox), "--course", str(course), codes=(0, 3))
    rows = json.loads((course.parent / "results" / "class.json").read_text(encoding="utf-8"))["students"]
    found = {row["id"]: row for row in rows}
    (task,) = found["ada"]["exercises"]
    assert (task["exercise"], task["points"], task["full"]) == (EXERCISE, FULL - FIRST_HINT, FULL)
    assert found["ada"]["believed"] is True
    again = ("course.regrade", str(inbox / "life-ada.zip"), "--course", str(course), "--exercise", EXERCISE)
    shown = word(*again, "--lab", ada.home.name)
    assert "rolebinding" in shown.out.lower()
    assert "nothing was done" in shown.out
    assert attempt.load(ada.home.where) is None
    assert f"confirmed: claimed {FULL}, here {FULL} of" in word(*again, "--lab", ada.home.name, "--yes").out


def _begun(seat: Seat) -> attempt.Attempt:
    found = attempt.load(seat.home.where)
    assert found
    return found


def test_a_shown_solution_has_no_score(seat: Seat) -> None:
    """It works, it is explained, every check is green, and the attempt is marked as unscored."""
    seat.word("exercise.start", EXERCISE)
    seat.word("exercise.solve", codes=(1, 2))
    said = seat.word("exercise.solve", "--yes")
    assert "role" in said.out
    assert seat.points(0) == FULL
    assert "unscored" in seat.word("exercise.stop").out
    (kept,) = attempt.history(seat.home.where)
    assert (kept.solved, kept.score, kept.done) == (True, 0, False)


def test_a_reset_is_red_again_and_keeps_what_was_paid_for(seat: Seat) -> None:
    """The same variant once more; hint and earlier checks stay in the record."""
    seat.word("exercise.start", EXERCISE, "--variant", "2")
    seat.word("exercise.hint", "--yes")
    seat.mend()
    assert seat.points(0) == FULL
    seat.word("exercise.reset")
    assert seat.points(1) == 0
    now = _begun(seat)
    assert (now.variant, now.resets, len(now.hints), len(now.checks)) == (2, 1, 1, 2)


def test_a_restart_of_the_broken_machine_hinders_no_reset(seat: Seat) -> None:
    """The kubelet starts without its API server, and would take no other manifest of it: reset and stop see to that."""
    seat.word("exercise.start", "apiserver-down")
    subprocess.run(["docker", "restart", seat.home.lab.control_plane[0].container], check=True)
    seat.home.await_try()
    seat.word("exercise.reset")
    assert seat.points(1) == 0
    seat.word("exercise.stop")
    assert seat.home.seen() == {}


def test_what_would_help_refuses_while_an_exercise_runs(seat: Seat) -> None:
    """Every word that finds or mends the trouble refuses; with --give-up it works, and the attempt is marked."""
    seat.word("exercise.start", EXERCISE)
    for words in HELP:
        assert "exercise-running" in seat.word(*words, codes=range(1, 9)).err, words
    assert not _begun(seat).assisted
    seat.word("fault.active", "--give-up")
    assert [note.how for note in _begun(seat).assisted] == ["fault.active"]
    seat.points(1)
    assert "exercise-unsubmitted" in seat.word("lab.destroy", codes=range(1, 9)).err
    assert "assisted by fault.active" in seat.word("exercise.stop").out
