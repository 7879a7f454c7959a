"""The record of an exam: its clock, its result, its files, and files that hold something else."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import exam_data
import pytest

from kubelab import errors, paths, providers
from kubelab.converge import session
from kubelab.course import course_plan, student_labs, submit
from kubelab.exam import exam_scene, questions, record
from kubelab.exercises import attempt, exam_mark, lockout, register, setup, variants
from kubelab.lab import lifecycle
from kubelab.tasks import exam as exam_words
from kubelab.tasks import namespace
from kubelab.ui import progress

PASSED, FAILED, UNKNOWN = attempt.State.PASSED, attempt.State.FAILED, attempt.State.UNKNOWN
HOME, SECOND = paths.LabPaths(name="default"), paths.LabPaths(name="second")


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep everything in a folder of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    return tmp_path


def done(*states: attempt.State) -> record.Exam:
    """Return a submitted exam in which every task has these states in turn."""
    found = exam_data.exam(submitted=exam_data.BEGUN)
    return dataclasses.replace(found, questions=tuple(exam_data.graded(row, *states) for row in found.questions))


def test_an_exam_is_read_as_it_was_written() -> None:
    """From either lab, with every value; the first lab's copy counts."""
    found = done(PASSED, FAILED)
    record.save(found)
    assert record.load(HOME) == record.load(SECOND) == found
    newer = dataclasses.replace(found, minutes=60)
    (exam_mark.folder(HOME) / exam_mark.FILE).write_text(record.text(newer), encoding="utf-8")
    assert record.load(SECOND) == newer


def test_the_second_lab_outlives_the_first() -> None:
    """A first lab that was destroyed takes the copy of the second with it no more than its breaks."""
    found = exam_data.exam()
    record.save(found)
    (exam_mark.folder(HOME) / exam_mark.FILE).unlink()
    assert record.load(HOME) is None
    assert record.load(SECOND) == found


def test_the_result_is_the_part_of_all_points() -> None:
    """All passed is 100 %, none is 0; 66 % passes; what could not be told decides only if it matters."""
    assert (done(PASSED).percent, done(PASSED).outcome) == (100, record.Outcome.PASSED)
    assert (done(FAILED).percent, done(FAILED).outcome) == (0, record.Outcome.FAILED)
    assert (done(UNKNOWN).percent, done(UNKNOWN).outcome) == (0, record.Outcome.UNKNOWN)
    most = done(PASSED)
    few = dataclasses.replace(most, questions=(exam_data.graded(most.questions[0], UNKNOWN), *most.questions[1:]))
    assert few.outcome is record.Outcome.PASSED
    assert few.points < few.full == sum(row.possible for row in few.questions)


def test_what_passes_is_66_percent() -> None:
    """One point less than 66 % of all fails, whatever the tasks are worth."""
    found = done(PASSED)
    wanted = -(-found.full * record.PASS // 100)

    def with_points(count: int) -> record.Exam:
        rows, left = [], count
        for row in found.questions:
            given = min(left, row.work.full)
            left -= given
            check = dataclasses.replace(row.work.checks[0], points=given, verdicts=())
            rows.append(dataclasses.replace(row, work=dataclasses.replace(row.work, checks=(check,))))
        return dataclasses.replace(found, questions=tuple(rows))

    assert with_points(wanted).outcome is record.Outcome.PASSED
    assert with_points(wanted - 1).outcome is record.Outcome.FAILED


def test_the_clock() -> None:
    """Seconds are left until the minutes are over; then it counts on, and a submission is as late."""
    found = exam_data.exam()
    assert found.left("2026-11-30T08:00:00+00:00") == 7200
    assert found.left("2026-11-30T09:59:00+00:00") == 60
    assert found.left("2026-11-30T10:05:00+00:00") == -300
    assert found.late == 0
    assert dataclasses.replace(found, submitted="2026-11-30T10:05:00+00:00").late == 300
    assert dataclasses.replace(found, submitted="2026-11-30T09:05:00+00:00").late == 0
    assert found.left("2026-11-30T07:00:00+00:00") == 7200, "a clock that was set back gives more time than there is"
    assert dataclasses.replace(found, started="").left("2026-11-30T10:05:00+00:00") == 7200


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _with(**values: Any) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **values})


def _task(**values: Any) -> Callable[[str], str]:
    def change(text: str) -> str:
        row = json.loads(text)
        row["questions"][0].update(values)
        return json.dumps(row)

    return change


def _work(**values: Any) -> Callable[[str], str]:
    def change(text: str) -> str:
        row = json.loads(text)
        row["questions"][0]["work"].update(values)
        return json.dumps(row)

    return change


def _longer(text: str) -> str:
    return _with(questions=json.loads(text)["questions"] * 9)(text)


