"""The labs of the whole test: one run at a time has them, and removes those that a dead run has left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from kubelab import errors, paths, providers
from kubelab.clients import patience
from kubelab.converge import observed, session
from kubelab.lab import lifecycle
from kubelab.state import locks
from kubelab.ui import progress

SEVERAL = "selftest-ha"
VIRTUAL = "selftest-vm"
OLDER = "selftest-older"
PROOFS = "selftest-proofs"
LABS = ("selftest", "selftest-two", SEVERAL, VIRTUAL, OLDER, PROOFS)
"""The names belong to the test, on the whole computer: a lab of one of them is removed, whoever has made it."""
QUEUE = 3 * 3600.0
"""Seconds to wait for another whole test: as long as some of them take, one after the other."""
WORD = 600.0
"""Seconds to wait for a word that a killed run has left running on one of the labs."""
EVERY = 1.0
"""Seconds between two tries to take a lock."""

Taken = TypeVar("Taken")


@contextlib.contextmanager
def held(report: progress.Progress) -> Iterator[None]:
    """Hold the labs and remove them at the end; wait for another run that holds them, and say which: `lab-locked`.

    A run that is asked to end, as a job that is cancelled is, ends as by Ctrl-C.
    """
    with _waited("another whole test", locks.tests, QUEUE, report):
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            yield
        finally:
            remove(report)
            signal.signal(signal.SIGTERM, before)


def remove(report: progress.Progress) -> None:
    """Remove the labs and all that is left of them; the caller holds them.

    One that was made from another checkout is left of a run that is dead: it would hold them. It is removed too, and
    said. Another user's is refused: LabError `lab-elsewhere`.
    """
    for name in LABS:
        _remove(name, report)


def _remove(name: str, report: progress.Progress) -> None:
    with _waited(f"lab {name}", lambda: session.held_places(name), WORD, report) as where:
        others = sorted(root for root in observed.roots(providers.boxes(name)) if _ours(root))
        for root in others:
            report.say(f" ! lab {name} was left by a test in {root}, which has ended: it is removed")
        lifecycle.destroy(where, report, keep_keys=False, others=others)
        for root in others:
            _forget(root, name, report)


@contextlib.contextmanager
def _waited(
    what: str, take: Callable[[], contextlib.AbstractContextManager[Taken]], limit: float, report: progress.Progress
) -> Iterator[Taken]:
    """Take a lock, at once or as soon as its holder ends; raise its refusal if that takes longer than `limit`."""
    with contextlib.ExitStack() as stack:
        try:
            taken = stack.enter_context(take())
        except errors.LabError as refused:
            report.say(f" … {refused.what} {', '.join(refused.details)}: waiting for it to end; Ctrl-C gives up")
            taken = _taken(what, lambda: stack.enter_context(take()), limit, report)
        yield taken


def _taken(what: str, take: Callable[[], Taken], limit: float, report: progress.Progress) -> Taken:
    with report.phase(f"wait for {what}"):
        for since in patience.polls(limit, EVERY):
            try:
                return take()
            except errors.LabError as refused:
                if refused.ident != "lab-locked" or since > limit - EVERY:
                    raise
    raise AssertionError("the last try returns or raises")


def _ours(root: Path) -> bool:
    """Return whether another checkout is gone or this user's."""
    try:
        return root.stat().st_uid == os.getuid()
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _forget(root: Path, name: str, report: progress.Progress) -> None:
    """Remove what another checkout keeps of a lab that is gone; nothing else below its build/ is touched."""
    folder = root / paths.BUILD.name / name
    if folder.is_symlink() or not (folder / "state").is_dir():
        return
    try:
        shutil.rmtree(folder)
    except OSError as problem:
        report.say(f" ! {folder} stays: {problem.strerror}")
