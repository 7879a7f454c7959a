"""Measures how long collecting a class takes: `python -m bench.collect --students 200`.

The course has this checkout's exercises. Submissions are written as `exercise.submit` writes them, then read, verified,
judged and put on the class's page.
"""

from __future__ import annotations

import argparse
import datetime
import tempfile
import time
from pathlib import Path

from bench import report
from kubelab.course import (
    class_results,
    course_plan,
    exports,
    gradebook,
    keys,
    knowledge,
    load_course,
    make_packs,
    submission,
)
from kubelab.exercises import attempt, library, scoring, variants
from kubelab.ui import progress

BEGIN = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.UTC)


def main() -> None:
    """Write a class's submissions, collect them, and print how long each part took."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="kubelab-collect-") as folder:
        course = _course(Path(folder), options.students, options.exercises)
        begin = time.monotonic()
        make_packs.make(_few(course), Path(folder, "packs"), progress.Progress(progress.Style.PLAIN))
        packs = time.monotonic() - begin
        given = knowledge.of(course, BEGIN)
        inbox = Path(folder, "inbox")
        inbox.mkdir()
        size = sum(_hand_in(given, student, inbox) for student in course.students)
        begin = time.monotonic()
        book = gradebook.collect(inbox, course, datetime.datetime.now(datetime.UTC))
        read = time.monotonic() - begin
        class_results.write(book, Path(folder, "results"))
        whole = time.monotonic() - begin
        report.heading(f"{len(book.handed_in)} students, {len(course.assignments)} exercises each, {size / 1e6:.1f} MB")
        print(f"  read, verified, judged   {read:6.2f} s")
        print(f"  and written              {whole:6.2f} s")
        print(f"  (packs: {packs / 3:.2f} s each)")


def _course(folder: Path, students: int, exercises: int) -> course_plan.Course:
    rows = "".join(f"  - {{id: {name}}}\n" for name in library.names()[:exercises])
    (folder / "bench.yaml").write_text(f"course: bench\nexercises:\n{rows}", encoding="utf-8")
    people = "".join(f"  - {{id: student-{number}, name: Student {number}}}\n" for number in range(students))
    (folder / "students.yaml").write_text(f"students:\n{people}", encoding="utf-8")
    return load_course.course(folder / "bench.yaml", None)


def _few(course: course_plan.Course) -> course_plan.Course:
    """Return the course with three students: their packs give the same record, and packs are not measured."""
    values = {**vars(course), "students": course.students[:3]}
    return course_plan.Course(**values)


def _hand_in(given: knowledge.Given, student: course_plan.Student, inbox: Path) -> int:
    attempts = tuple(_attempt(given, student.id, number, row) for number, row in enumerate(given.course.assignments))
    results = submission.Results(
        schema=submission.SCHEMA,
        course=given.course.id,
        student=student.id,
        lab="default",
        made=(BEGIN + datetime.timedelta(days=30)).isoformat(),
        digests=given.records[-1].files,
        attempts=attempts,
    )
    content = submission.write(results, exports.junit(attempts), b"{}\n", keys.signing(given.key, student.id))
    (inbox / f"{student.id}.zip").write_bytes(content)
    return len(content)


def _attempt(given: knowledge.Given, student: str, number: int, row: course_plan.Assignment) -> attempt.Attempt:
    spec = row.exercise.spec
    drawn = variants.of(spec, variants.seed(given.key, row.id, student))
    begin = BEGIN + datetime.timedelta(hours=number, seconds=sum(student.encode()))
    times = [(begin + datetime.timedelta(minutes=minutes)).isoformat() for minutes in (0, 1, 5, 15, 20)]
    return attempt.Attempt(
        exercise=row.id,
        digest=given.digest(row.id),
        student=student,
        course=given.course.id,
        lab="default",
        seed=drawn.seed,
        variant=drawn.number,
        values=drawn.values,
        full=spec.full,
        started=times[0],
        ready=times[1],
        ended=times[4],
        checks=tuple(_check(row, at, good) for at, good in ((times[2], False), (times[3], True))),
    )


def _check(row: course_plan.Assignment, at: str, good: bool) -> attempt.Check:
    spec = row.exercise.spec
    verdicts = tuple(
        attempt.Verdict(
            kind=one.kind,
            check=one.check,
            says=one.check.replace("_", " "),
            state=attempt.State.PASSED if good else attempt.State.FAILED,
            seen="" if good else "2 of 3",
            points=one.points,
        )
        for one in scoring.slots(spec)
    )
    return attempt.Check(at=at, verdicts=verdicts, points=spec.full if good else 0, full=spec.full)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200, help="how many hand in (200)")
    parser.add_argument("--exercises", type=int, default=20, help="how many exercises each has done (20)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