HOSTILE: Mapping[str, Callable[[str], str]] = {
    "cut": _cut, "empty": lambda _: "", "a list": lambda _: "[]", "no schema": _with(schema=None),
    "later schema": _with(schema=2), "minutes as text": _with(minutes="120"), "minutes as float": _with(minutes=1.5),
    "labs as text": _with(labs="default"), "no labs": _with(labs=[]), "a lab elsewhere": _with(labs=["../../etc"]),
    "no tasks": _with(questions=[]), "too many tasks": _longer,
    "another key": _with(more=1), "flag as number": _task(flagged=1), "number as text": _task(number="1"),
    "no work": _task(work=None), "work of others": _task(work={"schema": 1}), "another key in a task": _task(more=1),
    "deep": _with(seed=json.loads("[" * 30 + "]" * 30)), "too large": lambda text: text + " " * exam_mark.LARGEST,
    "another lab in a task": _work(lab="third"), "a lab without tasks": _with(labs=["default", "second", "third"]),
    "a lab twice": _with(labs=["default", "second", "second"]), "no number 1": _task(number=0),
    "a number twice": _task(number=2), "minutes below 0": _with(minutes=-5), "a week": _with(minutes=10080),
    "begun nowhere": _with(begun="../../../../tmp/evil"), "not begun": _with(begun=""),
    "started without a zone": _with(started="2026-11-30T08:00:00"), "submitted: yes": _with(submitted="yes"),
    "graded before it began": _with(started=""), "graded without a check": _work(checks=[], score=0),
    "a key twice": lambda text: text.replace('"seed"', '"labs": ["default"], "seed"', 1),
}  # fmt: skip


