"""The tables in docs/ of what was proven, which a run reads to go on from and writes to as it goes."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

import filelock

from kubelab import atomic, paths
from kubelab.exercises import library, mutations

COLUMNS = """
| exercise | variant | digest | commit | date | seconds |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A page in docs/: its file, and what stands above its rows."""

    page: Path
    head: str


WALKS = Table(
    page=paths.ROOT / "docs" / "exercises-proven.md",
    head="""# Exercises that were proven

Made by `./run exercise.prove`: for each variant on a running lab, every goal was red after the break, every plausible
wrong repair under `near-misses/` won less than all points, the reference solution won all of them (those that must hold
for a while included), a reset was red again, and after the stop the lab was what it had been: files, units, objects.
A row is of the exercise's version with that digest. What has no row has not been proven yet: `--resume` does that.
""",
)
MUTATIONS = Table(
    page=paths.ROOT / "docs" / "exercises-mutations.md",
    head="""# Goals that were seen red by themselves

Made by `./run exercise.prove` (`--mutations` does this alone): the exercise was solved, and for each goal its script
under `mutations/` was run. Exactly that goal was red then, and those that the script says go with it; taken back, all
were green again. An exercise with a single goal has none: its break is that goal's mutation, and stands in
[exercises-proven.md](exercises-proven.md). The digest is of the whole folder, `mutations/` included.
""",
)
LINE = re.compile(r"\| ([a-z0-9-]+) \| (\d+) \| (\w+) \| (\w+) \| ([\d-]+) \| (\d+) \|")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One variant that was proven: the exercise's digest, the commit of the checkout, how long it took."""

    exercise: str
    variant: int
    digest: str
    commit: str
    seconds: int


def read(table: Table) -> dict[tuple[str, int], tuple[str, str, str, str]]:
    """Return (exercise, variant) to digest, commit, date and seconds."""
    if not table.page.exists():
        return {}
    found = (LINE.fullmatch(line) for line in table.page.read_text(encoding="utf-8").splitlines())
    return {(row[1], int(row[2])): (row[3], row[4], row[5], row[6]) for row in found if row}


def digest(exercise: library.Exercise, table: Table) -> str:
    """Return what a table knows a version of an exercise by."""
    return (library.digest if table is WALKS else mutations.digest)(exercise)[:12]


def lacking(exercise: library.Exercise, table: Table) -> tuple[int, ...]:
    """Return the numbers of the variants that a table has no row for, of this version of the exercise."""
    rows, wanted = read(table), digest(exercise, table)
    numbers = range(1, len(exercise.spec.variants) + 1)
    return tuple(number for number in numbers if rows.get((exercise.spec.id, number), ("",))[0] != wanted)


def keep(table: Table, row: Row) -> None:
    """Put a row into a table, in place of the older one; several runs at once do not lose each other's."""
    with filelock.FileLock(f"{paths.BUILD}/proven.lock"):
        rows = read(table)
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        rows[row.exercise, row.variant] = (row.digest, row.commit, date, str(row.seconds))
        lines = [f"| {name} | {number} | {' | '.join(rest)} |\n" for (name, number), rest in sorted(rows.items())]
        atomic.write(table.page, f"{table.head}{COLUMNS}" + "".join(lines), mode=atomic.PUBLIC)
