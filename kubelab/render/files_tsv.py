"""The rows of files.tsv: the files of a box, in its folder and in its record of applied ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from kubelab import artifact
from kubelab.pki import secret_scan

COLUMNS = 6
NAME = "files.tsv"
"""The list of a box's files, in the folder that it applies."""
RECORD = "/var/lib/kubelab/applied.tsv"
"""The path of the record of applied rows on a box."""
LINK, NOTHING = "link", "-"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One file or link of a box. `digest` is the content's SHA-256, or `link`; `restarts` names units."""

    digest: str
    mode: str
    owner: str
    restarts: tuple[str, ...]
    path: str
    target: str

    @property
    def is_link(self) -> bool:
        """Return whether it is a symbolic link."""
        return self.digest == LINK

    @property
    def state(self) -> tuple[str, str, str, str]:
        """Return the cells that must be equal for nothing to be done: all but the units to restart."""
        return (self.digest, self.mode, self.owner, self.target)

    @property
    def secret(self) -> bool:
        """Return whether its content must never be shown."""
        private = not self.is_link and artifact.secret(self.path, int(self.mode, 8))
        return private or secret_scan.secret_file(PurePosixPath(self.path))

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the columns: digest or `link`, mode, owner, units to restart, path, target; `-` for nothing."""
        return (self.digest, self.mode, self.owner, ",".join(self.restarts) or NOTHING, self.path, self.target)


def of(item: artifact.Artifact | artifact.Link) -> Row:
    """Return the row of what a box is to have."""
    if isinstance(item, artifact.Link):
        return link(item.path, item.target, item.restarts)
    mode = f"{item.mode:04o}"
    return Row(digest=item.digest, mode=mode, owner=item.owner, restarts=item.restarts, path=item.path, target=NOTHING)


def link(path: str, target: str, restarts: tuple[str, ...] = ()) -> Row:
    """Return the row of a link, whose mode and owner mean nothing."""
    return Row(digest=LINK, mode=NOTHING, owner=NOTHING, restarts=restarts, path=path, target=target)


def text(rows: Iterable[Row]) -> str:
    """Return files.tsv."""
    return "".join("\t".join(row.cells) + "\n" for row in rows)


def parse(text: str) -> dict[str, Row]:
    """Return path to row; of a path that stands twice the last, as put-files reads it.

    A line of another shape (a record of another version of the project) is skipped: its file is written anew.
    """
    rows = (row(line.split("\t")) for line in text.splitlines())
    return {found.path: found for found in rows if found}


def row(cells: Sequence[str]) -> Row | None:
    """Return the row that has these columns; None if they are of another shape."""
    if len(cells) != COLUMNS or not cells[4].startswith("/") or not _mode(cells[1]):
        return None
    digest, mode, owner, restarts, path, target = cells
    units = () if restarts == NOTHING else tuple(restarts.split(","))
    return Row(digest=digest, mode=mode, owner=owner, restarts=units, path=path, target=target)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content, as in the first column."""
    return hashlib.sha256(content).hexdigest()


def same(one: Mapping[str, Row], other: Mapping[str, Row]) -> bool:
    """Return whether two records name the same files in the same state."""
    return {path: row.state for path, row in one.items()} == {path: row.state for path, row in other.items()}


def _mode(cell: str) -> bool:
    return cell == NOTHING or (cell.isascii() and cell.isdigit() and all(digit in "01234567" for digit in cell))
