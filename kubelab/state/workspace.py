"""Writes a lab's files under build/: once, atomically, and only where they differ."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from kubelab import artifact, errors, paths
from kubelab.files import atomic, bounded, strictjson

KEPT = "kept.json"
LARGEST = 1 << 20
"""Bytes of a record; the longest has some 2 KB."""


def write(where: paths.LabPaths, files: Mapping[str, artifact.HostFile]) -> tuple[str, ...]:
    """Make the lab's folder hold exactly these files (beside keys, state, logs); return the paths that changed.

    Existing folders are kept: a running box has its own mounted, and would not see a new one of the same name.
    """
    _closed(where.root)
    # What is rendered is rendered again, and compared, by the next lab.up: none of it waits for the disk.
    changed = [path for path, file in files.items() if _put(where.root / path, file, durable=False)]
    for old in sorted(where.box("").rglob("*"), reverse=True):
        relative = str(old.relative_to(where.root))
        if (old.is_file() or old.is_symlink()) and relative not in files:
            old.unlink()
            changed.append(relative)
        elif old.is_dir() and old.parent.parent != where.root and not any(old.iterdir()):
            old.rmdir()
    return tuple(changed)


def read_keys(where: paths.LabPaths) -> dict[str, bytes]:
    """Return the files under keys/: relative path to content."""
    found = {}
    for path in sorted(where.keys.rglob("*")):
        if path.is_file() and path.suffix not in (".part", ".staged"):
            found[str(path.relative_to(where.keys))] = path.read_bytes()
    return found


def write_keys(where: paths.LabPaths, keys: Mapping[str, bytes]) -> None:
    """Keep keys and certificates: 0600 but for public ones, in a private folder."""
    _closed(where.keys)
    for path, content in keys.items():
        public = path.endswith((".crt", ".pub"))
        _put(where.keys / path, artifact.HostFile(content=content, mode=0o644 if public else 0o600))
    for old in where.keys.rglob("*"):
        if old.is_file() and str(old.relative_to(where.keys)) not in keys:
            old.unlink()


def write_ignition(where: paths.LabPaths, documents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Make the folder of Ignition documents hold exactly these, 0600; return their paths."""
    _closed(where.ignition)
    for name, content in documents.items():
        _put(where.ignition / name, artifact.HostFile(content=content, mode=0o600), durable=False)
    for old in where.ignition.iterdir():
        if old.name not in documents:
            old.unlink()
    return tuple(where.ignition / name for name in documents)


def remember(where: paths.LabPaths, values: Mapping[str, str]) -> None:
    """Remember the values that the lab's data depends on."""
    content = json.dumps(dict(values), indent=1).encode()
    _put(where.state / KEPT, artifact.HostFile(content=content + b"\n"))


def kept(where: paths.LabPaths) -> dict[str, str]:
    """Return the values that the lab's data depends on; empty if unknown. Raises `state-damaged` for a damaged
    record."""
    record = where.state / KEPT
    try:
        found = strictjson.table(strictjson.content(record, most=LARGEST), most=LARGEST)
    except FileNotFoundError:
        return {}
    except strictjson.Refused as problem:
        what = f"{record}, which keeps what the lab was made with, {problem}"
        remedy = f"./run lab.show; if that is the lab that you have: {bounded.aside(record)}; then the same again"
        raise errors.LabError("state-damaged", what, remedy=remedy) from problem
    return {key: str(value) for key, value in found.items()}


def links(folder: Path) -> dict[str, Path]:
    """Return the symbolic links of a folder: name to target; none if there is no folder."""
    return {path.name: path.readlink() for path in folder.iterdir() if path.is_symlink()} if folder.is_dir() else {}


def put_links(folder: Path, targets: Mapping[str, Path]) -> None:
    """Make the symbolic links of a folder: name to target, each atomically. Other links in it are removed."""
    there = links(folder)
    for name in there.keys() - targets.keys():
        (folder / name).unlink()
    for name, target in targets.items():
        if there.get(name) != target:
            atomic.link(folder / name, target)


def keep(path: Path, content: bytes) -> None:
    """Write a private file under a lab's state/; it is on the disk before this returns."""
    atomic.write(path, content)


def remove(where: paths.LabPaths, *, keep_keys: bool) -> None:
    """Remove the lab's folder; with `keep_keys` everything but its keys."""
    if not where.root.exists():
        return
    for child in where.root.iterdir():
        if child == where.keys and keep_keys:
            continue
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()
    if not any(where.root.iterdir()):
        where.root.rmdir()


def _closed(folder: Path) -> None:
    """Make a private folder."""
    try:
        atomic.folder(folder)
        folder.chmod(0o700)
    except OSError as problem:
        raise atomic.refused(folder, problem) from problem


def _put(path: Path, file: artifact.HostFile, *, durable: bool = True) -> bool:
    """Write one file if content or mode differ; return whether anything was written."""
    try:
        if path.is_file() and path.read_bytes() == file.content:
            if path.stat().st_mode & 0o777 == file.mode:
                return False
            path.chmod(file.mode)
            return True
    except OSError as problem:
        raise atomic.refused(path, problem) from problem
    atomic.write(path, file.content, mode=file.mode, durable=durable)
    return True
