"""Exams of a course: what a pack begins, what is handed in, and what the teacher's side believes and counts."""

from __future__ import annotations

import dataclasses
import json
import tarfile
from pathlib import Path
from typing import Any

import course_data
import exam_data
import pytest

from kubelab import errors, paths
from kubelab.course import (
    class_page,
    class_results,
    exam_pack,
    exam_results,
    exports,
    gradebook,
    pack,
    submission,
    submit,
)
from kubelab.exam import draw, laying_out, record, touches
from kubelab.exercises import attempt, exam_mark, library

PASSED, FAILED, UNKNOWN = attempt.State.PASSED, attempt.State.FAILED, attempt.State.UNKNOWN
NAMES = sorted(set(touches.ROWS) & set(library.names()))
HEAD = "course: autumn\nexam: {minutes: 90}\nexercises:\n"
TEXT = HEAD + "".join(f"  - {{id: {name}}}\n" for name in NAMES)
REAL = library.FOLDER


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> course_data.Class:
    """Return a class whose course has the shipped exercises and an exam."""
    (tmp_path / "exercises").symlink_to(REAL)
    return course_data.handed_out(tmp_path, monkeypatch, text=TEXT)


def sat(lesson: course_data.Class, student: str = "ada", *states: attempt.State, **changed: Any) -> record.Exam:
    """Return the exam of a student, graded: every task has these states in turn."""
    seed = draw.seed_of(lesson.key, student)
    found = exam_data.exam(seed, minutes=90, student=student, course="autumn", submitted="2026-11-30T09:00:00+00:00")
    rows = []
    for row in found.questions:
        digest = lesson.given().digest(row.work.exercise)
        work = dataclasses.replace(row.work, student=student, course="autumn", digest=digest)
        rows.append(exam_data.graded(dataclasses.replace(row, work=work), *(states or (PASSED,))))
    return dataclasses.replace(found, **{"questions": tuple(rows), **changed})


def collected(lesson: course_data.Class) -> gradebook.Row:
    """Return the first student's row."""
    return gradebook.collect(lesson.inbox, lesson.course, course_data.NOW).rows[0]


def test_a_course_with_an_exam_needs_exercises_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer than an exam draws are refused with their number; minutes have bounds."""
    (tmp_path / "exercises").symlink_to(REAL)
    for text in (HEAD + "  - {id: audit-who}\n", TEXT.replace("90", "5"), TEXT.replace("minutes", "hours")):
        with pytest.raises(errors.LabError) as caught:
            course_data.course(tmp_path, monkeypatch, text=text)
        assert caught.value.ident == "course-invalid"


def test_a_pack_begins_its_students_own_exam(lesson: course_data.Class, tmp_path: Path) -> None:
    """Minutes and seed are the course's, unless a seed is asked for: that is practice. Two students differ."""
    own = pack.Exam(minutes=90, seed=draw.seed_of(lesson.key, "ada"))
    found = pack.Pack(
        schema=pack.SCHEMA, course="autumn", title="", lab="default", student="ada", name="", watch=None, exercises=[],
        exam=own,
    )  # fmt: skip
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / pack.NAME).write_bytes(found.document())
    assert pack.here(tmp_path) == found
    wish = exam_pack.wish(laying_out.Wish(), tmp_path)
    assert (wish.minutes, wish.seed, wish.student, wish.course) == (90, own.seed, "ada", "autumn")
    practice = exam_pack.wish(laying_out.Wish(seed="7"), tmp_path)
    assert (practice.course, practice.seed) == ("", "7")
    assert exam_pack.wish(laying_out.Wish(), tmp_path / "elsewhere") == laying_out.Wish()
    assert own.seed != draw.seed_of(lesson.key, "grace")


def test_a_pack_without_an_exam_is_as_before() -> None:
    """Its description has no new key: packs of one checkout stay the same bytes."""
    found = pack.Pack(
        schema=pack.SCHEMA, course="a", title="", lab="default", student="ada", name="", watch=None, exercises=[]
    )
    assert "exam" not in json.loads(found.document())


