"""The matrix of checks and what reddens them: kept as data, so that a run can resume; shown as a page."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kubelab import pages, paths
from kubelab.proofs import check_verdict
from kubelab.proofs.layers import BREAKS
from kubelab.proofs.pytest_marks import Suite
from kubelab.state import docs_table

DATA = paths.ROOT / pages.CHECKS_PROVEN_DATA
PAGE = paths.ROOT / pages.CHECKS_PROVEN
README = paths.ROOT / "README.md"
LINE = re.compile(r"\d+ of \d+ checks were seen red .*? made\.")
"""The README's sentence about it."""
INTRO = """\
# Checks, proven

*For developers of kubelab, and for whoever wants to trust `lab.test`.* Written by `./run lab.test --prove`.

On a live lab whose whole suite was green, each fault or mutation below was made. Then the checks that exist for it
had to be red, and all that do not depend on what it breaks had to be green. It was taken back, the lab was well, and
the checks were green again.

*At once*: mutations that break nothing which other checks depend on are made together; *seconds* are then those of
one. *State* is a digest of the fault, its scripts and the checks that it reddens: `--resume` skips what has not
changed. A check that nothing has reddened is unproven, and fails the run.

"""
MADE = ("fault or mutation", "breaks", "result", "red", "of", "at once", "seconds", "date", "commit", "state")
CHECKS = ("check", "exists for", "stands on", "also red with")


@dataclass(frozen=True, kw_only=True)
class Row(docs_table.Proof):
    """The result of one fault or mutation."""

    row: str
    result: str
    red: tuple[str, ...]
    """Every red check, also those that only depend on what was broken."""
    judged: int
    together: int
    """How many were made at the same time: those that no other check depends on."""
    seconds: int
    date: str
    commit: str
    state: str


def read() -> dict[str, Row]:
    """Return the kept rows, by fault or mutation; without removed ones."""
    rows = docs_table.entries(DATA)
    return {row["row"]: Row(**{**row, "red": tuple(row["red"])}) for row in rows if row["row"] in BREAKS}


def write(rows: Mapping[str, Row], suite: Suite) -> None:
    """Keep the rows, write the page and the README's sentence."""
    docs_table.write_entries(DATA, [rows[name] for name in BREAKS if name in rows])
    docs_table.write(PAGE, text(rows, suite))
    docs_table.write(README, LINE.sub(line(rows, suite), README.read_text(encoding="utf-8")))


def line(rows: Mapping[str, Row], suite: Suite) -> str:
    """Return the progress in one line."""
    good = [name for name, row in rows.items() if row.good]
    seen = len(suite) - len(check_verdict.unproven(suite, good))
    made = f"{len(good)} of {len(BREAKS)} faults and mutations made"
    return f"{seen} of {len(suite)} checks were seen red by what they exist for; {made}."


def text(rows: Mapping[str, Row], suite: Suite) -> str:
    """Return the page: the progress, what is unproven, the faults and mutations, and the checks."""
    good = {name for name, row in rows.items() if row.good}
    lacking = check_verdict.unproven(suite, good)
    unproven = ["Unproven:\n", *(f"- `{name}`" for name in lacking), "\n"] if lacking else []
    return (
        f"{INTRO}{line(rows, suite)}\n\n" + "\n".join(unproven) + "## What was made\n\n"
        f"{docs_table.table(MADE, (_made(rows[name]) for name in BREAKS if name in rows))}\n"
        "## What each check was reddened by\n\n"
        f"{docs_table.table(CHECKS, (_check(name, suite, rows, good) for name in sorted(suite)))}"
    )


def _made(row: Row) -> tuple[object, ...]:
    result = row.result.replace("|", "/")
    counts = (len(row.red), row.judged, row.together, row.seconds)
    return (row.row, BREAKS[row.row], result, *counts, row.date, row.commit, row.state)


def _check(name: str, suite: Suite, rows: Mapping[str, Row], good: Collection[str]) -> tuple[object, ...]:
    check = suite[name]
    also = [row for row in BREAKS if row in rows and name in rows[row].red and row not in check.red_by]
    marks = [f"{row} {'✓' if row in good else '✗'}" for row in check.red_by]
    return (name, ", ".join(marks), check.depends_on, ", ".join(also) or "-")
