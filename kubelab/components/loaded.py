"""The images that `lab.load` gave a lab: one archive in the cache for each, so that later nodes get it as well."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kubelab import paths
from kubelab.files import atomic, strictjson

LISTED = 2**20
DRAFT = ".making-"


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """One archive: the words typed, the names that pods use, its size in bytes, its SHA-256 in hex."""

    asked: str
    names: tuple[str, ...]
    size: int
    digest: str
    path: Path


def home(lab: str) -> Path:
    """Return the folder of a lab's loaded images: a lab's name is unique on this computer."""
    return paths.cache() / "loaded" / lab


@contextlib.contextmanager
def scratch(lab: str) -> Iterator[Path]:
    """Yield an empty folder for the making of an archive, and remove it.

    First what stopped runs left: such folders, and archives that have no record yet, or none any more. The caller holds
    the lab.
    """
    atomic.folder(home(lab), mode=0o755)
    for archive in home(lab).glob("*.tar"):
        if not archive.with_suffix(".json").exists():
            archive.unlink()
    with atomic.scratch(home(lab), DRAFT) as folder:
        yield folder


def rows(lab: str) -> list[Loaded]:
    """Return the loaded images of a lab, the oldest first; unreadable ones are left out."""
    found = [row for file in home(lab).glob("*.json") if (row := _read(file))]
    return sorted(found, key=lambda row: (row.path.stat().st_mtime, row.digest))


def _read(file: Path) -> Loaded | None:
    try:
        row = strictjson.table(strictjson.content(file, most=LISTED), most=LISTED)
        path = file.with_suffix(".tar")
        names = tuple(str(name) for name in row["names"])
        if not path.is_file() or not names:
            return None
        return Loaded(asked=str(row["asked"]), names=names, size=int(row["size"]), digest=str(row["digest"]), path=path)
    except (OSError, KeyError, TypeError, ValueError):
        return None


def keep(lab: str, asked: str, names: Iterable[str], draft: Path) -> Loaded:
    """Add an archive to the lab's folder, in place of those whose names it has all."""
    with draft.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    path = home(lab) / f"{digest[:16]}.tar"
    size = draft.stat().st_size
    atomic.place(draft, path, mode=atomic.PUBLIC)
    row = Loaded(asked=asked, names=tuple(names), size=size, digest=digest, path=path)
    document = {key: value for key, value in dataclasses.asdict(row).items() if key != "path"}
    atomic.write(path.with_suffix(".json"), json.dumps(document) + "\n", mode=atomic.PUBLIC)
    for other in rows(lab):
        if other.digest != digest and set(other.names) <= set(row.names):
            drop(other)
    return row


def without(row: Loaded, names: Iterable[str]) -> None:
    """Remove some names of an archive; an archive without names is removed."""
    left = [name for name in row.names if name not in set(names)]
    if not left:
        drop(row)
        return
    document = {"asked": row.asked, "names": left, "size": row.size, "digest": row.digest}
    atomic.write(row.path.with_suffix(".json"), json.dumps(document) + "\n", mode=atomic.PUBLIC)


def drop(row: Loaded) -> None:
    """Remove an archive and its record."""
    row.path.with_suffix(".json").unlink(missing_ok=True)
    row.path.unlink(missing_ok=True)


def forget(lab: str) -> int:
    """Remove all loaded images of a lab; return the freed bytes."""
    freed = sum(row.size for row in rows(lab))
    shutil.rmtree(home(lab), ignore_errors=True)
    return freed


def strays() -> list[Path]:
    """Return copies without a record: an older kubelab left one for each loaded image."""
    folder = paths.cache() / "loaded"
    return sorted(path for path in folder.glob("*.tar") if path.is_file()) if folder.is_dir() else []
