"""The tables of proofs in docs/: a run reads them to resume, and writes to them as it goes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubelab import pages, paths
from kubelab.config import load, yaml_reader
from kubelab.exercises import code_digest, library, mutations
from kubelab.state import docs_table

WHOLE, WHOLE_SEVERAL = "elsewhere", "elsewhere-ha"
"""The labs on which every variant is proven; the second for what needs several control planes or etcd members."""
PROSE = ("title", "competencies", "competency", "topic", "difficulty", "minutes", "hints")
"""Keys of exercise.yaml that do not count for a proof."""
UNKNOWN = "unknown"
"""The code's digest of a row from before there was one, its lab, and the version of the lab's file."""
COLUMNS: docs_table.Form = {
    "exercise": "[a-z0-9-]+",
    "variant": r"\d+",
    "lab": "[a-z0-9-]+",
    "lab file": r"\w+",
    "digest": r"\w+",
    "code": r"\w+",
    "commit": r"\w+",
    "date": r"[\d-]+",
    "seconds": r"\d+",
}
OLDER: docs_table.Form = {name: cell for name, cell in COLUMNS.items() if name != "lab file"}
"""A row from before the column lab file."""
OLD: docs_table.Form = {name: cell for name, cell in OLDER.items() if name not in ("lab", "code")}
"""A row from before the columns lab and code."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A page in docs/: its file, and the text above its rows."""

    page: Path
    head: str


WALKS = Table(
    page=paths.ROOT / pages.EXERCISES_PROVEN,
    head="""# Exercises that were proven

*For teachers, and for authors of exercises.* Written by `./run exercise.prove`. A variant without a row has not been
proven: `--resume` does that.

For each variant on a running lab: every goal was red after the break, and no point was won; every near-miss won less
than all points; every solution won all points, also those for what must hold for a while; a reset was red again;
after the stop files, units and objects were as before. Once an exercise, `provision/exercises/wreck.sh` broke what it
could reach: no point was won, and the lab came back.

- *Digest*: the exercise's version, of all that runs (Markdown, title, hints and comments of `checks.py` are left
  out).
- *Code*: the version of the judging code (`looks`, `guards`, `kubelab.checks` and what they import). If only that
  changed, one variant is proven again.
- *Lab file*: the version of the lab's file, comments left out: a lab with another add-on is another lab. If only that
  changed, one variant is proven again.
- *Lab*: the whole proof runs on `elsewhere`, whose ranges and names differ, and one variant of each exercise on
  `default`. What needs several control planes or etcd members is proven on `elsewhere-ha`. `unknown` stands in rows
  from before these columns.
""",
)
MUTATIONS = Table(
    page=paths.ROOT / pages.EXERCISES_MUTATIONS,
    head="""# Goals that were seen red by themselves

*For authors of exercises.* Written by `./run exercise.prove` (`--mutations` does this alone).

The exercise was solved, and for each goal its script under `mutations/` was run. Exactly that goal was red, and those
that the script names; taken back, all were green again. An exercise with a single goal has no script: its break is
that goal's mutation, and is in [exercises-proven.md](exercises-proven.md), which explains the columns. The digest is
of the whole folder, `mutations/` included.
""",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One proven variant on a lab: the digests of its file, the exercise, the code; the commit, its seconds."""

    exercise: str
    variant: int
    lab: str = UNKNOWN
    file: str = UNKNOWN
    digest: str
    code: str = UNKNOWN
    commit: str
    date: str = ""
    seconds: int

    @property
    def key(self) -> tuple[str, int, str]:
        """Return the key by which it replaces an older row."""
        return self.exercise, self.variant, self.lab


def read(table: Table) -> dict[tuple[str, int, str], Row]:
    """Return (exercise, variant, lab) to its row; columns that an older row lacks are unknown."""
    found = {}
    for cells in docs_table.rows(table.page, COLUMNS, OLDER, OLD):
        values: dict[str, Any] = {name.removeprefix("lab "): cell for name, cell in cells.items()}
        row = Row(**{**values, "variant": int(values["variant"]), "seconds": int(values["seconds"])})
        found[row.key] = row
    return found


def digest(exercise: library.Exercise, table: Table) -> str:
    """Return a table's version of an exercise: 12 digits over everything in it that a proof runs.

    Prose may change without a new proof: Markdown, `PROSE`, and what `code_digest.meaning` leaves out of checks.py do
    not count, and mutations/ does only for its own table. Packs are told apart by `library.digest`.
    """
    found = {}
    for name, sha256 in library.files(exercise).items():
        path = exercise.folder / name
        if name == "exercise.yaml":
            values = yaml_reader.read(path.read_bytes(), name).values
            kept = {key: value for key, value in values.items() if key not in PROSE}
            found[name] = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).digest()
        elif name == "checks.py":
            found[name] = hashlib.sha256(code_digest.meaning(path.read_text(encoding="utf-8")).encode()).digest()
        elif path.suffix != ".md" and (table is MUTATIONS or not name.startswith(f"{mutations.FOLDER}/")):
            found[name] = sha256
    return library.digest_of(found)[:12]


def lacking(exercise: library.Exercise, table: Table) -> tuple[int, ...]:
    """Return the variants without a row in a table, of this version of the exercise, on any lab."""
    known = {row.variant for row in current(exercise, table)}
    return tuple(number for number in range(1, len(exercise.spec.variants) + 1) if number not in known)


def current(exercise: library.Exercise, table: Table) -> Iterator[Row]:
    """Yield a table's rows of this version of the exercise."""
    wanted = digest(exercise, table)
    yield from (row for row in read(table).values() if row.exercise == exercise.spec.id and row.digest == wanted)


def due(exercise: library.Exercise, table: Table, lab: str) -> tuple[int, ...]:
    """Return the variants still to prove on a lab, of this version of the exercise.

    On the lab of the whole proof every variant that has no row there; on others those that have none anywhere, or one.
    If no row of the lab is of its present file and by the present judging code, one: the one proven longest ago.
    """
    rows = [row for row in current(exercise, table) if row.lab == lab]
    known = {row.variant for row in (rows if lab == whole(exercise) else current(exercise, table))}
    missing = tuple(number for number in range(1, len(exercise.spec.variants) + 1) if number not in known)
    if missing:
        return missing
    if not rows:
        return (1,)
    if any((row.code, row.file) == (code_digest.digest(), load.digest(lab)) for row in rows):
        return ()
    return (min(rows, key=lambda row: (row.date, row.variant)).variant,)


def whole(exercise: library.Exercise) -> str:
    """Return the lab on which every variant of an exercise is proven."""
    needs = exercise.spec.needs
    return WHOLE_SEVERAL if max(needs.control_planes, needs.members) > 1 else WHOLE


def keep(table: Table, row: Row) -> None:
    """Put a row into a table, in place of the older one; concurrent runs do not lose each other's."""
    with docs_table.held(table.page):
        date = row.date or docs_table.today()
        older = (row.exercise, row.variant, UNKNOWN)
        rows = {key: known for key, known in read(table).items() if key != older}
        rows[row.key] = dataclasses.replace(row, date=date)
        lines = (dataclasses.astuple(rows[key]) for key in sorted(rows))
        docs_table.write(table.page, f"{table.head}\n{docs_table.table(tuple(COLUMNS), lines)}")
