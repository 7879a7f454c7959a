"""Changes the running attempt, which several programs do at once: each change is read, made and written under one lock.

A check in the terminal, a hint in the page and a stop in another terminal are three programs. An old copy is never
written back; and a change of an attempt that ended meanwhile goes into no other.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from kubelab import errors, paths
from kubelab.exercises import attempt, exam_mark
from kubelab.state import locks

Change = Callable[[attempt.Attempt], attempt.Attempt]


@contextlib.contextmanager
def locked(where: paths.LabPaths) -> Iterator[None]:
    """Hold the records of a lab's attempts, which takes a moment: a second caller waits for it."""
    with locks.file(attempt.folder(where) / "attempt.json"):
        yield


def refuse_second(where: paths.LabPaths) -> None:
    """Raise `exercise-running` if an attempt is under way in a lab, `exam-running` if an exam occupies it."""
    exam_mark.refuse(where, "an exercise", submitted=True)
    running = attempt.load(where)
    if running:
        what = f"exercise {running.exercise} runs in lab {where.name}"
        raise errors.LabError("exercise-running", what, remedy="./run exercise.stop, then the same command again")


def begin(where: paths.LabPaths, one: attempt.Attempt) -> None:
    """Keep an attempt that begins; raise `exercise-running` if another one began meanwhile."""
    with locked(where):
        refuse_second(where)
        attempt.save(where, one)


def still(where: paths.LabPaths, one: attempt.Attempt) -> attempt.Attempt:
    """Return a running attempt in its present state; raise `exercise-absent` if it has ended."""
    now = attempt.load(where)
    if now is None or not same(now, one) or now.ended:
        what = f"the attempt at {one.exercise} in lab {where.name} has ended meanwhile; nothing was added to it"
        raise errors.LabError("exercise-absent", what)
    return now


def update(where: paths.LabPaths, one: attempt.Attempt, change: Change) -> attempt.Attempt:
    """Change a running attempt in its present state, and return it; raise `exercise-absent` if it has ended."""
    with locked(where):
        changed = change(still(where, one))
        attempt.save(where, changed)
        return changed


def end(where: paths.LabPaths, one: attempt.Attempt) -> attempt.Attempt:
    """Record that an attempt has ended, now if it was not before, and return it; it does not change any more."""
    with locked(where):
        now = attempt.load(where)
        latest = now if now and same(now, one) else one
        ended = latest if latest.ended else dataclasses.replace(latest, ended=attempt.now())
        attempt.save(where, ended)
        return ended


def finish(where: paths.LabPaths, ended: attempt.Attempt) -> Path:
    """Move an ended attempt into the history; return its file."""
    with locked(where):
        return attempt.finish(where, ended)


def same(one: attempt.Attempt, other: attempt.Attempt) -> bool:
    """Return whether two records are of one attempt."""
    return (one.exercise, one.started, one.seed) == (other.exercise, other.started, other.seed)
