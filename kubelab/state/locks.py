"""Locks: one run at a time, and a second run is told the name of the first."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

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
        since = time.strftime("%H:%M:%S")
        row = {"pid": os.getpid(), "command": " ".join(sys.argv[1:]), "since": since, "root": str(paths.ROOT)}
        atomic.write(holder, json.dumps(row), mode=atomic.PUBLIC, durable=False)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


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


def _described(holder: Path) -> str:
    try:
        row = strictjson.table(strictjson.content(holder, most=LARGEST), most=LARGEST)
        return f"by `{row['command']}` (process {row['pid']}, since {row['since']}, in {row['root']})"
    except (OSError, ValueError, KeyError):
        return "by another run that has only just begun"
