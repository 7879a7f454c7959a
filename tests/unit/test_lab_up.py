"""Every bring-up of a lab is whole: it continues a restore, makes the plan and a checkpoint, and archives a failure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import exam_data
import labs_data
import pytest
from fakes import Computer, report

from kubelab import errors, paths
from kubelab.checks import view
from kubelab.converge import apply, repair, session
from kubelab.course import course_plan, student_labs
from kubelab.exam import record
from kubelab.exercises import attempt, commands
from kubelab.lab import checkpoints, lifecycle, log_archive
from kubelab.proofs import prove_exercises
from kubelab.state import locks
from kubelab.tasks import namespace


class Steps:
    """The steps of a `lab.up`, played; each says whether the lab was held, and one may fail."""

    def __init__(self, patch: pytest.MonkeyPatch, fails: str = "") -> None:
        """Stand in for the four steps."""
        self.done: list[str] = []
        self.riddles: list[str] = []
        self.opened = 0
        self._fails = fails
        patch.setattr(checkpoints, "resume_restore", lambda held: self.step("resume", held))
        patch.setattr(lifecycle, "_converge", self.converge)
        patch.setattr(checkpoints, "keep_last_good", lambda held, _: self.step("checkpoint", held))
        patch.setattr(log_archive, "collect", self.archive)
        patch.setattr(view.View, "of", self.of)
        self._of = view.View

    def of(self, lab: object, where: paths.LabPaths) -> view.View:
        """Count how often the lab is opened."""
        self.opened += 1
        return self._of(lab=lab, where=where, api=None)  # type: ignore[arg-type]

    def converge(self, held: session.Held, **asked: object) -> apply.UpResult:
        """Note the step, and what it is told of the lab."""
        self.riddles.append(str(asked["riddle"]))
        return self.step("converge", held)

    def step(self, name: str, held: session.Held) -> apply.UpResult:
        """Note a step; the lock is held by then."""
        with pytest.raises(errors.LabError, match="in use"), locks.lab(held.lab.name):
            pass
        self.done.append(name)
        if name == self._fails:
            raise errors.LabError("lab-not-ready", "nodes: not reached in time")
        return apply.UpResult(
            lab=held.lab, where=held.where, boxes={}, reached={}, by_hand=repair.Changes(), pending=True
        )

    def archive(self, where: paths.LabPaths, *_: object) -> SimpleNamespace:
        """Note the archive."""
        self.done.append("archive")
        return SimpleNamespace(path=where.root / "archive.tar.gz")


def by_word() -> None:
    """Type `lab.up`."""
    namespace.collection(["lab.up"])["lab.up"].body(None, lab="default")


def by_course() -> None:
    """Bring up a class of one."""
    room = student_labs.Memory(estimate=1, available=lambda: 1 << 20)
    student = course_plan.Student(id="ada", name="Ada")
    wish = student_labs.Wish(student=student, lab="default", running=True)
    (outcome,) = student_labs.up([wish], "default", room, report()[0])
    if outcome.state == "failed":
        raise errors.LabError("lab-not-ready", outcome.why)


def by_proof() -> None:
    """Let a proof put its lab in order by `lab.up --repair`."""

    def stuck(_: object) -> None:
        raise errors.LabError("exercise-unclean", "stuck")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempt, "load", lambda _: object())
        patch.setattr(commands, "stop", stuck)
        said = report()
        with session.held("default", said[0]) as held:
            prove_exercises.tidy(held)
    if "lab.up --repair says" in said[1].getvalue():
        raise errors.LabError("lab-not-ready", said[1].getvalue())


@pytest.fixture(autouse=True)
def _computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Computer.made(tmp_path, monkeypatch)
    monkeypatch.setattr(session, "open_lab", lambda name, **_: (labs_data.lab(name), paths.LabPaths(name=name)))


WAYS = [by_word, by_course, by_proof]


@pytest.mark.parametrize("way", WAYS)
def test_whoever_brings_a_lab_up_does_all_of_it(way: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Resume before and after, the plan, the checkpoint; the lab is opened once and held all the time."""
    steps = Steps(monkeypatch)
    way()
    assert steps.done == ["resume", "converge", "resume", "checkpoint"]
    assert steps.opened == 1


@pytest.mark.parametrize("way", [by_word, by_course])
def test_a_lab_with_an_exam_is_no_last_good(way: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpoint would bring the exam's trouble back once the exam is over; the changes are not listed either."""
    steps = Steps(monkeypatch)
    record.save(exam_data.exam())
    way()
    assert steps.done == ["resume", "converge", "resume"]
    assert steps.riddles == ["an exam"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fails", ["resume", "converge"])
def test_a_lab_that_does_not_become_well_leaves_an_archive(
    way: Callable[[], None], fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no checkpoint; the error is the lab's own."""
    steps = Steps(monkeypatch, fails)
    with pytest.raises((errors.LabError, SystemExit)):
        way()
    assert steps.done[-1] == "archive"
    assert "checkpoint" not in steps.done