def test_an_honest_exam_is_counted_anew(lesson: course_data.Class) -> None:
    """From the verdicts, by the exercises' points; it is signed, nothing speaks against it, and everywhere shown."""
    exam = sat(lesson, "ada", PASSED, FAILED)
    lesson.hand_in("ada", exams=(exam,))
    row = collected(lesson)
    assert row.exam
    assert (row.exam.points, row.exam.full, row.exam.tried) == (exam.points, exam.full, 1)
    assert [doubt for doubt in row.doubts if doubt.rule == "another exam"] == []
    book = gradebook.collect(lesson.inbox, lesson.course, course_data.NOW)
    shown = exam_results.shown(row.exam)
    assert shown in class_results.lines(book, lesson.inbox)[0]
    assert json.loads(exports.as_json(book))["students"][0]["exam"]["points"] == exam.points
    assert exports.as_csv(book).splitlines()[0].endswith(",exam")
    assert shown in class_page.of_class(book)


def test_its_own_points_are_ignored(lesson: course_data.Class) -> None:
    """Verdicts count; a check that claims all points, or lacks its verdicts, wins nothing more."""
    exam = sat(lesson, "ada", FAILED)
    boasts = []
    for row in exam.questions:
        check = dataclasses.replace(row.work.checks[0], points=99, verdicts=row.work.checks[0].verdicts[:1])
        boasts.append(dataclasses.replace(row, work=dataclasses.replace(row.work, checks=(check,))))
    lesson.hand_in("ada", exams=(dataclasses.replace(exam, questions=tuple(boasts)),))
    found = collected(lesson).exam
    assert found
    assert found.points == 0


def test_what_could_not_be_told_is_shown_as_that(lesson: course_data.Class) -> None:
    """Neither passed nor failed, if it decides."""
    lesson.hand_in("ada", exams=(sat(lesson, "ada", UNKNOWN),))
    found = collected(lesson).exam
    assert found
    assert (found.points, found.outcome) == (0, record.Outcome.UNKNOWN)
    assert found.undecided == found.full


def test_late_is_told(lesson: course_data.Class) -> None:
    """Ninety minutes were given, and two hours taken."""
    lesson.hand_in("ada", exams=(sat(lesson, submitted="2026-11-30T10:00:00+00:00"),))
    found = collected(lesson).exam
    assert found
    assert found.late == 30
    assert "30 min late" in exam_results.shown(found)


def test_the_best_of_several_counts_each_once(lesson: course_data.Class) -> None:
    """The same exam in two files is one; another one at another time is the second."""
    bad, good = sat(lesson, "ada", FAILED), sat(lesson, "ada", PASSED, begun="2026-11-30T12:00:00+00:00")
    lesson.hand_in("ada", exams=(bad,), name="one")
    lesson.hand_in("ada", exams=(bad, good), name="two")
    found = collected(lesson).exam
    assert found
    assert (found.percent, found.tried) == (100, 2)


def test_percent_that_do_not_pass_are_never_shown_as_those_that_do() -> None:
    """65.9 % fail: rounded up, the page would say that 66 % do."""
    almost = exam_results.Result(points=659, undecided=0, full=1000, late=0, tried=1)
    assert exam_results.shown(almost) == "65 % (failed)"
    passed = dataclasses.replace(almost, points=660)
    assert exam_results.shown(passed) == "66 % (passed)"


FORGED = {
    "another's": lambda lesson: sat(lesson, "grace"),
    "another's under the own name": lambda lesson: dataclasses.replace(sat(lesson, "grace"), student="ada"),
    "another seed": lambda lesson: dataclasses.replace(sat(lesson), seed="7"),
    "a longer clock": lambda lesson: dataclasses.replace(sat(lesson), minutes=480),
    "few tasks": lambda lesson: dataclasses.replace(sat(lesson), questions=sat(lesson).questions[:1]),
    "one task again": lambda lesson: dataclasses.replace(sat(lesson), questions=sat(lesson).questions[:1] * 15),
    "unknown tasks": lambda lesson: _with_exercise(sat(lesson), "no-such-thing"),
}


