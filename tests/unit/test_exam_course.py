"""Exams of a course: what a pack begins, what is handed in, and what the teacher's side believes and counts."""

from __future__ import annotations

import dataclasses
import datetime
import json
import tarfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import course_data
import exam_data
import pytest

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.course import (
    class_page,
    class_results,
    exam_pack,
    exam_results,
    exports,
    gradebook,
    make_packs,
    pack,
    submission,
    submit,
)
from kubelab.exam import draw, grading, laying_out, record, touches
from kubelab.exercises import attempt, exam_mark, exercise_file, library, needs, scoring, variants
from kubelab.tasks import exam as words

PASSED, FAILED, UNKNOWN = attempt.State.PASSED, attempt.State.FAILED, attempt.State.UNKNOWN
NAMES = sorted(set(touches.ROWS) & set(library.names()))
HEAD = "course: autumn\nexam: {minutes: 90}\nexercises:\n"
TEXT = HEAD + "".join(f"  - {{id: {name}}}\n" for name in NAMES)
REAL = library.FOLDER
BEGUN, SUBMITTED = "2026-11-10T09:00:00+00:00", "2026-11-10T10:00:00+00:00"
"""Before what is handed in was made: at noon."""


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> course_data.Class:
    """Return a class whose course has the shipped exercises and an exam."""
    (tmp_path / "exercises").symlink_to(REAL)
    return course_data.handed_out(tmp_path, monkeypatch, text=TEXT)


def sat(lesson: course_data.Class, student: str = "ada", *states: attempt.State, **changed: Any) -> record.Exam:
    """Return the exam of a student, graded: every task has these states in turn."""
    seed = draw.seed_of(lesson.key, student)
    found = exam_data.exam(
        seed, minutes=90, student=student, course="autumn", begun=BEGUN, started=BEGUN, submitted=SUBMITTED
    )
    rows = []
    for row in found.questions:
        digest = lesson.given().digest(row.work.exercise)
        work = dataclasses.replace(row.work, student=student, course="autumn", digest=digest)
        rows.append(exam_data.graded(dataclasses.replace(row, work=work), *(states or (PASSED,)), at=SUBMITTED))
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


@pytest.mark.parametrize(("at", "minutes"), [("11:00:00", 30), ("10:30:01", 1), ("10:30:00", 0)])
def test_late_is_told(lesson: course_data.Class, at: str, minutes: int) -> None:
    """Ninety minutes were given, and two hours taken, or a second more: a begun minute is told."""
    lesson.hand_in("ada", exams=(sat(lesson, submitted=f"2026-11-10T{at}+00:00"),))
    found = collected(lesson).exam
    assert found
    assert found.late == minutes
    assert (f"{minutes} min late" in exam_results.shown(found)) is bool(minutes)


def test_the_best_of_several_counts_each_once(lesson: course_data.Class) -> None:
    """The same exam in two files is one; another one at another time is the second."""
    bad, good = sat(lesson, "ada", FAILED), sat(lesson, "ada", PASSED, begun="2026-11-10T08:00:00+00:00")
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
    done = sat(lesson, begun="2026-11-09T08:00:00+00:00")
    record.save(done)
    record.finish(done)
    record.save(sat(lesson, course="", begun="2026-11-09T09:00:00+00:00"))
    record.finish(sat(lesson, course="", begun="2026-11-09T09:00:00+00:00"))
    record.save(sat(lesson))
    found: Any = type("Pack", (), {"course": "autumn"})
    labs = submit.works("default")
    assert [exam.begun for exam in submit.exams(found, labs)] == [done.begun, BEGUN]
    gone = sat(lesson, submitted="", begun="2026-11-09T10:00:00+00:00")
    record.finish(gone)
    record.save(sat(lesson))
    given_up = submit.given_up(found, submit.works("default"))
    assert [exam.begun for exam in given_up] == [gone.begun]
    record.save(sat(lesson, submitted=""))
    assert submit.given_up(found, submit.works("default")) == given_up, "one that runs may still be graded"
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
    said = exam_pack.hand_in(exam, "default", lesson.inbox / "ada.zip", root)
    assert said == f"{lesson.inbox / 'ada.zip'}: 0 attempts, 1 exam and 1 lab file, signed for ada"
    row = collected(lesson)
    assert row.exam
    assert row.exam.points == exam.points
    assert exam_pack.hand_in(dataclasses.replace(exam, course=""), "default", None, root) == ""
    assert exam_pack.hand_in(exam, "default", None, tmp_path) == ""
    practice = dataclasses.replace(exam, course="")
    assert exam_pack.practice(practice, root), "else who practised waits for a file"
    assert not exam_pack.practice(exam, root) and not exam_pack.practice(practice, tmp_path)


