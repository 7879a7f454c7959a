"""An exam under way in opened labs: each lab with its scenes, and the record."""

from __future__ import annotations

import concurrent.futures
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kubelab import checks, errors
from kubelab.converge import session
from kubelab.exam import exam_scene, record, touches
from kubelab.exercises import exam_mark

Result = TypeVar("Result")
SPACES = ("guestbook", "kube-system", "calico-system")
"""Namespaces of the lab that a task may be about."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One lab of an exam: its session, and its tasks' scenes."""

    session: session.Session
    scenes: tuple[exam_scene.ExamScene, ...]

    @property
    def view(self) -> checks.View:
        """Return the lab's view."""
        return self.session.view

    @property
    def name(self) -> str:
        """Return the lab's name."""
        return self.session.lab.name


def load(found: session.Session) -> record.Exam:
    """Return the exam of a lab; raise `exam-absent` without one."""
    exam = record.load(found.where)
    if exam is None:
        raise errors.LabError("exam-absent", f"no exam runs in lab {found.where.name}")
    return exam


def running(found: session.Session) -> record.Exam:
    """Return the exam that runs in a lab; raise `exam-absent` if it is over, `exam-unready` before its clock runs."""
    exam = load(found)
    if exam.submitted:
        raise errors.LabError("exam-absent", exam_mark.over(found.where), remedy=exam_mark.PUT_BACK)
    if not exam.started:
        raise errors.LabError("exam-unready", f"the tasks in lab {found.where.name} are not all laid out")
    return exam


def readable(found: session.Session) -> record.Exam:
    """Return the exam of a lab whose tasks may be read: it runs, or is over; raises as `running` before its clock runs.

    A task that could be read before would be read without the clock.
    """
    exam = load(found)
    return exam if exam.submitted else running(found)


def benches(exam: record.Exam, sessions: Sequence[session.Session]) -> tuple[Bench, ...]:
    """Return every lab of an exam with its scenes; `sessions` are the labs, opened."""
    opened = {row.where.name: row for row in sessions}
    return tuple(
        Bench(session=opened[lab], scenes=exam_scene.open_all(opened[lab].view, asked(exam, lab))) for lab in exam.labs
    )


def asked(exam: record.Exam, lab: str) -> tuple[exam_scene.Asked, ...]:
    """Return what is to be opened in one lab of an exam."""
    return tuple(
        exam_scene.Asked(number=row.number, exercise=row.work.exercise, seed=row.work.seed, variant=row.work.variant)
        for row in exam.of_lab(lab)
    )


def about(scene: exam_scene.ExamScene) -> tuple[str, ...]:
    """Return the namespaces and the machines that a task's text names."""
    text = scene.text("task.md")
    spaces = sorted({*exam_scene.spaces(scene.variant), *SPACES})
    found = [name for name in spaces if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    machines = [machine.name for machine in scene.lab.machines if re.search(rf"(?<![\w-]){machine.name}(?![\w])", text)]
    return (*found, *machines)


def first(rows: Sequence[Bench]) -> list[str]:
    """Return which tasks are to be mended first, because they stop their lab for the others, in words."""
    return [
        f"In lab {bench.name} mend task {found.number} first: {touch(found).stops}."
        for bench in rows
        for found in bench.scenes
        if touch(found).stops
    ]


def explanation(found: exam_scene.ExamScene) -> str:
    """Return a task's explanation; empty in a course's pack, which has none."""
    return found.text("explain.md") if (found.exercise.folder / "explain.md").exists() else ""


def touch(scene: exam_scene.ExamScene) -> touches.Touch:
    """Return what a task touches; nothing if this version of the project does not draw it any more."""
    rows = touches.ROWS.get(scene.exercise.spec.id, ())
    fitting = (row for row in rows if not row.variants or scene.variant.number in row.variants)
    return next(fitting, touches.Touch())


def each(rows: Sequence[Bench], work: Callable[[Bench], Result]) -> list[Result]:
    """Do some work in every lab at once, and return the results in their order; an error is raised when all ended."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(rows))) as pool:
        return list(pool.map(work, rows))
