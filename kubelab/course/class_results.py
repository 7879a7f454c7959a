"""The work of course.collect, course.show and course.watch on a class's results: files, lines, a page kept open."""

from __future__ import annotations

import datetime
from pathlib import Path

from kubelab import errors
from kubelab.course import (
    class_page,
    course_plan,
    credibility,
    exam_results,
    exports,
    gradebook,
    keys,
    knowledge,
    marks,
    student_history,
    submission,
)
from kubelab.files import atomic
from kubelab.ui import foreign


def write(book: gradebook.Gradebook, out: Path) -> None:
    """Write the four files of a class, readable by their owner only; raises `course-unwritable`."""
    files = {
        "class.html": class_page.of_class(book).encode(),
        "class.csv": exports.as_csv(book).encode("utf-8-sig"),
        "class.json": exports.as_json(book).encode(),
        "class.xml": exports.class_junit(book),
    }
    for name, content in files.items():
        put(out / name, content)


def put(target: Path, content: bytes) -> None:
    """Write one file, 0600, whole or not at all."""
    atomic.write(target, content, ident="course-unwritable")


def lines(book: gradebook.Gradebook, out: Path) -> list[str]:
    """Return the summary for the terminal: a line a student, what to look at, where the files are."""
    found = [f"{row.percent:5.1f} %  {row.done:2} done  {row.student.called}{_note(row)}" for row in book.rows]
    for row in book.rows:
        found += [f"  look at {row.student.id}: {exports.told(doubt)}" for doubt in row.doubts if doubt.grave]
    found += [f"  not looked into: {foreign.line(f'{one.file}: {one.why}')}" for one in book.refused]
    found.append(f"{len(book.handed_in)} of {len(book.rows)} have handed in; {out / 'class.html'} shows the class")
    return found


def _note(row: gradebook.Row) -> str:
    if not row.counted:
        return "  nothing handed in"
    exam = f"  exam {exam_results.shown(row.exam)}" if row.exam else ""
    return exam if row.believed else f"{exam}  not to be believed as it is"


def as_json(book: gradebook.Gradebook) -> str:
    """Return the whole as one document."""
    return exports.as_json(book)


def clean(book: gradebook.Gradebook) -> bool:
    """Return whether no result needs a person's eyes."""
    return not book.refused and all(row.believed for row in book.rows)


def one(course: course_plan.Course, file: Path, now: datetime.datetime) -> dict[str, object]:
    """Return the content of one submission, and its doubts; raises `submission-refused`."""
    given = knowledge.of(course, now)
    told = student_history.of([opened(course, file)])
    found, record = told.whole, given.record(told.whole)
    doubts = (*credibility.doubts(given, found), *told.doubts, *exam_results.doubts(given, [found]))
    rows = marks.of(course, given.counting(found.results.attempts), given.spec)
    return {
        "student": found.student,
        "made": found.results.made,
        "versions": found.results.versions,
        "pack": {"made": record.made, "commit": record.commit, "newest": record is given.records[-1]},
        "percent": round(marks.percent(rows), 2),
        "believed": not any(doubt.grave for doubt in doubts),
        "doubts": [exports.told(doubt) for doubt in doubts],
        "exercises": [exports.mark_row(row) for row in rows],
        **exports.exam_row(exam_results.of(given, [found])),
    }


def opened(course: course_plan.Course, file: Path) -> submission.Submission:
    """Return a submission whose signature is right; raises `submission-refused`."""
    try:
        return submission.read(file, keys.read(course), course.id, evidence=True)
    except submission.Unreadable as problem:
        raise errors.LabError("submission-refused", f"{file} is not looked into", details=[problem]) from problem