def test_after_the_end_the_file_has_another_word(lesson: course_data.Class, ada: Path) -> None:
    """`exam.submit` after `exam.stop` said that exam.start is to be typed: another try at the same tasks."""
    exam = sat(lesson, "ada")

    def remedy(ident: str = "exam-absent", root: Path = ada) -> str:
        with pytest.raises(errors.LabError) as caught, exam_pack.way_to_the_file("default", root):
            raise errors.LabError(ident, "no exam runs in lab default", remedy="as before")
        return caught.value.remedy

    assert remedy() == "as before"
    record.save(exam)
    assert remedy() == "as before", "it is to be put in order first"
    record.finish(exam)
    assert remedy().startswith("./run exercise.submit ")
    assert (remedy("lab-absent"), remedy(root=ada.parent)) == ("as before", "as before")


@pytest.mark.parametrize(
    ("attempts", "exams", "labs", "said"),
    [(0, 1, 0, "0 attempts and 1 exam"), (1, 0, 0, "1 attempt"), (2, 2, 1, "2 attempts, 2 exams and 1 lab file"),
     (1, 0, 2, "1 attempt and 2 lab files")],
)  # fmt: skip
def test_what_was_written_is_said_of_every_kind(
    lesson: course_data.Class, attempts: int, exams: int, labs: int, said: str
) -> None:
    """A file with two exams and no attempt is no file with 0 attempts alone; one attempt is not "1 attempts"."""
    found = submission.Results(
        schema=submission.SCHEMA, course="autumn", student="ada", lab="default", made=BEGUN,
        attempts=(sat(lesson).questions[0].work,) * attempts, exams=(sat(lesson),) * exams,
        labs={f"labs/{number}.yaml": "" for number in range(labs)},
    )  # fmt: skip
    assert submit.told(found) == f"{said}, signed for ada"
    gone = dataclasses.replace(found, exams=(*found.exams, sat(lesson, submitted="")))
    assert submit.told(gone).endswith(" and 1 exam given up, signed for ada")


def test_every_list_of_a_submission_is_counted() -> None:
    """Whoever lets another kind of record travel says so to the student: these are all that can be counted."""
    counted, facts = {"attempts", "exams", "labs"}, {"versions", "digests"}
    kinds = {part.name for part in dataclasses.fields(submission.Results) if part.default != dataclasses.MISSING
             or part.default_factory != dataclasses.MISSING}  # fmt: skip
    assert kinds == counted | facts


def test_old_submissions_without_exams_are_read(lesson: course_data.Class) -> None:
    """A file of an earlier version has no such key."""
    file = lesson.hand_in("ada")
    found = submission.read(file, lesson.key, "autumn")
    assert found.results.exams == ()
    assert len(NAMES) >= draw.LEAST


@pytest.mark.parametrize("missed", [9, 33, 60])
def test_the_class_sees_the_percent_that_the_student_saw(missed: int, lesson: course_data.Class) -> None:
    """Rounded down in both places: 65.9 % is no "66 % (failed)", and one point short is not 100 %."""
    exam = sat(lesson)
    rows, left = [], missed
    for row in exam.questions:
        kept = []
        for verdict in row.work.checks[0].verdicts:
            wanted = verdict.kind is not attempt.Kind.GUARD and verdict.points <= left
            left -= verdict.points if wanted else 0
            kept.append(dataclasses.replace(verdict, state=FAILED) if wanted else verdict)
        check = dataclasses.replace(row.work.checks[0], verdicts=tuple(kept), points=scoring.total(kept))
        rows.append(dataclasses.replace(row, work=dataclasses.replace(row.work, checks=(check,))))
    exam = dataclasses.replace(exam, questions=tuple(rows))
    lesson.hand_in("ada", exams=(exam,))
    found = collected(lesson).exam
    assert found
    assert (found.points, found.percent, found.outcome) == (exam.points, exam.percent, exam.outcome)
    assert exam.percent < 100
    assert exam_results.shown(found) == f"{exam.percent} % ({exam.outcome})"


def test_what_just_fails_is_not_shown_as_66_percent() -> None:
    """131 of 200 points are 65.5 %."""
    found = exam_results.Result(points=131, undecided=0, full=200, late=0, tried=1)
    assert exam_results.shown(found) == "65 % (failed)"


