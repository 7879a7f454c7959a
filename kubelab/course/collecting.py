"""What course.collect, course.show and course.watch do with a class's results: files, lines, a page kept open."""

from __future__ import annotations

import contextlib
import datetime
import time
from pathlib import Path

from kubelab import atomic, errors, progress
from kubelab.course import belief, exports, gradebook, keys, marks, page, plan, submission
from kubelab.course import watch as watching

INTERVAL = 5.0
"""Seconds between two looks into a folder."""


def write(book: gradebook.Gradebook, out: Path) -> None:
    """Write the four files of a class, readable by their owner only; raises `course-unwritable`."""
    files = {
        "class.html": page.of_class(book).encode(),
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
    """Return what a person reads at the end: a line a student, what to look at, where the files are."""
    found = [f"{row.percent:5.1f} %  {row.done:2} done  {row.student.called}{_note(row)}" for row in book.rows]
    for row in book.rows:
        found += [f"  look at {row.student.id}: {exports.told(doubt)}" for doubt in row.doubts if doubt.grave]
    found += [f"  not looked into: {one.file}: {one.why}" for one in book.refused]
    found.append(f"{len(book.handed_in)} of {len(book.rows)} have handed in; {out / 'class.html'} shows the class")
    return found


def _note(row: gradebook.Row) -> str:
    if not row.counted:
        return "  nothing handed in"
    return "" if row.believed else "  not to be believed as it is"


def as_json(book: gradebook.Gradebook) -> str:
    """Return the whole as one document."""
    return exports.as_json(book)


def clean(book: gradebook.Gradebook) -> bool:
    """Return whether there is nothing that a person has to look at."""
    return not book.refused and all(row.believed for row in book.rows)


def one(course: plan.Course, file: Path, now: datetime.datetime) -> dict[str, object]:
    """Return what one submission says, and what cannot be believed of it; raises `submission-refused`."""
    given = belief.Given(course=course, key=keys.read(course), files=belief.record(course), now=now)
    found = opened(course, file)
    doubts = belief.doubts(given, found)
    rows = marks.of(course, found.results.attempts)
    return {
        "student": found.student,
        "made": found.results.made,
        "versions": found.results.versions,
        "percent": round(marks.percent(rows), 2),
        "believed": not any(doubt.grave for doubt in doubts),
        "doubts": [exports.told(doubt) for doubt in doubts],
        "exercises": [exports.mark_row(row) for row in rows],
    }


def opened(course: plan.Course, file: Path) -> submission.Submission:
    """Return a submission whose signature is right; raises `submission-refused`."""
    try:
        return submission.read(file, keys.read(course), course.id, evidence=True)
    except submission.Unreadable as problem:
        raise errors.LabError("submission-refused", f"{file} is not looked into", details=[problem]) from problem


def watch(
    course: plan.Course, address: str, port: int, folder: Path | None, store: Path | None, report: progress.Progress
) -> None:
    """Show a class's state until Ctrl-C: from a folder that is looked into, or from what is sent here."""
    board = watching.Board(course=course, key=keys.read(course), store=store)
    if store:
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        board.look(store)
    with contextlib.suppress(KeyboardInterrupt):
        if folder:
            _watch_folder(board, folder, report)
        else:
            _serve(board, address, port, report)


def _watch_folder(board: watching.Board, folder: Path, report: progress.Progress) -> None:
    report.say(f"{folder / 'class-now.html'} shows the class; Ctrl-C ends it")
    while True:
        board.look(folder)
        put(folder / "class-now.html", board.html().encode())
        time.sleep(INTERVAL)


def _serve(board: watching.Board, address: str, port: int, report: progress.Progress) -> None:
    secret = watching.new_secret()
    with watching.server(board, address, port, secret) as server:
        base = f"http://{address}:{server.server_address[1]}"
        report.say(f"the class: {base}/{secret}/ (for you: whoever has this address sees it)")
        report.say(f"students send to: {base} (the course file says `watch: {base}`); Ctrl-C ends it")
        server.serve_forever()
