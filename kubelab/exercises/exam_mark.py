"""Whether an exam occupies a lab: words that begin, mend or explain something ask before they do.

The record itself is `kubelab.exam.record`'s; of it only the few keys that matter here are read.
"""

from __future__ import annotations

import enum
from pathlib import Path

from kubelab import errors, paths
from kubelab.files import strictjson

FILE, HISTORY = "exam.json", "history"
LARGEST = 8 << 20
"""Bytes of one exam: seventeen attempts with one check each have some 100 KB."""


class Mark(enum.Enum):
    """How far the exam of a lab is."""

    NONE = "none"
    RUNNING = "running"
    SUBMITTED = "submitted"
    """It is graded, and the lab is not put back yet."""


def folder(where: paths.LabPaths) -> Path:
    """Return the folder of a lab's exams."""
    return where.state / "exam"


def read(where: paths.LabPaths) -> Mark:
    """Return how far the exam of a lab is; raise `exam-unreadable` if its record was damaged."""
    path = folder(where) / FILE
    if not path.exists():
        return Mark.NONE
    return Mark.SUBMITTED if _row(path)["submitted"] else Mark.RUNNING


def of_course(where: paths.LabPaths) -> dict[str, str]:
    """Return the graded exams that a lab keeps for a course: `kept_name` to begin; raise as `read`."""
    files = [folder(where) / FILE, *sorted((folder(where) / HISTORY).glob("*.json"))]
    rows = [_row(path) for path in files if path.exists()]
    return {kept_name(row["begun"]): row["begun"] for row in rows if row["course"] and row["submitted"]}


def kept_name(begun: str) -> str:
    """Return the name under which an exam is noted as handed in, and its file's in the history but for `exam-`."""
    return f"exam-{begun.replace(':', '').replace('+0000', 'Z')}.json"


def _row(path: Path) -> dict[str, str]:
    """Return the keys of a record that matter here, each a text."""
    try:
        row = strictjson.table(strictjson.content(path, most=LARGEST), most=LARGEST)
        return {key: str(row[key]) for key in ("submitted", "course", "begun")}
    except (OSError, ValueError, KeyError) as problem:
        raise errors.LabError("exam-unreadable", f"{path} holds no exam", details=[problem]) from problem


PUT_BACK = "./run exam.stop puts it in order"


def over(where: paths.LabPaths) -> str:
    """Return what is said of an exam that is graded, while its lab is not put back yet."""
    return f"the exam in lab {where.name} is over, and the lab is not in order yet"


def refuse(where: paths.LabPaths, how: str, *, submitted: bool = False) -> None:
    """Raise `exam-running` if an exam runs in a lab, with `submitted` also one that is not put back yet."""
    mark = read(where)
    if mark is Mark.RUNNING:
        raise errors.LabError("exam-running", f"an exam runs in lab {where.name}; {how} has to wait")
    if mark is Mark.SUBMITTED and submitted:
        raise errors.LabError("exam-running", over(where), remedy=PUT_BACK)