def test_how_often_an_exam_was_tried_is_shown(lesson: course_data.Class) -> None:
    """The second has the same tasks, of which the first one told what was missed."""
    again = sat(lesson, "ada", PASSED, begun="2026-11-10T08:00:00+00:00")
    lesson.hand_in("ada", exams=(sat(lesson, "ada", FAILED), again))
    assert exam_results.shown(collected(lesson).exam) == "100 % (passed, the best of 2)"


def test_an_exam_that_was_given_up_is_told(lesson: course_data.Class) -> None:
    """Its tasks were read, and are those of the next, as after one that was graded: told, and no reproach."""
    gone = sat(lesson, submitted="", ended="2026-11-10T09:35:00+00:00")
    running = sat(lesson, submitted="", begun="2026-11-10T07:00:00+00:00")
    never = sat(lesson, submitted="", started="", ended=BEGUN, begun="2026-11-10T06:00:00+00:00")
    again = sat(lesson, "ada", PASSED, begun="2026-11-10T08:00:00+00:00")
    lesson.hand_in("ada", exams=(running, never, again), name="one")
    assert [doubt.rule for doubt in collected(lesson).doubts] == []
    for name in ("two", "three"):
        lesson.hand_in("ada", exams=(gone, again), name=name)
    row = collected(lesson)
    (doubt,) = [doubt for doubt in row.doubts if doubt.rule == "exam given up"]
    assert (row.believed, doubt.says.partition(":")[0]) == (True, "1 begun and not graded, up to 35 min long")
    assert exam_results.shown(row.exam) == "100 % (passed)"


def _changed(exam: record.Exam, number: int, **values: Any) -> record.Exam:
    """Return an exam with other values of one task's work."""
    rows = [
        dataclasses.replace(row, work=dataclasses.replace(row.work, **values)) if row.number == number else row
        for row in exam.questions
    ]
    return dataclasses.replace(exam, questions=tuple(rows))


def test_another_variant_than_the_drawn_one_does_not_count(lesson: course_data.Class) -> None:
    """Somebody who writes another number into exam.json is graded on a machine that was never broken."""
    exam = sat(lesson)
    row = next(row for row in exam.questions if len(library.find(row.work.exercise).spec.variants) > 1)
    for variant in (0, 99, row.work.variant % len(library.find(row.work.exercise).spec.variants) + 1):
        lesson.hand_in("ada", exams=(_changed(exam, row.number, variant=variant),))
        found = collected(lesson)
        assert found.exam is None
        assert any("variants are not the drawn ones" in doubt.says for doubt in found.doubts)


def test_chosen_tasks_do_not_count(lesson: course_data.Class) -> None:
    """Fifteen tasks of the course, with the seeds that they would have, but none of storage."""
    exam = sat(lesson)
    topics = {name: library.find(name).spec.topic for name in NAMES}
    names = [name for name in NAMES if topics[name] is not exercise_file.Topic.STORAGE][:15]
    rows = []
    for number, name in enumerate(names, 1):
        seed = variants.seed(draw.KEY, name, exam.seed)
        spec = library.find(name).spec
        chosen = draw.variant_of(spec, touches.ROWS[name][0], seed)
        work = dataclasses.replace(
            exam.questions[0].work, exercise=name, seed=seed, variant=chosen, digest=lesson.given().digest(name)
        )
        question = dataclasses.replace(exam.questions[0], number=number, work=work)
        rows.append(exam_data.graded(question, PASSED, at=SUBMITTED))
    lesson.hand_in("ada", exams=(dataclasses.replace(exam, questions=tuple(rows)),))
    found = collected(lesson)
    assert found.exam is None
    assert [doubt.says for doubt in found.doubts if doubt.grave] == ["its tasks do not have the curriculum's shares"]


def test_every_drawn_exam_keeps_the_rules_that_it_is_judged_by() -> None:
    """Variants and shares of what was drawn never speak against a student."""
    for rows in map(exam_data.drawn, map(str, range(40))):
        specs = {task.exercise: exam_data.found_(task.exercise).spec for task in rows}
        for task in rows:
            given = {draw.variant_of(specs[task.exercise], touch, task.seed) for touch in touches.ROWS[task.exercise]}
            assert task.variant in given
        topics = Counter(spec.topic for spec in specs.values())
        assert any(topics == Counter(division) for division in draw.divisions(len(rows)))


