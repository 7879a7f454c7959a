"""Files among a pack's programs that the pack did not bring.

A folder with a module's name, a compiled library or a script can replace a file of the pack while every file of the
pack is unchanged. A pack runs its own modules from their text alone (kubelab/source.py), so the content of
`__pycache__` does nothing and is not listed; any other addition is reported to the teacher.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from kubelab import paths
from kubelab.course import pack
from kubelab.exercises import library
from kubelab.files import strictjson
from kubelab.ui import foreign

EXERCISES = "labs/exercises"
AREAS = ("kubelab", EXERCISES, "provision", "templates")
"""Folders of a pack without files of the student's own."""
RUNS = (".py", ".pyc", ".so", ".pyd", ".sh", ".pth", ".j2")
"""Endings of files that a pack's programs would run or read; a link, which may lead to any, ends in LINK."""
LINK = " (a link)"
CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")
MOST = 300
"""Files that are listed."""
WALKED = 20_000
LARGEST = 8 << 20


def may_run(name: str) -> bool:
    """Return whether a pack's programs may run or read a stray file; a student's own file beside a task is harmless."""
    if name.startswith(f"{EXERCISES}/") and not name.endswith(LINK):
        return library.is_students("/".join(name.split("/")[3:]))
    return name.endswith((*RUNS, LINK))


def digests(root: Path = paths.ROOT) -> Mapping[str, str]:
    """Return the SHA-256 of each stray file in a pack, by its path; empty text for an unreadable one.

    At most `MOST`; those that can run come first. Raises `pack-damaged`.
    """
    known = pack.digests(root).keys()
    found = (path for path in itertools.islice(_walk(root), WALKED) if str(path.relative_to(root)) not in known)
    rows = {_name(path, root): path for path in found}
    chosen = sorted(rows, key=lambda name: (not may_run(name), name))[:MOST]
    return {name: _sha256(rows[name]) for name in chosen}


def _name(path: Path, root: Path) -> str:
    name = foreign.line(str(PurePosixPath(path.relative_to(root))))[:300]
    return f"{name}{LINK}" if path.is_symlink() else name


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(strictjson.content(path, most=LARGEST, follow=False)).hexdigest()
    except (OSError, strictjson.Refused):
        return ""


def _walk(root: Path) -> Iterator[Path]:
    """Yield every file and link below the areas, and what Python would import from the pack's own folder."""
    for area in AREAS:
        for folder, inner, files in os.walk(root / area):
            inner[:] = [name for name in inner if name not in CACHES]
            linked = [name for name in inner if Path(folder, name).is_symlink()]
            yield from (Path(folder, name) for name in (*files, *linked))
    for path in root.iterdir():
        package = path / "__init__.py"
        if path.suffix in (".py", ".pyc", ".so") or (path.name not in AREAS and package.exists()):
            yield package if package.exists() else path
