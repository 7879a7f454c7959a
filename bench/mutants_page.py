"""The page that says how the mutants fared, and the list of those that change nothing which can be seen."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import mutant_score
from kubelab import pages, paths

PAGE = paths.ROOT / pages.MUTANTS
EQUIVALENT = Path(__file__).parent / "equivalent.tsv"
"""Rows of module, the changed line, and why no test can see it."""
HEAD = """\
# Mutants

*For developers of kubelab: what the unit tests notice.*

A mutant is a module with one changed place (a comparison, a number, a word, a returned value, a call left out). Its
unit tests must fail: then the mutant is killed. Mutants are tried in an order that the seed gives, until the time is
over; hypothesis draws {examples} examples a test.

```
nice .venv/bin/python -m bench.mutants --minutes {minutes} --seed {seed} --page
```

made this page on {date} at commit {commit}.

| module | places | equivalent | tried | killed | of which endless | survived | score |
|---|---|---|---|---|---|---|---|
"""


def equivalents() -> dict[tuple[str, str], str]:
    """Return module and changed line to why the change is none."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        return {(row[0], row[1]): row[2] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def write(scores: Sequence[mutant_score.Score], about: Mapping[str, str]) -> None:
    """Write the page."""
    PAGE.write_text(text(scores, about), encoding="utf-8")


def text(scores: Sequence[mutant_score.Score], about: Mapping[str, str]) -> str:
    """Return the page: a row for each module, the survivors as diffs, the equivalent ones with their reasons."""
    page = HEAD.format(**about) + "".join(map(_row, scores))
    page += "\nThe score is killed ÷ tried. A module of which fewer were tried than it has places is a sample.\n"
    survivors = [survivor for score in scores for survivor in score.survivors]
    page += "\n## Survivors\n\n"
    page += "```diff\n" + "\n".join(survivors) + "\n```\n" if survivors else "None.\n"
    page += "\n## Equivalent\n\nNo test can see these; they are not tried.\n\n"
    page += "| module | changed line | why |\n|---|---|---|\n"
    named = {score.module for score in scores}
    rows = [(module, line, why) for (module, line), why in equivalents().items() if module in named]
    return page + "".join(f"| {module} | `{line.replace('|', '&#124;')}` | {why} |\n" for module, line, why in rows)


def _row(score: mutant_score.Score) -> str:
    share = f"{100 * (score.killed + score.endless) / score.tried:.0f} %" if score.tried else "-"
    cells = [score.module, score.sites, score.equivalent, score.tried, score.killed + score.endless, score.endless]
    return f"| {' | '.join(map(str, [*cells, len(score.survivors), share]))} |\n"
