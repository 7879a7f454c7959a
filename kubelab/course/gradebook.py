"""Collects a class's submissions: one row a student, the refused files, and what two students share."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors
from kubelab.course import course_plan, credibility, exam_results, inbox, knowledge, marks, student_history, submission
from kubelab.exercises import timestamps, variants

Refused = inbox.Refused


@dataclass(frozen=True, kw_only=True)
class Row:
    """One student: the submission that counts (the newest), marks, doubts, and the student's other submissions."""

    student: course_plan.Student
    counted: submission.Submission | None
    marks: tuple[marks.Mark, ...]
    doubts: tuple[knowledge.Doubt, ...]
    older: tuple[Path, ...]
    exam: exam_results.Result | None = None

    @property
    def percent(self) -> float:
        """Return the weighted share of all points, 0 to 100."""
        return marks.percent(self.marks)

    @property
    def believed(self) -> bool:
        """Return whether nothing grave was found."""
        return not any(doubt.grave for doubt in self.doubts)

    @property
    def done(self) -> int:
        """Return how many exercises are done."""
        return sum(mark.done for mark in self.marks)


@dataclass(frozen=True, kw_only=True)
class Gradebook:
    """A whole class at one moment."""

    course: course_plan.Course
    at: datetime.datetime
    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]

    @property
    def handed_in(self) -> tuple[Row, ...]:
        """Return the rows of students with a readable submission."""
        return tuple(row for row in self.rows if row.counted)


def collect(folder: Path, course: course_plan.Course, now: datetime.datetime) -> Gradebook:
    """Return the class's results from every zip in a folder and below; raises `course-missing`, `course-record`."""
    if not folder.is_dir():
        raise errors.LabError("course-missing", f"{folder} is no folder")
    given = knowledge.of(course, now)
    box = inbox.read(folder, given.key, course.id)
    found = box.found
    try:
        rows = _rows(given, found)
    except Exception:
        # Whatever a signed file makes a rule raise is a mistake of kubelab; the class must not wait for its mend.
        box.refused += [bad for mine in found.values() for bad in _unjudgeable(given, mine)]
        rows = _rows(given, {name: kept for name, mine in found.items() if (kept := _without(mine, box.refused))})
    return Gradebook(course=course, at=now, rows=rows, refused=tuple(box.refused))


def _rows(given: knowledge.Given, found: Mapping[str, Sequence[submission.Submission]]) -> tuple[Row, ...]:
    """Return the row of each student of the class, then those of strangers."""
    course = given.course
    strangers = [course_plan.Student(id=name, name="") for name in sorted(found.keys() - course.roll.keys())]
    told = {name: student_history.of(sorted(mine, key=_age)) for name, mine in found.items()}
    shared = _shared(given, told)
    return tuple(
        _row(given, student, found[student.id], told[student.id], shared.get(student.id, ()))
        if student.id in found
        else Row(student=student, counted=None, marks=marks.of(course, ()), doubts=(), older=())
        for student in (*course.students, *strangers)
    )


def _unjudgeable(given: knowledge.Given, mine: Sequence[submission.Submission]) -> list[Refused]:
    """Return the files of a student that a rule cannot judge: those that fail alone, and the others if they still fail
    together."""
    alone = [Refused(file=one.file, why=why) for one in mine if (why := _why_not(given, [one]))]
    rest = _without(mine, alone)
    why = _why_not(given, rest)
    return alone + [Refused(file=one.file, why=why) for one in rest if why]


def _why_not(given: knowledge.Given, mine: Sequence[submission.Submission]) -> str:
    try:
        _rows(given, {mine[0].student: mine} if mine else {})
    except Exception as problem:
        return (
            f"kubelab cannot judge it ({type(problem).__name__}: {problem})"[:200] + "; mark it by hand, and report it"
        )
    return ""


def _without(mine: Sequence[submission.Submission], bad: Sequence[Refused]) -> list[submission.Submission]:
    files = {one.file for one in bad}
    return [one for one in mine if one.file not in files]


def _age(one: submission.Submission) -> tuple[str, str]:
    made = timestamps.read(one.results.made)
    return (made.isoformat() if made else "", one.digest)


def _row(
    given: knowledge.Given,
    student: course_plan.Student,
    mine: Sequence[submission.Submission],
    told: student_history.History,
    shared: Sequence[knowledge.Doubt],
) -> Row:
    counted = max(mine, key=_age)
    return Row(
        student=student,
        counted=counted,
        marks=marks.of(given.course, given.counting(told.whole.results.attempts), given.spec),
        doubts=(
            *credibility.doubts(given, told.whole),
            *_older(given, told),
            *_copies(counted, mine),
            *told.doubts,
            *shared,
            *exam_results.doubts(given, mine),
        ),
        exam=exam_results.of(given, mine),
        older=tuple(one.file for one in mine if one is not counted),
    )


def _older(given: knowledge.Given, told: student_history.History) -> Iterator[knowledge.Doubt]:
    """What is wrong with the graders of an older file from which something is counted."""
    for file in told.sources:
        for doubt in credibility.tools(given, file):
            yield dataclasses.replace(doubt, says=f"{file.file.name}: {doubt.says}")


def _copies(counted: submission.Submission, mine: Sequence[submission.Submission]) -> Iterator[knowledge.Doubt]:
    names = sorted(one.file.name for one in mine if one is not counted and one.digest == counted.digest)
    if names:
        yield knowledge.Doubt(rule="duplicate", grave=False, says=f"the same file again: {', '.join(names[:3])}")


def _shared(
    given: knowledge.Given, told: Mapping[str, student_history.History]
) -> Mapping[str, Sequence[knowledge.Doubt]]:
    """Return what no two students can share: one variant's seed, or one course of events to the second.

    The course's key tells whose variant it is: that student is only told of it, and the others must explain it.
    """
    holders: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for student, one in told.items():
        for tried in one.whole.results.attempts:
            if tried.exercise not in given.course.by_id:
                continue
            holders["same variant", tried.exercise, tried.seed, ""].add(student)
            if tried.checks:
                story_ = [tried.started, [[check.at, [vars(row) for row in check.verdicts]] for check in tried.checks]]
                holders["same content", tried.exercise, tried.seed, json.dumps(story_, default=str)].add(student)
    doubts: dict[str, list[knowledge.Doubt]] = defaultdict(list)
    for (rule, exercise, seed, _), students in holders.items():
        for student in students if len(students) > 1 else ():
            others = ", ".join(sorted(students - {student})[: credibility.MOST_SHOWN])
            grave = seed != variants.seed(given.key, exercise, student)
            doubts[student].append(knowledge.Doubt(rule=rule, grave=grave, says=f"as {others}", exercise=exercise))
    return doubts
