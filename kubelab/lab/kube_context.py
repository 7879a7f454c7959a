"""A lab's context in the person's own kubeconfig: added on request only, and removed with the lab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from kubelab import errors, paths
from kubelab.files import atomic, bounded, strictjson
from kubelab.render import kubeconfig

MERGED = "merged"
"""Below a lab's state/: the person's kubeconfigs with its context, a line each."""
LARGEST = 4 << 20
"""Bytes of a kubeconfig; one of a hundred clusters has some 600 KB."""
SECTIONS = {"clusters": "cluster", "contexts": "context", "users": "user"}


def add(where: paths.LabPaths) -> Path:
    """Add a rendered lab's context to the person's kubeconfig; remember the file, so that destroy finds it.

    Returns the file. The caller holds the lab.
    """
    target = users_file()
    _merge(target, where)
    known = merged_into(where)
    atomic.write(where.state / MERGED, "".join(f"{path}\n" for path in sorted({*known, target})))
    return target


def forget(where: paths.LabPaths) -> None:
    """Remove a lab's context from every kubeconfig that it was added to."""
    for target in {*merged_into(where), users_file()}:
        if target.exists():
            remove(target, paths.context(where.name))


def refresh(where: paths.LabPaths) -> None:
    """Give the kubeconfigs with a lab's context the new certificate, before the old one expires."""
    for target in merged_into(where):
        if target.exists():
            _merge(target, where)


def _merge(target: Path, where: paths.LabPaths) -> None:
    merge(target, text(where), paths.context(where.name))


def text(where: paths.LabPaths) -> str:
    """Return a lab's own kubeconfig; raise `state-damaged` for one that a power cut left empty or cut."""
    found = bounded.text(where.kubeconfig, most=LARGEST)
    try:
        rows = [_rows(parsed(found, where.kubeconfig), section) for section in SECTIONS]
    except errors.LabError:
        rows = [[]]
    if not all(rows):
        remedy = f"./run lab.up{paths.lab_option(where.name)}, which writes it anew; then the same command again"
        raise errors.LabError("state-damaged", f"{where.kubeconfig} is no kubeconfig of a lab", remedy=remedy)
    return found


def merged_into(where: paths.LabPaths) -> set[Path]:
    """Return the kubeconfig files with the lab's context, as far as build/ still knows."""
    return {Path(line) for line in bounded.text(where.state / MERGED).splitlines() if line}


def users_file() -> Path:
    """Return the person's own kubeconfig: the first of KUBECONFIG that is no lab's own, else ~/.kube/config."""
    named = [Path(part) for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    own = [path for path in named if not path.resolve().is_relative_to(paths.BUILD)]
    return own[0] if own else Path.home() / ".kube/config"


def merge(target: Path, addition: str, context: str, *, use: bool = False) -> tuple[str, ...]:
    """Give `target` the entries of `addition`, all named `context`; return the changed text, empty without change.

    Entries of that name are replaced, all others stay as they are; `use` makes it the current context. The file is 0600
    afterwards. Raises `kubeconfig-unreadable` and `kubeconfig-unwritable`; the file is then as before.
    """
    existing, new = _read(target), parsed(addition, target)
    changed = []
    for section, kind in SECTIONS.items():
        wanted = [row for row in new[section] if row["name"] == context]
        found = [row for row in _rows(existing, section) if row["name"] == context]
        if wanted != found:
            _replace(existing, section, context, wanted)
            changed.append(f"{kind} {context} {'replaced' if found else 'added'}")
    if use and existing.get("current-context") != context:
        existing["current-context"] = context
        changed.append(f"current-context is {context}")
    if changed:
        _write(target, existing, private=True)
    return tuple(changed)


def remove(target: Path, context: str) -> tuple[str, ...]:
    """Remove the entries named `context` from `target`; return the changed text, empty without change.

    A current context that points to them is cleared. Raises as `merge` does.
    """
    if not target.exists():
        return ()
    existing = _read(target)
    changed = []
    for section, kind in SECTIONS.items():
        if any(row["name"] == context for row in _rows(existing, section)):
            _replace(existing, section, context, [])
            changed.append(f"{kind} {context} removed")
    if existing.get("current-context") == context:
        existing["current-context"] = ""
        changed.append("current-context cleared")
    if changed:
        _write(target, existing, private=False)
    return tuple(changed)


def _replace(config: Any, section: str, name: str, wanted: list[Any]) -> None:
    """Put `wanted` in the place of the first entry of that name, or at the end; the others stay."""
    rows = config.get(section)
    if rows is None:
        rows = config[section] = []
    places = [index for index, row in enumerate(rows) if row["name"] == name]
    for index in reversed(places):
        del rows[index]
    for row in reversed(wanted):
        rows.insert(places[0] if places else len(rows), row)


def _rows(config: Any, section: str) -> list[Any]:
    return config.get(section) or []


def _read(path: Path) -> Any:
    """Return a kubeconfig as a tree that keeps its comments and quotes; an absent or empty file is an empty one."""
    try:
        content = strictjson.content(path, most=LARGEST)
    except (FileNotFoundError, NotADirectoryError):  # what is in the way is told when it is written
        content = b""
    except OSError as problem:
        raise errors.LabError("kubeconfig-unreadable", f"{path}: {problem.strerror}") from problem
    except strictjson.Refused as problem:
        raise errors.LabError("kubeconfig-unreadable", f"{path} {problem}") from problem
    return parsed(content, path)


def parsed(content: bytes | str, path: Path) -> Any:
    """Return the tree of a kubeconfig; `path` is named if it is none: `kubeconfig-unreadable`."""
    try:
        loaded = kubeconfig.yaml().load(content)
    except (YAMLError, RecursionError, ValueError) as problem:
        details = [str(problem).splitlines()[0]] if str(problem) else []
        raise errors.LabError("kubeconfig-unreadable", f"{path} is not YAML", details=details) from problem
    if loaded is None:
        return {"apiVersion": "v1", "kind": "Config"}
    good = isinstance(loaded, dict) and all(
        isinstance(loaded.get(section) or [], list)
        and all(isinstance(row, dict) and "name" in row for row in _rows(loaded, section))
        for section in SECTIONS
    )
    if not good:
        raise errors.LabError("kubeconfig-unreadable", f"{path} is not a kubeconfig")
    return loaded


def _write(path: Path, content: Any, *, private: bool) -> None:
    """Write atomically, also through a link; the owner stays, and the mode unless it must be `private`."""
    real = path.resolve()
    try:
        before = real.stat() if real.exists() else None
    except OSError as problem:
        raise errors.LabError("kubeconfig-unwritable", f"{path}: {problem.strerror}") from problem
    mode = atomic.PRIVATE if private or not before else before.st_mode & 0o777
    with atomic.draft(real, mode=mode, ident="kubeconfig-unwritable") as staged:
        staged.write_text(kubeconfig.dump(content), encoding="utf-8")
        if before and (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
            os.chown(staged, before.st_uid, before.st_gid)
