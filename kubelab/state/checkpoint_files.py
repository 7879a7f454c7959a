"""Checkpoints on this computer's disk: named, whole or absent, every file with its hash, private."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pydantic

from kubelab import errors, model, paths
from kubelab.config import strict
from kubelab.files import atomic, strictjson
from kubelab.pki import certlist

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
MANIFEST = "manifest.json"
LAST_GOOD = "last-good"
"""The checkpoint that a successful `lab.up` saves."""


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a checkpoint."""

    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A checkpoint's manifest: the lab, the time, the shape, and every file."""

    name: str
    lab: str
    taken: str
    """RFC 3339, UTC: the moment before anything was read."""
    shape: Mapping[str, str]
    files: Mapping[str, File]

    @property
    def size(self) -> int:
        """Return the bytes of all files together."""
        return sum(file.size for file in self.files.values())


SHAPE = pydantic.TypeAdapter(Checkpoint)
LARGEST = 4 << 20
"""Bytes of a manifest: some 1 KB, a few hundred for each box."""


def shape(lab: model.Lab, keys: Mapping[str, bytes]) -> dict[str, str]:
    """Return the facts that a lab must share with a checkpoint, in words; memory and CPUs may differ."""
    identity = hashlib.sha256()
    for path in sorted([*(f"{name}/ca.crt" for name in certlist.AUTHORITIES), *certlist.SECRETS]):
        identity.update(hashlib.sha256(keys.get(path, b"")).digest())
    versions = lab.versions.components
    return {
        "provider": str(lab.provider),
        "machines": ", ".join(f"{machine.name} ({machine.kind}, {machine.address})" for machine in lab.machines),
        "pods": str(lab.network.pods),
        "services": str(lab.network.services),
        "domain": lab.network.domain,
        "add-ons": ", ".join(lab.addons),
        "versions": ", ".join(f"{name} {versions[name]}" for name in ("kubernetes", "etcd") if name in versions),
        "authorities and secrets": identity.hexdigest()[:16],
    }


def folder(where: paths.LabPaths, name: str) -> Path:
    """Return a checkpoint's folder; refuse an impossible name."""
    if not NAME.fullmatch(name):
        raise errors.LabError("checkpoint-name", f"a checkpoint cannot be called {name[:60]!r}")
    return where.checkpoints / name


def names(where: paths.LabPaths) -> list[str]:
    """Return the names of a lab's checkpoints, in order."""
    atomic.recover_all(where.checkpoints)
    found = where.checkpoints.glob(f"*/{MANIFEST}")
    return sorted(path.parent.name for path in found if NAME.fullmatch(path.parent.name))


@contextlib.contextmanager
def draft(where: paths.LabPaths, name: str, *, force: bool = False) -> Iterator[Path]:
    """Yield an empty folder to fill, which `finish` turns into the checkpoint; without that it is removed."""
    target = folder(where, name)
    atomic.recover(target)
    if target.exists() and not force:
        raise errors.LabError("checkpoint-taken", f"there is a checkpoint {name} already")
    making = where.checkpoints / f".{name}.draft"
    shutil.rmtree(making, ignore_errors=True)
    try:
        atomic.folder(making)
        where.checkpoints.chmod(0o700)
        yield making
    except OSError as problem:
        raise atomic.refused(making, problem) from problem
    finally:
        shutil.rmtree(making, ignore_errors=True)


