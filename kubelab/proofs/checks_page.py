"""The matrix of checks and what reddens them: kept as data, so that a run goes on; shown as a page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from kubelab import pages, paths
from kubelab.files import atomic
from kubelab.proofs import check_verdict
from kubelab.proofs.layers import BREAKS
from kubelab.proofs.marks import Suite

DATA = paths.ROOT / pages.CHECKS_PROVEN_DATA
PAGE = paths.ROOT / pages.CHECKS_PROVEN
README = paths.ROOT / "README.md"
LINE = re.compile(r"\d+ of \d+ checks were seen red .*? made\.")
"""What the README says about it."""
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


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is known of one fault or mutation."""

    row: str
    result: str
    red: tuple[str, ...]
    """Every check that was red, those that only stand on what was broken too."""
    judged: int
    together: int
    """How many were made at the same time: those that break nothing which others stand on are."""
    seconds: int
    date: str
    commit: str
    state: str

    @property
    def good(self) -> bool:
        """Return whether it did to the suite what it is there for."""
        return self.result == "proven"


def read() -> dict[str, Row]:
    """Return what was kept, by fault or mutation; nothing of those that there are no more."""
    rows = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else []
    return {row["row"]: Row(**{**row, "red": tuple(row["red"])}) for row in rows if row["row"] in BREAKS}


def write(rows: Mapping[str, Row], suite: Suite) -> None:
    """Keep the rows, write the page, and say in the README how far it has come."""
    kept = [rows[name] for name in BREAKS if name in rows]
    atomic.write(DATA, json.dumps([asdict(row) for row in kept], indent=1) + "\n", mode=atomic.PUBLIC)
    atomic.write(PAGE, text(rows, suite), mode=atomic.PUBLIC)
    readme = LINE.sub(line(rows, suite), README.read_text(encoding="utf-8"))
    atomic.write(README, readme, mode=atomic.PUBLIC)


def line(rows: Mapping[str, Row], suite: Suite) -> str:
    """Return how far it has come, in one line."""
    good = [name for name, row in rows.items() if row.good]
    seen = len(suite) - len(check_verdict.unproven(suite, good))
    made = f"{len(good)} of {len(BREAKS)} faults and mutations made"
    return f"{seen} of {len(suite)} checks were seen red by what they exist for; {made}."


def text(rows: Mapping[str, Row], suite: Suite) -> str:
    """Return the page: how far, what is unproven, the faults and mutations, and the checks."""
    good = {name for name, row in rows.items() if row.good}
    lines = [INTRO + line(rows, suite), ""]
    lacking = check_verdict.unproven(suite, good)
    if lacking:
        lines += ["Unproven:", "", *(f"- `{name}`" for name in lacking), ""]
    lines += [
        "## What was made",
        "",
        "| fault or mutation | breaks | result | red | of | at once | seconds | date | commit | state |",
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|---|"]
    for name in BREAKS:
        if name in rows:
            row = rows[name]
            cells = [
                name,
                BREAKS[name],
                row.result.replace("|", "/"),
                len(row.red),
                row.judged,
                row.together,
                row.seconds,
            ]
            lines.append(f"| {' | '.join(map(str, [*cells, row.date, row.commit, row.state]))} |")
    lines += ["", "## What each check was reddened by", "", "| check | exists for | stands on | also red with |"]
    lines += ["|---|---|---|---|"]
    for name, check in sorted(suite.items()):
        also = [row for row in BREAKS if row in rows and name in rows[row].red and row not in check.red_by]
        marks = [f"{row} {'✓' if row in good else '✗'}" for row in check.red_by]
        lines.append(f"| {name} | {', '.join(marks)} | {check.depends_on} | {', '.join(also) or '-'} |")
    return "\n".join(lines) + "\n"
