"""The table of what was proven: docs/exercises-proven.md, which a run reads to go on from and writes to as it goes."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

import filelock

from kubelab import paths

PAGE = paths.ROOT / "docs" / "exercises-proven.md"
HEAD = """# Exercises that were proven

Made by `./run exercise.prove`: for each variant on a running lab, every goal was red after the break, every plausible
wrong repair under `near-misses/` won less than all points, the reference solution won all of them (those that must hold
for a while included), a reset was red again, and after the stop the lab was what it had been: files, units, objects.
A row is of the exercise's version with that digest. What has no row has not been proven yet: `--resume` does that.

| exercise | variant | digest | commit | date | seconds |
|---|---|---|---|---|---|
"""
LINE = re.compile(r"\| ([a-z0-9-]+) \| (\d+) \| (\w+) \| (\w+) \| ([\d-]+) \| (\d+) \|")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One variant that was proven: the exercise's digest, the commit of the checkout, how long it took."""

    exercise: str
    variant: int
    digest: str
    commit: str
    seconds: int


def read() -> dict[tuple[str, int], tuple[str, str, str, str]]:
    """Return (exercise, variant) to digest, commit, date and seconds."""
    if not PAGE.exists():
        return {}
    found = (LINE.fullmatch(line) for line in PAGE.read_text(encoding="utf-8").splitlines())
    return {(row[1], int(row[2])): (row[3], row[4], row[5], row[6]) for row in found if row}


def keep(row: Row) -> None:
    """Put a row into the table, in place of the older one; several runs at once do not lose each other's."""
    with filelock.FileLock(f"{paths.BUILD}/proven.lock"):
        rows = read()
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        rows[row.exercise, row.variant] = (row.digest, row.commit, date, str(row.seconds))
        lines = [f"| {name} | {number} | {' | '.join(rest)} |\n" for (name, number), rest in sorted(rows.items())]
        staged = PAGE.with_suffix(".staged")
        staged.write_text(HEAD + "".join(lines), encoding="utf-8")
        staged.replace(PAGE)
