"""Output of a verdict, for a person or a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kubelab import errors, model, paths, providers
from kubelab.diagnosis import causes, judge, tables
from kubelab.diagnosis.findings import Finding, filled
from kubelab.state import docs_table
from kubelab.ui import foreign

MARK = "<!-- causes -->"
"""Where the table begins in `pages.WHY`."""


def lines(lab: model.Lab, verdict: judge.Verdict, *, hints: bool) -> Iterator[str]:
    """Yield the verdict for a person: each cause with its evidence, what to look at, and what mends it."""
    if verdict.healthy:
        yield f"lab {lab.name} is well: every probe looked, from {causes.PROBES[0]} to {causes.PROBES[-1]}"
        yield from verdict.remarks
        return
    for finding in verdict.found:
        row = tables.CAUSES[finding.cause]
        values = holes(lab, finding)
        yield f"{finding.cause}{f' on {finding.box}' if finding.box else ''}: {row.title}"
        yield from (f"    {foreign.line(line)}" for line in finding.evidence)
        yield f"  look next:  {foreign.line(filled(row.look, values))}"
        if hints and row.mend:
            yield f"  mend it:    {foreign.line(mend(lab, finding))}"
        yield ""
    yield from (f"not seen: {words}" for words in verdict.unseen)
    yield from verdict.remarks
    if not verdict.found:
        yield f"lab {lab.name}: nothing wrong was found in what could be looked at"


def document(lab: model.Lab, verdict: judge.Verdict, seconds: float, *, hints: bool) -> str:
    """Return the verdict for a program: one JSON object."""
    found = {
        "lab": lab.name,
        "verdict": word(verdict),
        "cause": verdict.found[0].cause if verdict.found else None,
        "causes": [_finding(lab, finding, hints=hints) for finding in verdict.found],
        "unseen": list(verdict.unseen),
        "remarks": list(verdict.remarks),
        "seconds": round(seconds, 2),
        "exit": int(verdict.code),
    }
    return foreign.document(found, indent=1)


def word(verdict: judge.Verdict) -> str:
    """Return the verdict in one word."""
    words = {errors.Exit.GOOD: "well", errors.Exit.DEGRADED: "degraded", errors.Exit.ABSENT: "absent"}
    return words.get(verdict.code, "unknown")


def _finding(lab: model.Lab, finding: Finding, *, hints: bool) -> dict[str, Any]:
    row = tables.CAUSES[finding.cause]
    values = holes(lab, finding)
    found: dict[str, Any] = {
        "name": finding.cause,
        "probe": row.probe,
        "title": row.title,
        "box": finding.box,
        "symptom": row.symptom,
        "evidence": list(finding.evidence),
        "look": filled(row.look, values),
    }
    return {**found, "mend": mend(lab, finding)} if hints else found


def mend(lab: model.Lab, finding: Finding) -> str:
    """Return one command line that repairs everything merged into the finding; empty if nothing does."""
    text, values = tables.CAUSES[finding.cause].mend, holes(lab, finding)
    return "; ".join(dict.fromkeys(filled(text, {**values, **more}) for more in ({}, *finding.also)))


def holes(lab: model.Lab, finding: Finding) -> Mapping[str, str]:
    """Return the values for the holes of a cause's commands."""
    here = finding.box or lab.control_plane[0].name
    values = {"lab": paths.lab_option(lab.name), "name": lab.name, "box": here, **finding.values}
    typed = providers.of(lab).typed
    return {**{purpose: filled(text, values) for purpose, text in typed.items()}, **values}


def page(text: str) -> str:
    """Return the page `pages.WHY` with the table of causes below its mark as it is now."""
    return f"{text.partition(MARK)[0]}{MARK}\n\n{table()}"


def table() -> str:
    """Return the causes as the Markdown table of that page."""
    rows = [(name, row) for probe in causes.PROBES for name, row in tables.CAUSES.items() if row.probe == probe]
    cells = ((row.probe, f"`{name}`", f"{row.title}{' (a symptom)' if row.symptom else ''}") for name, row in rows)
    return docs_table.table(("probe", "cause", "what it is"), cells)
