"""The folder of kept bundles in the cache: each under its digest, so that another address of it needs no download.

Only Python's own modules are imported: `./run` takes the packages of its environment from a bundle.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kubelab import paths
from kubelab.files import atomic, strictjson

SUFFIX = ".bundle"
LARGEST = 64 << 10
"""Bytes of a record."""


def home() -> Path:
    """Return the folder of kept bundles."""
    return paths.cache() / "bundles"


def place(digest: str) -> Path:
    """Return the path of a kept bundle, whether it is here or not."""
    return home() / f"{digest}{SUFFIX}"


def forget(file: Path) -> None:
    """Remove a kept bundle and its record."""
    file.unlink(missing_ok=True)
    _record(file).unlink(missing_ok=True)


def leftovers() -> list[Path]:
    """Return the drafts of interrupted downloads; none while a download is under way."""
    if not home().is_dir():
        return []
    with (home() / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return []
        return sorted(home().glob("*.part*"))


@contextlib.contextmanager
def alone(tell: Callable[[str], None]) -> Iterator[None]:
    """Download in one process at a time; the next one finds the file kept."""
    with (home() / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waits for another word that downloads")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digests_of(url: str) -> Iterator[str]:
    """Yield the digests that a server said of an address before."""
    for record in sorted(home().glob("*.json")):
        if url in _addresses(_read(record)):
            yield record.stem


def is_whole(digest: str) -> bool:
    """Return whether a bundle is kept as it came; one with the recorded size and time is not read again."""
    file = place(digest)
    if not file.is_file():
        return False
    record, stat = _read(_record(file)), file.stat()
    if (record.get("size"), record.get("mtime_ns")) == (stat.st_size, stat.st_mtime_ns):
        return True
    if digest_of(file, lambda _: None) != digest:
        return False
    keep_record(file, ())
    return True


def keep_record(file: Path, addresses: Sequence[str]) -> None:
    """Keep what a whole bundle looks like, and the addresses of which a server said that they have its digest."""
    stat, known = file.stat(), _addresses(_read(_record(file)))
    row = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "addresses": sorted({*known, *addresses})}
    atomic.write(
        _record(file), json.dumps(row, indent=1), ident="bundle-unwritable"
    )  # private: a query may be a secret


def digest_of(file: Path, tell: Callable[[str], None]) -> str:
    """Return a file's SHA-256 in hex."""
    tell("the digest is checked")
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _record(file: Path) -> Path:
    return file.with_suffix(".json")


def _addresses(row: dict[str, Any]) -> list[str]:
    found = row.get("addresses")
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _read(record: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, strictjson.Refused):
        return strictjson.table(strictjson.content(record, most=LARGEST), most=LARGEST)
    return {}
