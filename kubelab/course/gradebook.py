"""Collects what a class handed in: one row a student, the files that are refused, and what two students share."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors
from kubelab.course import belief, inbox, keys, marks, plan, submission

Refused = inbox.Refused


@dataclass(frozen=True, kw_only=True)
class Row:
    """One student: the submission that counts (the newest), marks, doubts, and the others of theirs that there are."""

    student: plan.Student
    counted: submission.Submission | None
    marks: tuple[marks.Mark, ...]
    doubts: tuple[belief.Doubt, ...]
    older: tuple[Path, ...]

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

    course: plan.Course
    at: datetime.datetime
    rows: tuple[Row, ...]
    refused: tuple[Refused, ...]

    @property
    def handed_in(self) -> tuple[Row, ...]:
        """Return the rows of those who handed in anything that can be read."""
        return tuple(row for row in self.rows if row.counted)


def collect(folder: Path, course: plan.Course, now: datetime.datetime) -> Gradebook:
    """Return the class's results from every zip in a folder and below; raises `course-missing`, `course-record`."""
    if not folder.is_dir():
        raise errors.LabError("course-missing", f"{folder} is no folder")
    given = belief.Given(course=course, key=keys.read(course), files=belief.record(course), now=now)
    box = inbox.read(folder, given.key, course.id)
    found = box.found
    strangers = [plan.Student(id=name, name="") for name in sorted(found.keys() - course.roll.keys())]
    newest = {name: max(rows, key=_age) for name, rows in found.items()}
    shared = _shared(given, newest)
    rows = tuple(_row(given, student, found.get(student.id, []), shared) for student in (*course.students, *strangers))
    return Gradebook(course=course, at=now, rows=rows, refused=tuple(box.refused))


def _age(one: submission.Submission) -> tuple[str, str]:
    made = submission.moment(one.results.made)
    return (made.isoformat() if made else "", one.digest)


def _row(
    given: belief.Given,
    student: plan.Student,
    mine: Sequence[submission.Submission],
    shared: Mapping[str, Sequence[belief.Doubt]],
) -> Row:
    if not mine:
        return Row(student=student, counted=None, marks=marks.of(given.course, ()), doubts=(), older=())
    counted = max(mine, key=_age)
    older = [one for one in mine if one is not counted]
    return Row(
        student=student,
        counted=counted,
        marks=marks.of(given.course, counted.results.attempts),
        doubts=(*belief.doubts(given, counted), *_history(counted, older), *shared.get(student.id, ())),
        older=tuple(one.file for one in older),
    )


def _history(counted: submission.Submission, older: Sequence[submission.Submission]) -> Iterator[belief.Doubt]:
    """What the same student handed in before: copies are harmless, a rewritten past is not."""
    if copies := [one.file.name for one in older if one.digest == counted.digest]:
        yield belief.Doubt(rule="duplicate", grave=False, says=f"the same file again: {', '.join(sorted(copies)[:3])}")
    now = {(one.exercise, one.started): one.checks for one in counted.results.attempts}
    for before in older:
        for one in before.results.attempts:
            later = now.get((one.exercise, one.started))
            if later is None or later[: len(one.checks)] != one.checks:
                says = f"{before.file.name} tells another story of it"
                yield belief.Doubt(rule="history changed", grave=True, says=says, exercise=one.exercise)


def _shared(given: belief.Given, found: Mapping[str, submission.Submission]) -> Mapping[str, Sequence[belief.Doubt]]:
    """Return what no two students can have in common: one variant's seed, or one course of events to the second."""
    holders: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for student, one in found.items():
        for tried in one.results.attempts:
            if tried.exercise not in given.course.by_id:
                continue
            holders["same variant", tried.exercise, tried.seed].add(student)
            if tried.checks:
                story = [tried.started, [[check.at, [vars(row) for row in check.verdicts]] for check in tried.checks]]
                holders["same content", tried.exercise, json.dumps(story, default=str)].add(student)
    doubts: dict[str, list[belief.Doubt]] = defaultdict(list)
    for (rule, exercise, _), students in holders.items():
        for student in students if len(students) > 1 else ():
            others = ", ".join(sorted(students - {student})[: belief.MOST_SHOWN])
            doubts[student].append(belief.Doubt(rule=rule, grave=True, says=f"as {others}", exercise=exercise))
    return doubts
