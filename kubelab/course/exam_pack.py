"""Exams in a pack: what is different for a student's checkout."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from kubelab import errors, paths
from kubelab.course import pack, submit
from kubelab.exam import laying_out, record
from kubelab.exercises import exam_mark
from kubelab.files import atomic


def wish(asked: laying_out.Wish, root: Path = paths.ROOT) -> laying_out.Wish:
    """Return what to begin: in a pack the student's own exam for the course, unless a seed is asked for.

    An exam of another seed is practice: it is never handed in. None has an exercise that is not open yet.
    """
    found = pack.here(root)
    if found is None:
        return asked
    own, open_ = found.exam, dataclasses.replace(asked, closed=found.closed())
    if own is None or asked.seed:
        return open_
    return dataclasses.replace(open_, minutes=own.minutes, seed=own.seed, student=found.student, course=found.course)


def refuse_unwritable(exam: record.Exam, lab: str, out: Path | None, root: Path = paths.ROOT) -> None:
    """Raise what `hand_in` would, before an exam is graded, which takes minutes and is done once."""
    found = own(exam, root)
    if found:
        submit.works(lab)
        pack.signing_key(root)
        atomic.refuse_unwritable(_target(found, out), ident="course-unwritable")


def handed_in_again(exam: record.Exam, root: Path = paths.ROOT) -> bool:
    """Return whether an exam is graded already, and only its file is wanted once more."""
    return bool(exam.submitted) and own(exam, root) is not None


@contextlib.contextmanager
def way_to_the_file(lab: str, root: Path = paths.ROOT) -> Iterator[None]:
    """Give the error of a lab without an exam another remedy if graded ones are kept: a new exam is not meant."""
    try:
        yield
    except errors.LabError as problem:
        if problem.ident == "exam-absent" and _graded(lab, root):
            problem.remedy = "./run exercise.submit writes the file with the graded exam again"
        raise


def _graded(lab: str, root: Path) -> bool:
    """Return whether a lab of a pack, in which no exam is, keeps graded ones of its course."""
    with contextlib.suppress(errors.LabError):
        where, found = paths.LabPaths(name=lab), pack.here(root)
        if found and exam_mark.read(where) is exam_mark.Mark.NONE:
            return any(one.submitted and one.course == found.course for one in record.history(where))
    return False


def own(exam: record.Exam, root: Path = paths.ROOT) -> pack.Pack | None:
    """Return the pack of this checkout if an exam was begun for its course; None for practice, and without a pack."""
    found = pack.here(root)
    return found if found and exam.course == found.course else None


def practice(exam: record.Exam, root: Path = paths.ROOT) -> bool:
    """Return whether an exam was taken in a pack, and is not its course's."""
    return pack.here(root) is not None and own(exam, root) is None


def hand_in(exam: record.Exam, lab: str, out: Path | None, root: Path = paths.ROOT) -> str:
    """Write the student's submission, exams included; return its file and what it holds, in words.

    Empty if the exam is no pack's own: nothing is written.
    """
    found = own(exam, root)
    if found is None:
        return ""
    target = _target(found, out)
    return f"{target}: {submit.told(submit.submit(lab, target, root))}"


def _target(found: pack.Pack, out: Path | None) -> Path:
    return out or Path(submit.default_name(found)).absolute()
