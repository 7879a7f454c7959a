"""A class's results for programs: CSV for a learning platform, JUnit, JSON."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from kubelab.course import exam_results, gradebook, knowledge, marks
from kubelab.exercises import attempt, scoring
from kubelab.ui import foreign


def as_csv(book: gradebook.Gradebook) -> str:
    """Return one line a student: id, name, percent, belief, points of every exercise."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    ids = [row.id for row in book.course.assignments]
    exam = ["exam"] if book.course.exam else []
    writer.writerow(["id", "name", "percent", "done", "believed", "handed in", "doubts", *ids, *exam])
    for row in book.rows:
        reasons = ", ".join(told(doubt) for doubt in row.doubts)
        made = row.counted.results.made if row.counted else ""
        known = [
            row.student.id,
            row.student.name,
            f"{row.percent:.1f}",
            row.done,
            "yes" if row.believed else "no",
            made,
        ]
        points = [mark.points if mark.tried else "" for mark in row.marks]
        more = [row.exam.percent if row.exam else ""] if book.course.exam else []
        writer.writerow([foreign.cell(cell) for cell in (*known, reasons, *points, *more)])
    return out.getvalue()


def told(doubt: knowledge.Doubt) -> str:
    """Return a doubt as one phrase."""
    where = f" ({doubt.exercise})" if doubt.exercise else ""
    return foreign.line(f"{doubt.rule}{where}: {doubt.says}")


def as_json(book: gradebook.Gradebook) -> str:
    """Return the whole as one document."""
    return f"{foreign.document(document(book), indent=1)}\n"


def document(book: gradebook.Gradebook) -> dict[str, object]:
    """Return the whole as plain values: a row a student, the files that were refused."""
    rows = [
        {
            "id": row.student.id,
            "name": row.student.name,
            "percent": round(row.percent, 2),
            "done": row.done,
            "believed": row.believed,
            "file": str(row.counted.file) if row.counted else None,
            "made": row.counted.results.made if row.counted else None,
            "older": [str(path) for path in row.older],
            "doubts": [vars(doubt) for doubt in row.doubts],
            "exercises": [mark_row(mark) for mark in row.marks],
            **exam_row(row.exam),
        }
        for row in book.rows
    ]
    refused = [{"file": str(one.file), "why": one.why} for one in book.refused]
    return {"course": book.course.id, "at": book.at.isoformat(), "students": rows, "refused": refused}


def exam_row(found: exam_results.Result | None) -> dict[str, object]:
    """Return a student's exam as plain values; nothing without one."""
    if found is None:
        return {}
    return {"exam": {**vars(found), "percent": found.percent, "outcome": str(found.outcome)}}


def mark_row(mark: marks.Mark) -> dict[str, object]:
    """Return a mark as plain values."""
    goals = [
        {"check": goal.name, "says": goal.says, "reached": goal.reached, "minutes": goal.minutes} for goal in mark.goals
    ]
    return {**vars(mark), "goals": goals, "share": round(mark.share, 4), "done": mark.done}


def class_junit(book: gradebook.Gradebook) -> bytes:
    """Return a test suite a student, a test case a goal."""
    root = ET.Element("testsuites", name=book.course.id)
    for row in book.rows:
        suite = _element(root, "testsuite", name=row.student.id)
        for mark in row.marks:
            for goal in mark.goals:
                time = f"{60 * (goal.minutes or 0):.0f}"
                case = _element(suite, "testcase", classname=mark.exercise, name=goal.name, time=time)
                if not mark.tried:
                    _element(case, "skipped", message="not tried")
                elif not goal.reached:
                    _element(case, "failure", message=goal.says or "never reached")
        _count(suite)
    return _bytes(root)


def junit(attempts: Sequence[attempt.Attempt]) -> bytes:
    """Return one student's JUnit: a test suite an attempt, a test case a check of its last look."""
    root = ET.Element("testsuites")
    for one in attempts:
        suite = _element(root, "testsuite", name=one.exercise, timestamp=one.started)
        for key, row in scoring.keyed(one.checks[-1].verdicts if one.checks else ()).items():
            name, time = scoring.name(key), f"{row.seconds:.1f}"
            case = _element(suite, "testcase", classname=one.exercise, name=name, time=time)
            tags = {attempt.State.FAILED: "failure", attempt.State.UNKNOWN: "error"}
            if row.state in tags:
                _element(case, tags[row.state], message=row.seen)
        _count(suite)
    return _bytes(root)


def _element(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    """Return a new element below another; its attributes may be foreign text."""
    return ET.SubElement(parent, tag, {name: foreign.text(value) for name, value in attributes.items()})


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