@pytest.mark.parametrize("how", HOSTILE)
def test_a_damaged_record_is_refused(how: str) -> None:
    """Whatever is wrong with it is one error that names the file; nothing else is raised."""
    path = exam_mark.folder(HOME) / exam_mark.FILE
    record.save(done(PASSED))
    path.write_text(HOSTILE[how](path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(errors.LabError) as caught:
        record.load(HOME)
    assert caught.value.ident == "exam-unreadable"
    assert str(path) in caught.value.what


@pytest.mark.parametrize("number", [-1, 0, 99])
def test_a_variant_that_its_exercise_has_not_is_refused(number: int) -> None:
    """In an exam, in an attempt and where it is typed: an exercise may have lost it since, too."""
    spec = exam_data.found_("pods-pending").spec
    asked = exam_scene.Asked(number=1, exercise="pods-pending", seed="s", variant=number)
    begun = dataclasses.replace(exam_data.exam().questions[0].work, exercise="pods-pending", variant=number)
    lab = exam_data.labs()[0]
    for ask in (
        lambda: exam_scene.variant_of(spec, asked),
        lambda: setup.scene_of(lab, HOME, begun),
        lambda: variants.of(spec, "s", number),
    ):
        with pytest.raises(errors.LabError) as caught:
            ask()
        assert caught.value.ident == "exercise-unknown"
        assert f"and no {number}" in caught.value.what


def test_a_flag_is_turned_and_kept_in_every_lab() -> None:
    """Once sets it, twice removes it; other tasks keep theirs; a number that no task has is refused."""
    record.save(exam_data.exam())
    once = questions.turn_flag(exam_data.exam(), 3)
    assert [row.number for row in once.questions if row.flagged] == [3]
    assert record.load(SECOND) == once
    assert not any(row.flagged for row in questions.turn_flag(once, 3).questions)
    for wrong in (0, 99):
        with pytest.raises(errors.LabError) as caught:
            questions.turn_flag(once, wrong)
        assert caught.value.ident == "exam-option"


@pytest.mark.parametrize("typed", ["", "x", "-1", "1.5", "123", "٣"])
def test_a_task_is_named_by_its_number(typed: str) -> None:
    """Anything else is refused with the word that lists them."""
    with pytest.raises(errors.LabError) as caught:
        questions.typed(typed)
    assert caught.value.ident == "exam-option"


def test_a_change_of_an_exam_that_ended_is_refused() -> None:
    """A page that stayed open writes into no other exam."""
    record.save(exam_data.exam())
    record.finish(exam_data.exam())
    with pytest.raises(errors.LabError) as caught:
        record.update(exam_data.exam(), lambda now: now)
    assert caught.value.ident == "exam-absent"
    record.save(exam_data.exam(begun="2026-12-01T08:00:00+00:00"))
    with pytest.raises(errors.LabError):
        record.update(exam_data.exam(), lambda now: now)


def test_a_finished_exam_is_history() -> None:
    """It is in the first lab's history with its end, and occupies no lab any more; a damaged one is never passed over:
    it would be missing in what is handed in, without a word."""
    record.save(done(PASSED))
    ended = record.finish(done(PASSED))
    assert record.history(HOME) == record.every(HOME) == (ended,)
    assert ended.ended
    assert record.load(HOME) is record.load(SECOND) is None
    damaged = exam_mark.folder(HOME) / record.HISTORY / "z.json"
    damaged.write_text("{", encoding="utf-8")
    for read in (record.history, record.every, exam_mark.of_course):
        with pytest.raises(errors.LabError) as caught:
            read(HOME)
        assert (caught.value.ident, caught.value.what.split()[0]) == ("exam-unreadable", str(damaged))


def test_an_exam_that_was_not_handed_in_is_not_destroyed_unasked() -> None:
    """Graded for a course, not put back yet or finished: lab.destroy asks, until it is noted as handed in."""
    for found in (dataclasses.replace(done(PASSED), course="autumn"), done(PASSED)):
        record.save(found)
        for _ in range(2):
            if found.course:
                with pytest.raises(errors.LabError) as caught:
                    lockout.refuse_loss("default")
                assert (caught.value.ident, caught.value.details) == (
                    "exercise-unsubmitted", (f"the exam of {found.begun[:16]} UTC",)
                )  # fmt: skip
                assert caught.value.what == "lab default holds work that was not submitted: 1 exam"
            else:
                lockout.refuse_loss("default")
            lockout.refuse_loss("default", yes=True)
            record.finish(found)
        submit._remember(submit.Work(where=HOME, running=None, finished=(), exams=record.every(HOME)))
        lockout.refuse_loss("default")


def test_what_breaks_a_lab_on_purpose_has_a_name() -> None:
    """An exam also until its labs are in order, and a record that cannot be read hides its changes all the same."""
    assert lockout.occupant(HOME) == ""
    for found in (exam_data.exam(), done(PASSED)):
        record.save(found)
        assert lockout.occupant(HOME) == lockout.occupant(SECOND) == "an exam"
    record.finish(done(PASSED))
    assert lockout.occupant(HOME) == ""
    attempt.save(HOME, exam_data.exam().questions[0].work)
    assert lockout.occupant(HOME).startswith("exercise ")
    (attempt.folder(HOME) / "attempt.json").write_text("{", encoding="utf-8")
    assert lockout.occupant(HOME) == "an exercise or an exam"


def test_words_that_would_disturb_an_exam_refuse() -> None:
    """In each of its labs no exercise begins, nothing is explained or mended, and work is not lost unasked."""
    record.save(exam_data.exam())
    for where in (HOME, SECOND):
        with pytest.raises(errors.LabError) as caught:
            register.refuse_second(where)
        assert caught.value.ident == "exam-running"
        for give_up in (None, False, True):
            with pytest.raises(errors.LabError) as caught:
                lockout.refuse(where.name, "lab.why", give_up=give_up)
            assert caught.value.ident == "exam-running"
        with pytest.raises(errors.LabError) as lost:
            lockout.refuse_loss(where.name)
        assert lost.value.ident == "exercise-unsubmitted"
        lockout.refuse_loss(where.name, yes=True)


def test_a_class_is_not_destroyed_with_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """`course.down` destroyed every student's lab unasked: now one with work that was not handed in keeps all."""
    gone: list[str] = []
    monkeypatch.setattr(providers, "boxes", lambda lab: [lab])
    monkeypatch.setattr(lifecycle, "destroy", lambda where, *_, **__: gone.append(where.name))
    students = [course_plan.Student(id=name, name="") for name in ("ada", "grace")]
    lab = student_labs.lab_name("grace")
    work = exam_data.graded(exam_data.exam().questions[0], PASSED).work
    attempt.save(paths.LabPaths(name=lab), work)
    with pytest.raises(errors.LabError) as caught:
        student_labs.down(students, progress.Progress.silent())
    assert (caught.value.ident, gone) == ("exercise-unsubmitted", [])
    assert lab in caught.value.what
    assert student_labs.down(students, progress.Progress.silent(), yes=True) == len(gone) == 2


def test_nothing_harms_a_lab_with_an_exam(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`lab.survive` stops machines and removes files for an hour, with the exam's own trouble in the lab."""
    monkeypatch.setattr(session, "opened", lambda *_, **__: SimpleNamespace(lab=None))
    monkeypatch.setattr(providers, "of", lambda _: SimpleNamespace(demand=lambda _: None))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it began"))
    record.save(exam_data.exam())
    with pytest.raises(SystemExit):
        namespace.collection(["lab.survive"])["lab.survive"].body(None, lab="default")
    assert "error exam-running" in capsys.readouterr().err


def test_a_submitted_exam_hides_nothing_but_keeps_its_labs() -> None:
    """What is graded may be explained; but an exercise begins only when the lab is in order."""
    record.save(done(PASSED))
    lockout.refuse("default", "lab.why", give_up=False)
    with pytest.raises(errors.LabError) as caught:
        register.refuse_second(HOME)
    assert "exam.stop" in caught.value.remedy


def test_one_lab_is_not_named_twice() -> None:
    """It would have the tasks of an exam on one lab, and the person counts on two."""
    assert exam_words._names("default", "") == ["default"]
    assert exam_words._names("default", "second") == ["default", "second"]
    with pytest.raises(errors.LabError, match="--second names lab default") as caught:
        exam_words._names("default", "default")
    assert caught.value.ident == "exam-option"
