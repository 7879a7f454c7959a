"""The record of injections into a lab: written before each begins, so that it can be cleared after a crash.

It is private, under build/<lab>/state/faults/: a box has no copy, so a student cannot read the cause off a backup.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pydantic

from kubelab import errors, paths
from kubelab.config import strict
from kubelab.files import strictjson
from kubelab.state import workspace

ENTRY = "entry.json"
ORIGINALS = "originals.tar"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One injection. `done` is false while it is under way, or after an interruption."""

    number: int
    fault: str
    machine: str
    seed: int
    options: Mapping[str, str]
    at: str
    """When it began, UTC, ISO 8601."""
    done: bool = False


SHAPE = pydantic.TypeAdapter(Entry)
LARGEST = 1 << 20
LARGEST_ARCHIVE = 256 << 20
"""Bytes of the kept state: some 50 KB, more with large objects of a person's."""


def folder(where: paths.LabPaths) -> Path:
    """Return the folder of a lab's injections."""
    return where.state / "faults"


def entries(where: paths.LabPaths) -> tuple[Entry, ...]:
    """Return the active injections, in their order."""
    found = []
    for path in sorted(folder(where).glob(f"*/{ENTRY}")):
        try:
            found.append(strict.of_file(SHAPE, path, most=LARGEST))
        except (OSError, ValueError) as problem:
            what = f"{path} cannot be read"
            raise errors.LabError("fault-failed", what, details=[problem], remedy="./run lab.destroy") from problem
    return tuple(sorted(found, key=lambda entry: entry.number))


def begin(where: paths.LabPaths, entry: Entry, originals: bytes) -> Entry:
    """Keep the originals, then the entry that says that they may be needed; return it with its number."""
    numbered = replace(entry, number=max((old.number for old in entries(where)), default=0) + 1)
    place = _place(where, numbered)
    workspace.keep(place / ORIGINALS, originals)
    _write(where, numbered)
    return numbered


def finish(where: paths.LabPaths, entry: Entry) -> Entry:
    """Record that the injection is complete."""
    done = replace(entry, done=True)
    _write(where, done)
    return done


def originals(where: paths.LabPaths, entry: Entry) -> bytes:
    """Return the archive of originals; raise `fault-failed` if it is gone or damaged."""
    path = _place(where, entry) / ORIGINALS
    try:
        return strictjson.content(path, most=LARGEST_ARCHIVE)
    except (OSError, strictjson.Refused) as problem:
        what = f"{path}, the state from before the fault, cannot be read"
        raise errors.LabError("fault-failed", what, details=[problem], remedy="./run lab.destroy") from problem


def forget(where: paths.LabPaths, entry: Entry) -> None:
    """Remove an injection that was undone: first its entry, so that half a removal leaves no injection."""
    (_place(where, entry) / ENTRY).unlink(missing_ok=True)
    shutil.rmtree(_place(where, entry), ignore_errors=True)


def _place(where: paths.LabPaths, entry: Entry) -> Path:
    return folder(where) / f"{entry.number:03d}"


def _write(where: paths.LabPaths, entry: Entry) -> None:
    text = json.dumps(asdict(entry), indent=1) + "\n"
    workspace.keep(_place(where, entry) / ENTRY, text.encode())
