"""The rows of files.tsv: the files of a box, in its folder and in its record of applied ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from kubelab import artifact
from kubelab.pki import secret_scan

COLUMNS = 6
NAME = "files.tsv"
"""The list of a box's files, in the folder that it applies."""
RECORD = "/var/lib/kubelab/applied.tsv"
"""The path of the record of applied rows on a box."""


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
        return self.digest == "link"

    @property
    def state(self) -> tuple[str, str, str, str]:
        """Return the cells that must be equal for nothing to be done: all but the units to restart."""
        return (self.digest, self.mode, self.owner, self.target)

    @property
    def secret(self) -> bool:
        """Return whether its content must never be shown."""
        private = not self.is_link and artifact.secret(self.path, int(self.mode, 8))
        return private or secret_scan.secret_file(PurePosixPath(self.path))


def parse(text: str) -> dict[str, Row]:
    """Return path to row; of a path that stands twice the last, as put-files reads it.

    A line of another shape (a record of another version of the project) is skipped: its file is written anew.
    """
    rows: dict[str, Row] = {}
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) != COLUMNS or not cells[4].startswith("/") or not _mode(cells[1]):
            continue
        restarts = () if cells[3] == "-" else tuple(cells[3].split(","))
        path = cells[4]
        rows[path] = Row(digest=cells[0], mode=cells[1], owner=cells[2], restarts=restarts, path=path, target=cells[5])
    return rows


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content, as in the first column."""
    return hashlib.sha256(content).hexdigest()


def same(one: Mapping[str, Row], other: Mapping[str, Row]) -> bool:
    """Return whether two records name the same files in the same state."""
    return {path: row.state for path, row in one.items()} == {path: row.state for path, row in other.items()}


def _mode(cell: str) -> bool:
    return cell == "-" or (cell.isascii() and cell.isdigit() and all(digit in "01234567" for digit in cell))
