"""Tables in docs/: how one is written, and how a proof reads its own to continue from, and keeps each new row."""

from __future__ import annotations

import contextlib
import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kubelab.clients import git
from kubelab.files import atomic, strictjson
from kubelab.state import locks

LARGEST = 16 << 20
"""Bytes of a data file; the largest has some 30 KB."""
Form = Mapping[str, str]
"""The columns of a table, each with the pattern of its cells."""
PROVEN = "proven"
"""The result of a proof that held; any other says what did not."""


class Proof:
    """What the rows of a proof table have in common."""

    result: str

    @property
    def good(self) -> bool:
        """Return whether it is proven."""
        return self.result == PROVEN


def line(cells: Iterable[object]) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(map(str, cells))} |\n"


def table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table: the names of its columns and its rows."""
    return f"{line(columns)}|{'---|' * len(columns)}\n" + "".join(map(line, rows))


def rows(page: Path, *forms: Form) -> Iterator[dict[str, str]]:
    """Yield the rows of a page's tables as column to cell, each by the first form that it fits; none without a page.

    Earlier versions of a table are other forms. What fits no form is prose, or the table of something else.
    """
    for text in page.read_text(encoding="utf-8").splitlines() if page.exists() else ():
        cells = [cell.strip() for cell in text.strip().strip("|").split("|")]
        fitting = (form for form in forms if text.startswith("| ") and _fits(form, cells))
        if form := next(fitting, None):
            yield dict(zip(form, cells, strict=True))


def _fits(form: Form, cells: Sequence[str]) -> bool:
    return len(cells) == len(form) and all(map(re.fullmatch, form.values(), cells))


def write(page: Path, text: str) -> None:
    """Write a page, or a data file, that everybody may read."""
    atomic.write(page, text, mode=atomic.PUBLIC)


def entries(data: Path) -> list[dict[str, Any]]:
    """Return what a data file holds; nothing without one. Raises `strictjson.Refused`."""
    if not data.exists():
        return []
    return [dict(row) for row in strictjson.rows(strictjson.content(data, most=LARGEST), most=LARGEST)]


def write_entries(data: Path, kept: Iterable[Any]) -> None:
    """Write a data file of dataclasses, one field a line."""
    write(data, json.dumps([asdict(row) for row in kept], indent=1, ensure_ascii=False) + "\n")


@contextlib.contextmanager
def held(page: Path) -> Iterator[None]:
    """Hold the lock on a table that is read, changed and written: runs at the same time lose no row of each other."""
    with locks.file(page):
        yield


def commit() -> str:
    """Return the checkout's commit, with a + if it was changed since."""
    return git.said("describe", "--always", "--dirty=+", "--exclude=*", otherwise="none")


def today() -> str:
    """Return today's date as rows have it."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
