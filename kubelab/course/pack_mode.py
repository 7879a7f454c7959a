"""Exercises in a pack: what is different for a student's checkout."""

from __future__ import annotations

from pathlib import Path

from kubelab import checks, errors, paths
from kubelab.converge import session
from kubelab.course import diff_store, pack
from kubelab.exercises import commands


def variant_to_start(exercise: str, student: str, variant: int, root: Path = paths.ROOT) -> commands.Wish:
    """Return what to start: in a pack the own variant, unless another is asked for. Its student's own id asks for none.

    Work under another name or in another variant is practice: it is never handed in. Raises `exercise-closed` before
    the exercise opens.
    """
    found = pack.here(root)
    task = found.task(exercise) if found else None
    if found is None or task is None or student not in ("", found.student) or variant:
        return commands.Wish(exercise=exercise, student=student, number=variant)
    _refuse_closed(task)
    return commands.Wish(exercise=exercise, student=found.student, course=found.course, seed=task.seed)


def practice(wish: commands.Wish, lab: str, root: Path = paths.ROOT) -> str:
    """Return what is said of practice in a pack, with what begins the course's own; empty for that, and elsewhere."""
    found = pack.here(root)
    if found is None or wish.course:
        return ""
    line = f"./run exercise.start{paths.lab_option(lab)} {wish.exercise}"
    return f"this is practice: it is not handed in{f'; {line} begins your own' if found.task(wish.exercise) else ''}"


def _refuse_closed(task: pack.Task) -> None:
    opens = task.opening()
    if opens:
        what = f"{task.id} opens at {opens:%Y-%m-%d %H:%M} UTC"
        raise errors.LabError(
            "exercise-closed", what, remedy=f"./run exercise.start {task.id} --variant 1 for practice"
        )


def check(found: session.Session, *, stability: bool = True, root: Path = paths.ROOT) -> commands.Checked:
    """Check the running exercise of a lab, as `commands.check`; in a pack, keep the evidence of the verdicts."""
    return commands.check(commands.sitting(found), stability=stability, then=lambda done: keep(done, root))


def keep(done: commands.Checked, root: Path = paths.ROOT) -> None:
    """After a check in a pack, keep the lab's difference from its known state, unless an earlier one was worth as much.

    A lab that cannot be read leaves no evidence, and is no error: the check itself has said so.
    """
    if pack.here(root) is None:
        return
    best = max(check.points for check in done.attempt.checks)
    if not done.found.points or done.found.points < best:
        return
    try:
        if diff_store.known(done.session.where, done.attempt) < done.found.points:
            diff_store.keep(done.scene.view, done.attempt)
    except (checks.Silent, errors.LabError):
        return


def solve(held: session.Held) -> str:
    """Return the solution, done, as `commands.solve`; raise `solution-away` in a pack."""
    now = commands.sitting(held)
    exercise = now.scene.exercise
    if not (exercise.folder / "solution.sh").exists():
        raise errors.LabError("solution-away", f"the solution of {exercise.spec.id} is not on this computer")
    return commands.solve(held, now)
