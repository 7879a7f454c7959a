"""Exams in a pack: what is different for a student's checkout."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from kubelab import paths
from kubelab.course import pack, submit
from kubelab.exam import laying_out, record


def wish(asked: laying_out.Wish, root: Path = paths.ROOT) -> laying_out.Wish:
    """Return what to begin: in a pack the student's own exam for the course, unless a seed is asked for.

    An exam of another seed is practice: it is never handed in.
    """
    found = pack.here(root)
    if found is None or found.exam is None or asked.seed:
        return asked
    own = found.exam
    return dataclasses.replace(asked, minutes=own.minutes, seed=own.seed, student=found.student, course=found.course)


def hand_in(exam: record.Exam, lab: str, out: Path | None, root: Path = paths.ROOT) -> Path | None:
    """Write the student's submission, exams included, and return its file; None if the exam is no pack's own."""
    found = pack.here(root)
    if found is None or exam.course != found.course:
        return None
    target = out or Path(submit.default_name(found)).absolute()
    submit.submit(lab, target, root)
    return target
