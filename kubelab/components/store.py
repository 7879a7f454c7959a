"""Publishes built components whole or not at all, and tells good files from damaged ones."""

from __future__ import annotations

import contextlib
import enum
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import filelock

from kubelab import errors, paths
from kubelab.components import cache_layout
from kubelab.files import atomic, strictjson

BUILDING = ".building-"
LARGEST = 4 << 20
"""Bytes of a record; one with all modules of Kubernetes has some 20 KB."""


def _modules(value: object) -> bool:
    pairs = list(value.values()) if isinstance(value, dict) and all(value) else [None]
    return all(isinstance(pair, list) and [type(word) for word in pair] == [str, str] for pair in pairs)


SHAPES: Mapping[str, Callable[[object], bool]] = {
    "seconds": lambda value: isinstance(value, int | float) and 0 <= value < 1e9,
    "go": lambda value: isinstance(value, str),
    "modules": _modules,
}
"""What the facts of a record must be; they are for people, and a build without them is as good."""


class State(enum.StrEnum):
    """The state of an address of the cache."""

    READY = "ready"
    ABSENT = "not built"
    DAMAGED = "damaged"


def digest_of(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(entry: cache_layout.Entry) -> dict[str, Any]:
    """Return the record of an entry, without what has another shape than `SHAPES`; empty for an unreadable one."""
    try:
        found = strictjson.table(strictjson.content(entry.record, most=LARGEST), most=LARGEST)
    except (OSError, strictjson.Refused):
        return {}
    return {name: value for name, value in found.items() if name not in SHAPES or SHAPES[name](value)}


def state(entry: cache_layout.Entry, *, thorough: bool = False) -> State:
    """Return the state of an entry.

    A file with the recorded size and time is trusted, so that asking costs no reading; any other is hashed, and with
    `thorough` all are.
    """
    record = read(entry)
    files = record.get("files", {})
    if not isinstance(files, dict):
        return State.DAMAGED
    if not files:
        return State.ABSENT
    stale = False
    for name, path in zip(entry.files, entry.paths, strict=True):
        known = files.get(name)
        if not isinstance(known, dict) or not isinstance(known.get("sha256"), str) or not path.is_file():
            return State.DAMAGED
        stat = path.stat()
        same = (stat.st_size, stat.st_mtime_ns) == (known.get("size"), known.get("mtime_ns"))
        if same and not thorough:
            continue
        if digest_of(path) != known.get("sha256"):
            return State.DAMAGED
        stale = stale or not same
    if stale:
        with contextlib.suppress(OSError):
            write_record(entry.record, record, entry.paths)
    return State.READY


def write_record(target: Path, values: Mapping[str, object], files: tuple[Path, ...]) -> None:
    """Write the record of `files` (hashed here) to `target`, atomically."""
    rows = {
        path.name: {"sha256": digest_of(path), "size": path.stat().st_size, "mtime_ns": path.stat().st_mtime_ns}
        for path in files
    }
    atomic.write(target, json.dumps({**values, "files": rows}, indent=1), mode=atomic.PUBLIC)


@contextlib.contextmanager
def draft(entry: cache_layout.Entry) -> Iterator[Path]:
    """Yield an empty folder beside the entry to build in; it is removed afterwards in any case.

    Call it with the entry's lock held: drafts of an interrupted build are removed here.
    """
    atomic.folder(entry.home, mode=0o755)
    mark = f"{BUILDING}{entry.name}-"
    for old in entry.home.glob(f"{mark}{'?' * 8}"):
        shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=mark, dir=entry.home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(entry: cache_layout.Entry, folder: Path, values: Mapping[str, object]) -> None:
    """Move the entry's files from the draft to their address, world-readable; the record comes last."""
    facts = {"name": entry.name, "version": entry.version, "digest": entry.digest, **values}
    facts["built"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for path in (folder / name for name in entry.files):
        path.chmod(0o644 if path.suffix == ".tar" else 0o755)
    if entry.is_image:
        for name in entry.files:
            atomic.place(folder / name, entry.root / name, mode=atomic.PUBLIC)
        write_record(entry.record, facts, entry.paths)
        return
    for path in folder.iterdir():
        if path.name not in entry.files:
            path.unlink()
    write_record(folder / cache_layout.RECORD, facts, tuple(folder / name for name in entry.files))
    folder.chmod(0o755)
    atomic.swap(folder, entry.root)  # what was there is damaged; running programs keep what they have open


def adopt(entry: cache_layout.Entry, folder: Path) -> None:
    """Move an entry that another computer made, record included, from `folder` to its address.

    The files get the recorded times, so that they are not read again at every use.
    """
    rows = strictjson.table(strictjson.content(folder / entry.record.name, most=LARGEST), most=LARGEST)["files"]
    for name in entry.files:
        (folder / name).chmod(0o644 if entry.is_image else 0o755)
        os.utime(folder / name, ns=(int(rows[name]["mtime_ns"]), int(rows[name]["mtime_ns"])))
    atomic.folder(entry.home, mode=0o755)
    if entry.is_image:
        for name in (*entry.files, entry.record.name):
            atomic.place(folder / name, entry.root / name, mode=atomic.PUBLIC)
        return
    folder.chmod(0o755)
    atomic.swap(folder, entry.root)


def holder(name: str) -> str:
    """Return the process that builds `name` now, in words."""
    try:
        who = strictjson.table(strictjson.content(_holder_file(name), most=LARGEST), most=LARGEST)
        return f"process {who['pid']} ({who['command']}), since {who['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"


def _holder_file(name: str) -> Path:
    return paths.cache() / "locks" / f"{name}.holder"


@contextlib.contextmanager
def all_locks(names: Iterable[str]) -> Iterator[None]:
    """Hold the build locks of all `names`; raises `components-busy` at once when another process has one."""
    with contextlib.ExitStack() as held:
        for name in names:
            place = _holder_file(name)
            atomic.folder(place.parent, mode=0o755)
            try:
                held.enter_context(filelock.FileLock(place.with_suffix(".lock"), timeout=0))
            except filelock.Timeout:
                raise errors.LabError("components-busy", f"{name} is being built", details=[holder(name)]) from None
        yield


@contextlib.contextmanager
def lock(name: str, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the build lock of `name`; while another process has it, call `waiting` every second with its holder."""
    place = _holder_file(name)
    atomic.folder(place.parent, mode=0o755)
    guard = filelock.FileLock(place.with_suffix(".lock"))
    while not guard.is_locked:
        try:
            guard.acquire(timeout=1)
        except filelock.Timeout:
            waiting(holder(name))
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:120]
    who = {"pid": os.getpid(), "command": command, "since": time.strftime("%H:%M:%S")}
    atomic.write(place, json.dumps(who), mode=atomic.PUBLIC, durable=False)
    try:
        yield
    finally:
        place.unlink(missing_ok=True)
        guard.release()