def _with_exercise(exam: record.Exam, name: str) -> record.Exam:
    first, *rest = exam.questions
    changed = dataclasses.replace(first, work=dataclasses.replace(first.work, exercise=name))
    return dataclasses.replace(exam, questions=(changed, *rest))


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_exam_does_not_count_and_is_told(how: str, lesson: course_data.Class) -> None:
    """A student can sign anything with the own key; what the pack does not draw is grave."""
    lesson.hand_in("ada", exams=(FORGED[how](lesson),))
    row = collected(lesson)
    assert row.exam is None
    assert any(doubt.rule == "another exam" and doubt.grave for doubt in row.doubts)


def test_practice_is_no_exam_of_the_course(lesson: course_data.Class) -> None:
    """It is neither counted nor doubted."""
    lesson.hand_in("ada", exams=(dataclasses.replace(sat(lesson), course=""),))
    row = collected(lesson)
    assert row.exam is None
    assert not any(doubt.rule == "another exam" for doubt in row.doubts)


def test_a_hostile_exam_is_refused_as_a_whole_file(lesson: course_data.Class) -> None:
    """Too many tasks, or values of another type: the file is named, and the class is graded."""
    exam = sat(lesson)
    lesson.hand_in("ada", exams=(dataclasses.replace(exam, questions=exam.questions * 9),))
    lesson.hand_in("ada", exams=(dataclasses.replace(exam, minutes="90"),), name="typed")  # type: ignore[arg-type]
    book = gradebook.collect(lesson.inbox, lesson.course, course_data.NOW)
    assert len(book.refused) == 2
    assert len(book.rows) == len(lesson.course.students)


def test_what_is_handed_in_has_the_labs_exams(
    lesson: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finished ones and the one that is not put back yet; an unsubmitted one, and practice, are not."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    where = paths.LabPaths(name="default")
    done = sat(lesson, begun="2026-11-29T08:00:00+00:00")
    record.save(done)
    record.finish(done)
    record.save(sat(lesson, course="", begun="2026-11-29T09:00:00+00:00"))
    record.finish(sat(lesson, course="", begun="2026-11-29T09:00:00+00:00"))
    record.save(sat(lesson))
    found: Any = type("Pack", (), {"course": "autumn"})
    labs = submit.works("default")
    assert [exam.begun for exam in submit.exams(found, labs)] == [done.begun, exam_data.BEGUN]
    record.save(sat(lesson, submitted=""))
    assert [exam.begun for exam in submit.exams(found, submit.works("default"))] == [done.begun]
    assert exam_mark.read(where) is exam_mark.Mark.RUNNING


def test_a_graded_exam_of_a_pack_is_written_signed(
    lesson: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`exam.submit` writes the file that `course.collect` believes; practice, and a checkout that is no pack, none."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    packs = tmp_path / "packs" / "autumn-ada.tar.gz"
    with tarfile.open(packs) as archive:
        archive.extractall(tmp_path / "ada", filter="data")
    (root,) = (tmp_path / "ada").iterdir()
    exam = sat(lesson, "ada", PASSED, FAILED)
    record.save(exam)
    target = exam_pack.hand_in(exam, "default", lesson.inbox / "ada.zip", root)
    assert target
    row = collected(lesson)
    assert row.exam
    assert row.exam.points == exam.points
    assert exam_pack.hand_in(dataclasses.replace(exam, course=""), "default", None, root) is None
    assert exam_pack.hand_in(exam, "default", None, tmp_path) is None


def test_old_submissions_without_exams_are_read(lesson: course_data.Class) -> None:
    """A file of an earlier version has no such key."""
    file = lesson.hand_in("ada")
    found = submission.read(file, lesson.key, "autumn")
    assert found.results.exams == ()
    assert len(NAMES) >= draw.LEAST
