"""The running attempt as several programs change it at once: each change is read, made and written under one lock.

A check in the terminal, a hint in the page and a stop in another terminal are three programs. What one of them read
some seconds ago is never written back; and what was about an attempt that ended meanwhile goes into no other.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from kubelab import errors, paths
from kubelab.exercises import attempt
from kubelab.state import locks

Change = Callable[[attempt.Attempt], attempt.Attempt]


@contextlib.contextmanager
def locked(where: paths.LabPaths) -> Iterator[None]:
    """Hold what is kept of a lab's attempts, which takes a moment: whoever comes second waits for it."""
    with locks.file(attempt.folder(where) / "attempt.json"):
        yield


def refuse_second(where: paths.LabPaths) -> None:
    """Raise `exercise-running` if an attempt is under way in a lab."""
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
    """Return a running attempt as it is kept by now; raise `exercise-absent` if it has ended."""
    now = attempt.load(where)
    if now is None or not same(now, one) or now.ended:
        what = f"the attempt at {one.exercise} in lab {where.name} has ended meanwhile; nothing was added to it"
        raise errors.LabError("exercise-absent", what)
    return now


def update(where: paths.LabPaths, one: attempt.Attempt, change: Change) -> attempt.Attempt:
    """Change a running attempt as it is kept by now, and return it; raise `exercise-absent` if it has ended."""
    with locked(where):
        changed = change(still(where, one))
        attempt.save(where, changed)
        return changed


def end(where: paths.LabPaths, one: attempt.Attempt) -> attempt.Attempt:
    """Keep that an attempt has ended, now if it was not before, and return it; nothing is added to it any more."""
    with locked(where):
        now = attempt.load(where)
        latest = now if now and same(now, one) else one
        ended = latest if latest.ended else dataclasses.replace(latest, ended=attempt.now())
        attempt.save(where, ended)
        return ended


def finish(where: paths.LabPaths, ended: attempt.Attempt) -> Path:
    """Move an attempt that has ended into the history; return where it is."""
    with locked(where):
        return attempt.finish(where, ended)


def same(one: attempt.Attempt, other: attempt.Attempt) -> bool:
    """Return whether two records are of one attempt."""
    return (one.exercise, one.started, one.seed) == (other.exercise, other.started, other.seed)