WRONG_TIMES = {
    "submitted before it began": {"submitted": "2026-11-10T08:00:00+00:00"},
    "no time": {"submitted": "yesterday"},
    "a year without end": {"submitted": "9999-12-31T23:59:59+00:00"},
    "no zone": {"started": "2026-11-10T09:00:00"},
    "ended before it was submitted": {"ended": "2026-11-10T09:30:00+00:00"},
    "submitted after it was handed in": {"submitted": "2026-11-20T09:30:00+00:00"},
}


@pytest.mark.parametrize("how", WRONG_TIMES)
def test_an_exams_times_are_held_against_each_other(how: str, lesson: course_data.Class) -> None:
    """A clock that was set back while an exam ran makes nobody late: it is grave, as in an exercise."""
    lesson.hand_in("ada", exams=(sat(lesson, **WRONG_TIMES[how]),))
    row = collected(lesson)
    assert [doubt.rule for doubt in row.doubts if doubt.grave] == ["clock"]
    assert row.exam


def test_points_of_an_exam_take_longer_than_reading_it(lesson: course_data.Class) -> None:
    """Five seconds after the clock began nobody has mended anything; without points there is nothing to doubt."""
    soon = "2026-11-10T09:00:05+00:00"
    lesson.hand_in("ada", exams=(sat(lesson, submitted=soon),))
    assert [doubt.rule for doubt in collected(lesson).doubts if doubt.grave] == ["impossible times"]
    lesson.hand_in("ada", exams=(sat(lesson, "ada", FAILED, submitted=soon),))
    assert collected(lesson).believed


def test_a_later_file_tells_no_other_story_of_an_exam(lesson: course_data.Class) -> None:
    """Verdicts of a graded exam do not change; that its labs were put back, and a second exam, is no change."""
    first = sat(lesson, "ada", FAILED)
    lesson.hand_in("ada", exams=(first,), name="one")
    ended = dataclasses.replace(first, ended="2026-11-10T10:30:00+00:00")
    more = sat(lesson, "ada", FAILED, begun="2026-11-10T08:00:00+00:00")
    later = course_data.BEGIN + datetime.timedelta(hours=4)
    lesson.hand_in("ada", exams=(ended, more), name="two", made=later)
    assert collected(lesson).believed
    better = dataclasses.replace(sat(lesson, "ada", PASSED), ended=ended.ended)
    lesson.hand_in("ada", exams=(better,), name="three", made=later + datetime.timedelta(hours=1))
    (doubt,) = (doubt for doubt in collected(lesson).doubts if doubt.grave)
    assert doubt.rule == "history changed"
    assert "two.zip" in doubt.says


def test_a_task_of_another_version_is_told(lesson: course_data.Class) -> None:
    """Its checks are not those that were handed out."""
    exam = sat(lesson)
    lesson.hand_in("ada", exams=(_changed(exam, 3, digest="0" * 64),))
    (doubt,) = (doubt for doubt in collected(lesson).doubts if doubt.grave)
    assert (doubt.rule, doubt.exercise) == ("graders differ", exam.questions[2].work.exercise)