def finish(
    making: Path, where: paths.LabPaths, name: str, taken: datetime.datetime, of: Mapping[str, str]
) -> Checkpoint:
    """Write the manifest over all files of a draft and give the checkpoint its name, in place of an older one."""
    files = {}
    for path in sorted(making.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if path.is_file():
            files[str(path.relative_to(making))] = File(sha256=_digest(path), size=path.stat().st_size)
    when = taken.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    made = Checkpoint(name=name, lab=where.name, taken=when, shape=dict(of), files=files)
    atomic.write(making / MANIFEST, json.dumps(dataclasses.asdict(made), indent=1))
    atomic.swap(making, folder(where, name))
    return made


def set_aside(where: paths.LabPaths, name: str) -> str:
    """Give a checkpoint a second name from its time, so that the next of its name does not replace it.

    Returns the new name; raises as `read` does.
    """
    found = read(where, name)
    kept = _aside(found)
    if kept not in names(where):
        atomic.swap(folder(where, name), folder(where, kept))
        atomic.write(
            folder(where, kept) / MANIFEST, json.dumps(dataclasses.asdict(dataclasses.replace(found, name=kept)))
        )
    return kept


def _aside(found: Checkpoint) -> str:
    return f"{found.name}-{re.sub(r'[^0-9]', '', found.taken)[:14]}"


def read(where: paths.LabPaths, name: str) -> Checkpoint:
    """Return a checkpoint's manifest; raise `checkpoint-unknown` or `checkpoint-damaged`."""
    atomic.recover(folder(where, name))
    manifest = folder(where, name) / MANIFEST
    if not manifest.exists():
        there = ", ".join(names(where)) or "none"
        raise errors.LabError("checkpoint-unknown", f"no checkpoint {name}", details=[f"there are: {there}"])
    try:
        found = strict.of_file(SHAPE, manifest, most=LARGEST)
        datetime.datetime.fromisoformat(found.taken)
        if _aside(found) == name:  # a run was stopped between the two steps of `set_aside`
            found = dataclasses.replace(found, name=name)
        strange = [path for path in found.files if not _inside(path)]
        if strange or (found.name, found.lab) != (name, where.name):
            raise strictjson.Refused(f"is of lab {found.lab}, called {found.name}, and names {strange[:1]}")
        return found
    except (OSError, ValueError, RecursionError) as problem:
        raise errors.LabError("checkpoint-damaged", f"{manifest} cannot be read", details=[problem]) from problem


def _inside(path: str) -> bool:
    return str(PurePosixPath(path)) == path and not path.startswith("/") and ".." not in PurePosixPath(path).parts


def flaws(where: paths.LabPaths, found: Checkpoint) -> list[str]:
    """Return the faults in the files of a checkpoint; every file is read whole."""
    root = folder(where, found.name)
    wrong = []
    for path, file in found.files.items():
        target = root / path
        if not target.resolve().is_relative_to(root.resolve()):
            wrong.append(f"{path}: outside the checkpoint")
        elif not target.is_file():
            wrong.append(f"{path}: missing")
        elif target.stat().st_size != file.size or _digest(target) != file.sha256:
            wrong.append(f"{path}: not what was written")
    there = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}
    return wrong + [f"{path}: it was put there later" for path in sorted(there - {MANIFEST, *found.files})]


def refuse_unfit(where: paths.LabPaths, found: Checkpoint, lab: Mapping[str, str]) -> None:
    """Refuse a checkpoint of a lab of another shape (naming the difference), then a damaged one."""
    differing = [
        f"{key}: the checkpoint has {found.shape.get(key, 'nothing')}; the lab has {lab.get(key, 'nothing')}"
        for key in sorted({*found.shape, *lab})
        if found.shape.get(key) != lab.get(key)
    ]
    if differing:
        what = f"checkpoint {found.name} does not fit lab {where.name}"
        raise errors.LabError("checkpoint-shape", what, details=differing)
    wrong = flaws(where, found)
    if wrong:
        raise errors.LabError("checkpoint-damaged", f"checkpoint {found.name} is damaged", details=wrong)


def delete(where: paths.LabPaths, name: str) -> None:
    """Remove a checkpoint, whole or not at all; raise LabError `checkpoint-unknown` if it does not exist."""
    target = folder(where, name)
    atomic.recover(target)
    if not target.exists():
        there = ", ".join(names(where)) or "none"
        raise errors.LabError("checkpoint-unknown", f"no checkpoint {name}", details=[f"there are: {there}"])
    atomic.discard(target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
