"""Writes the page of mutants, and reads the list of equivalent ones, which no test can notice."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import mutant_score
from kubelab import pages, paths
from kubelab.state import docs_table

PAGE = paths.ROOT / pages.MUTANTS
EQUIVALENT = Path(__file__).parent / "equivalent.tsv"
"""Rows of module, changed line, and the reason why no test can notice the change."""
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

"""
SCORES = ("module", "places", "equivalent", "tried", "killed", "of which endless", "survived", "score")


def equivalents() -> dict[tuple[str, str], str]:
    """Return the equivalent mutants: module and changed line to the reason."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        return {(row[0], row[1]): row[2] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def write(scores: Sequence[mutant_score.Score], about: Mapping[str, str]) -> None:
    """Write the page."""
    docs_table.write(PAGE, text(scores, about))


def text(scores: Sequence[mutant_score.Score], about: Mapping[str, str]) -> str:
    """Return the page: a row for each module, the survivors as diffs, the equivalent ones with their reasons."""
    page = HEAD.format(**about) + docs_table.table(SCORES, map(_cells, scores))
    page += "\nThe score is killed ÷ tried. A module of which fewer were tried than it has places is a sample.\n"
    survivors = [survivor for score in scores for survivor in score.survivors]
    page += "\n## Survivors\n\n"
    page += "```diff\n" + "\n".join(survivors) + "\n```\n" if survivors else "None.\n"
    page += "\n## Equivalent\n\nNo test can see these; they are not tried.\n\n"
    named = {score.module for score in scores}
    known = [(module, line.replace("|", "&#124;"), why) for (module, line), why in equivalents().items()]
    rows = [(module, f"`{line}`", why) for module, line, why in known if module in named]
    return page + docs_table.table(("module", "changed line", "why"), rows)


def _cells(score: mutant_score.Score) -> tuple[object, ...]:
    share = f"{100 * (score.killed + score.endless) / score.tried:.0f} %" if score.tried else "-"
    counts = (score.sites, score.equivalent, score.tried, score.killed + score.endless, score.endless)
    return score.module, *counts, len(score.survivors), share
