"""Locks: one run at a time, and a second run is told the name of the first."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock

from kubelab import errors, paths
from kubelab.files import atomic, strictjson

LARGEST = 64 << 10
"""Bytes of a holder's description of itself."""
PATIENCE = 60.0
"""Seconds to wait for a short hold: Docker and the routes are asked meanwhile."""


@contextlib.contextmanager
def lab(name: str) -> Iterator[None]:
    """Hold the lab's lock; a second holder is refused at once and told the first one.

    The lock is in the user's cache: it is the same for every checkout, and outlives build/.
    """
    folder = _folder()
    lock = filelock.FileLock(folder / f"lab-{name}.lock")
    holder = folder / f"lab-{name}.holder"
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as taken:
        raise errors.LabError("lab-locked", f"lab {name} is in use", details=[_described(holder)]) from taken
    try:
        with _signed(holder):
            yield
    finally:
        lock.release()


@contextlib.contextmanager
def tests() -> Iterator[None]:
    """Hold the labs of the whole test, all of them; a second holder is refused at once and told the first one.

    A child of the holder is not refused. One that was started with `close_fds=False` holds them as well, and goes on
    holding them if its parent is killed. The lock is in the user's own cache, also where `KUBELAB_CACHE` names
    another: the labs have the same names on the whole computer.
    """
    folder = paths.users_cache() / "locks"
    atomic.folder(folder, mode=0o755)
    holder = folder / "tests.holder"
    with (folder / "tests.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            if _pid(holder) != os.getppid():
                what = "the labs of the whole test are in use"
                raise errors.LabError("lab-locked", what, details=[_described(holder)]) from taken
            yield
            return
        os.set_inheritable(lock.fileno(), True)
        with _signed(holder):
            yield


@contextlib.contextmanager
def networks() -> Iterator[None]:
    """Hold the lock on choosing a lab's network, which takes a moment: a second caller waits for it."""
    try:
        with filelock.FileLock(_folder() / "networks.lock", timeout=PATIENCE):
            yield
    except filelock.Timeout as taken:
        raise errors.LabError("lab-locked", "another run chooses a network and does not end") from taken


@contextlib.contextmanager
def file(path: Path) -> Iterator[None]:
    """Hold the lock on one file that is read, changed and written again; a second caller waits for it.

    The lock lies in the user's cache, not beside the file: a teacher's folder holds only the teacher's files.
    """
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]
    try:
        with filelock.FileLock(_folder() / f"file-{name}.lock", timeout=PATIENCE):
            yield
    except filelock.Timeout as taken:
        raise errors.LabError("lab-locked", f"another run writes {path} and does not end") from taken


def _folder() -> Path:
    folder = paths.cache() / "locks"
    atomic.folder(folder, mode=0o755)
    return folder


@contextlib.contextmanager
def _signed(holder: Path) -> Iterator[None]:
    """Keep meanwhile, for those that are refused, what this run is."""
    try:
        since = time.strftime("%H:%M:%S")
        row = {"pid": os.getpid(), "command": " ".join(sys.argv[1:]), "since": since, "root": str(paths.ROOT)}
        atomic.write(holder, json.dumps(row), mode=atomic.PUBLIC, durable=False)
        yield
    finally:
        holder.unlink(missing_ok=True)


def _described(holder: Path) -> str:
    try:
        row = _row(holder)
        ended = "" if Path(f"/proc/{row['pid']}").exists() else "; it has ended, and what it started has not"
        return f"by `{row['command']}` (process {row['pid']}, since {row['since']}, in {row['root']}){ended}"
    except (OSError, ValueError, KeyError):
        return "by another run that has only just begun"


def _pid(holder: Path) -> object:
    """Return the process that holds a lock, as far as it has said so."""
    with contextlib.suppress(OSError, ValueError):
        return _row(holder).get("pid")
    return None


def _row(holder: Path) -> Mapping[str, Any]:
    return strictjson.table(strictjson.content(holder, most=LARGEST), most=LARGEST)
