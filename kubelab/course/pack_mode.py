"""The student's place in a course: what changes about exercises in a checkout that came as a pack."""

from __future__ import annotations

import datetime
from pathlib import Path

from kubelab import checks, errors, paths
from kubelab.course import lab_diff, pack, submission
from kubelab.exercises import attempt, commands, library


def wish(exercise: str, student: str, variant: int, root: Path = paths.ROOT) -> commands.Wish:
    """Return what is to be started: in a pack the own variant, unless another is asked for.

    What is begun under another name or in another variant is practice: it is never handed in. Raises
    `exercise-closed` before the exercise opens.
    """
    found = pack.here(root)
    task = found.task(exercise) if found else None
    if found is None or task is None or student or variant:
        return commands.Wish(exercise=exercise, student=student, number=variant)
    _refuse_closed(task)
    return commands.Wish(exercise=exercise, student=found.student, course=found.course, seed=task.seed)


def _refuse_closed(task: pack.Task) -> None:
    opens = submission.moment(task.opens)
    if opens and datetime.datetime.now(datetime.UTC) < opens:
        what = f"{task.id} opens at {opens:%Y-%m-%d %H:%M} UTC"
        raise errors.LabError(
            "exercise-closed", what, remedy=f"./run exercise.start {task.id} --variant 1 for practice"
        )


def keep(lab: str, found: attempt.Check, root: Path = paths.ROOT) -> None:
    """After a check in a pack, keep what the lab differs in from its known state if it never was worth more.

    A lab that cannot be looked at leaves no evidence, and is no error: the check itself has said so.
    """
    if pack.here(root) is None:
        return
    try:
        now = commands.sitting(lab)
        best = max((check.points for check in now.attempt.checks), default=0)
        if found not in now.attempt.checks or not found.points or found.points < best:
            return
        if lab_diff.known(now.scene.view.where, now.attempt) >= found.points:
            return
        lab_diff.keep(now.scene.view, now.attempt)
    except (checks.Silent, errors.LabError):
        return


def refuse_solution(lab: str) -> None:
    """Raise `solution-away` where the reference solution stayed with the teacher."""
    exercise = library.find(commands.sitting(lab).attempt.exercise)
    if not (exercise.folder / "solution.sh").exists():
        raise errors.LabError("solution-away", f"the solution of {exercise.spec.id} is not on this computer")
