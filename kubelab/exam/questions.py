"""One task of an exam by its number, and the student's flag on it: come back to this."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from kubelab import errors
from kubelab.exam import exam_scene, record, sitting


def numbered(exam: record.Exam, wanted: int) -> record.Question:
    """Return the task of a number; raise `exam-option` without one."""
    for row in exam.questions:
        if row.number == wanted:
            return row
    what = f"the exam has the tasks 1 to {len(exam.questions)}, and no {wanted}"
    raise errors.LabError("exam-option", what, remedy="./run exam.status")


def typed(text: object) -> int:
    """Return a typed number of a task; raise `exam-option` if it is none."""
    if not re.fullmatch("[0-9]{1,2}", str(text)):
        raise errors.LabError("exam-option", f"{str(text)[:40]!r} is no task's number", remedy="./run exam.status")
    return int(str(text))


def scene(rows: Sequence[sitting.Bench], wanted: int) -> exam_scene.ExamScene:
    """Return the scene of a task that `numbered` knows."""
    return next(one for bench in rows for one in bench.scenes if one.number == wanted)


def turn_flag(exam: record.Exam, wanted: int) -> record.Exam:
    """Set or remove the flag of a task, and return the exam; raises as `numbered`."""
    numbered(exam, wanted)

    def change(now: record.Exam) -> record.Exam:
        rows = (
            dataclasses.replace(row, flagged=not row.flagged) if row.number == wanted else row for row in now.questions
        )
        return dataclasses.replace(now, questions=tuple(rows))

    return record.update(exam, change)