def test_packs_that_were_given_out_keep_their_exam(
    lesson: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other minutes, or fewer exercises, in packs that are made again: who sat the first exam is still believed."""
    exam = sat(lesson)
    lesson.hand_in("ada", exams=(exam,))
    gone = exam.questions[0].work.exercise
    text = TEXT.replace("minutes: 90", "minutes: 120").replace(f"  - {{id: {gone}}}\n", "")
    course = course_data.course(tmp_path, monkeypatch, text=text)
    make_packs.make(course, tmp_path / "packs", course_data.quiet())
    changed = dataclasses.replace(lesson, course=course)
    row = collected(changed)
    assert [doubt for doubt in row.doubts if doubt.grave] == []
    assert row.exam
    assert (row.exam.points, row.exam.full) == (exam.points, exam.full)


def test_a_course_without_its_exam_counts_none_and_doubts_none(
    lesson: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The teacher took it out of the course file, also where no new packs were made."""
    lesson.hand_in("ada", exams=(sat(lesson),))
    course = course_data.course(tmp_path, monkeypatch, text=TEXT.replace("exam: {minutes: 90}\n", ""))
    row = collected(dataclasses.replace(lesson, course=course))
    assert (row.exam, row.believed) == (None, True)
    assert [doubt.rule for doubt in row.doubts] == ["other exercises"]


def test_a_name_without_end_stays_a_phrase(lesson: course_data.Class) -> None:
    """A task's name of a megabyte is shown by its beginning, in the terminal and in every file."""
    lesson.hand_in("ada", exams=(_with_exercise(sat(lesson), "\x1b[2J" + "x" * 1_000_000),))
    book = gradebook.collect(lesson.inbox, lesson.course, course_data.NOW)
    assert len("\n".join(class_results.lines(book, lesson.inbox))) < 20_000
    assert len(exports.as_csv(book)) < 20_000
    assert "\x1b" not in "\n".join(class_results.lines(book, lesson.inbox))


def test_a_course_whose_exams_cannot_be_drawn_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen exercises without the domain's shares: every student's exam.start would have failed, each alone."""
    (tmp_path / "exercises").symlink_to(REAL)
    lab = session.open_lab("default")[0]
    fitting = [name for name in NAMES if not needs.of_lab(library.find(name), lab)]
    without = [name for name in fitting if library.find(name).spec.topic is not exercise_file.Topic.STORAGE][:16]
    for names, refused in ((fitting, False), (without, True)):
        text = HEAD + "".join(f"  - {{id: {name}}}\n" for name in names)
        course = course_data.course(tmp_path, monkeypatch, text=text)
        if not refused:
            make_packs.refuse_unfit(course)
            continue
        with pytest.raises(errors.LabError) as caught:
            make_packs.refuse_unfit(course)
        assert caught.value.ident == "exam-unfit"
        assert any(row.startswith("ada: ") for row in caught.value.details)
        assert any(row.startswith("storage: 0 of") for row in caught.value.details)


def test_a_packs_first_page_names_the_exam(lesson: course_data.Class) -> None:
    """A student who is told only of exercises sits none; a course without an exam does not mention one."""
    student = lesson.course.students[0]
    said = make_packs.start(lesson.course, student)
    assert all(f"./run exam.{word} " in said for word in ("start", "submit", "stop"))
    assert "90 minutes" in said
    assert "exam" not in make_packs.start(dataclasses.replace(lesson.course, exam=0), student)


@pytest.fixture
def ada(lesson: course_data.Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return ada's pack, unpacked, and keep labs in a folder of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    with tarfile.open(lesson.inbox.with_name("packs") / "autumn-ada.tar.gz") as archive:
        archive.extractall(tmp_path / "ada", filter="data")
    (root,) = (tmp_path / "ada").iterdir()
    return root


def test_what_cannot_be_handed_in_is_told_before_the_grading(lesson: course_data.Class, ada: Path) -> None:
    """It takes minutes, and happens once: the file's place, the key and the records are tried first."""
    exam, out = sat(lesson, "ada"), ada / "out"
    out.mkdir()
    exam_pack.refuse_unwritable(exam, "default", out / "ada.zip", ada)
    assert list(out.iterdir()) == [], "a file was left by the trial"
    exam_pack.refuse_unwritable(dataclasses.replace(exam, course=""), "default", out, ada)
    (ada / "file").write_text("", encoding="utf-8")
    for place in (out, ada / "file" / "ada.zip"):
        with pytest.raises(errors.LabError) as caught:
            exam_pack.refuse_unwritable(exam, "default", place, ada)
        assert caught.value.ident == "course-unwritable"
    history = exam_mark.folder(paths.LabPaths(name="default")) / record.HISTORY
    history.mkdir(parents=True)
    (history / "2026.json").write_text("{", encoding="utf-8")
    with pytest.raises(errors.LabError) as caught:
        exam_pack.refuse_unwritable(exam, "default", out / "ada.zip", ada)
    assert caught.value.ident == "exam-unreadable"


def test_a_graded_exam_is_handed_in_again(
    lesson: course_data.Class, ada: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`exam.submit` after a full disk writes the file, and grades nothing; practice is over, as before."""
    here = pack.here(ada)
    monkeypatch.setattr(pack, "here", lambda _: here)
    monkeypatch.setattr(grading, "submit", lambda *_: pytest.fail("graded twice"))
    exam = sat(lesson, "ada")
    record.save(exam)
    rows = [SimpleNamespace(session=SimpleNamespace(where=paths.LabPaths(name="default")))]
    assert exam_pack.handed_in_again(exam)
    assert words._graded_once(exam, rows) == exam  # type: ignore[arg-type]
    practice = dataclasses.replace(exam, course="")
    record.save(practice)
    with pytest.raises(errors.LabError) as caught:
        words._graded_once(practice, rows)  # type: ignore[arg-type]
    assert caught.value.ident == "exam-absent"
