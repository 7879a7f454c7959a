"""The manifest of a bundle: its first member names every other, with size and digest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pydantic

from kubelab import errors, paths
from kubelab.config import strict
from kubelab.files import atomic, strictjson

NAME = "manifest.json"
FORMAT = 1
LARGEST = 4 << 20
"""Bytes of a manifest; one of a whole lab with the checkout has about 60 KB."""
CHECKOUT, COMPONENTS, IMAGES, BOX, WHEELS = "kubelab", "components", "images", "box", "wheels"
PARTS = (CHECKOUT, COMPONENTS, IMAGES, BOX, WHEELS)
"""The folders of a bundle. The checkout's name makes a folder to work in when it is unpacked by hand."""
BOX_TAR = f"{BOX}/image.tar"
WRITTEN, UNPACKED = ".bundle-", ".unbundle-"
"""Before the names of folders in the cache in which one is being written, or unpacked."""
_WORD = r"(?!\.\.?(?:/|$))[\w.+!~@-]+"
_TYPED = r"(?!\.\.?(?:/|$))[^/\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+"
"""A name that a person gave a file of the checkout: blanks, quotes and letters of any language."""
_BUILT = re.compile(rf"(?:{'|'.join(part for part in PARTS if part != CHECKOUT)})(?:/{_WORD})+", re.ASCII)
_TRACKED = re.compile(rf"{CHECKOUT}(?:/{_TYPED})+")


class Member(strict.Strict):
    """One file in a bundle: bytes, SHA-256 in hex, and whether it is executable."""

    size: int = pydantic.Field(ge=0)
    sha256: str = pydantic.Field(pattern=r"^[0-9a-f]{64}$")
    runs: bool = False


class Manifest(strict.Strict):
    """The first member of a bundle. `remade` are pod images that follow from the programs: cache file to SHA-256."""

    format: int
    versions: str
    components: dict[str, str]
    box: str
    pythons: list[str]
    commit: str
    remade: dict[str, str]
    members: dict[str, Member]

    @property
    def size(self) -> int:
        """Return the bytes of all members, unpacked."""
        return sum(member.size for member in self.members.values())

    def document(self) -> bytes:
        """Return the bytes of the manifest."""
        return (json.dumps(self.model_dump(), indent=1, sort_keys=True) + "\n").encode()


def parse(content: bytes, file: object) -> Manifest:
    """Return the manifest in a bundle's first member; raises `bundle-damaged` or `bundle-foreign`."""
    try:
        rows = strictjson.table(content, most=LARGEST)
    except strictjson.Refused as problem:
        raise damaged(file, f"its manifest {problem}") from problem
    if rows.get("format") != FORMAT:
        found = str(rows.get("format"))[:20]
        raise errors.LabError("bundle-foreign", f"{file} has format {found}; this kubelab reads {FORMAT}")
    try:
        head = Manifest.model_validate(rows)
    except pydantic.ValidationError as problem:
        places = sorted({".".join(str(part)[:40] for part in row["loc"]) for row in problem.errors()})
        raise damaged(file, f"its manifest is wrong at {', '.join(places[:5])}") from problem
    refuse_names(head.members, file)
    return head


def refuse_names(names: Iterable[str], file: object) -> None:
    """Refuse a name outside of a bundle's folders: `../x`, `/etc/x`, `components/../../x`."""
    for name in names:
        if not fits(name):
            raise damaged(file, f"it names {name[:60]!r}, which is no file of a bundle")


def fits(name: str) -> bool:
    """Return whether a file of a bundle may be called so."""
    return bool(_BUILT.fullmatch(name) or _TRACKED.fullmatch(name))


def damaged(file: object, why: str) -> errors.LabError:
    """Return the error for a bundle that is not as it was written."""
    return errors.LabError("bundle-damaged", f"{file} is damaged, and nothing of it was used", details=[why])


def beside(file: Path) -> Path:
    """Return the file of a bundle's digest."""
    return file.with_name(f"{file.name}.sha256")


def drafts() -> Path:
    """Return the folder in which parts of a bundle are made."""
    return paths.cache() / BOX


def leftovers() -> list[Path]:
    """Return what killed runs left half written or half unpacked in the cache."""
    return [*atomic.leftovers(drafts(), WRITTEN), *atomic.leftovers(paths.cache(), UNPACKED)]
