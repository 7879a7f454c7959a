"""What upstream's suite found, at the end of `lab.conformance`: a table, then every spec that did not pass."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from kubelab import errors
from kubelab.proofs import conformance_results
from kubelab.proofs.conformance_results import FAILED, LEFT_OUT, PASSED
from kubelab.ui import amounts, progress, terminal

STOPPED = 130
"""The exit code of a run that Ctrl-C ended, as a shell expects it."""
HEAD = ("", PASSED, FAILED, "could not run here", LEFT_OUT)


def show(found: conformance_results.Verdict, report: progress.Progress) -> errors.Exit:
    """Print a verdict; return the exit code: 0 only if specs ran, and each that failed is listed with its cause."""
    kinds = {"passed": found.of(PASSED), "failed": found.of(FAILED), "unable": found.unable, "left": found.of(LEFT_OUT)}
    names = {kind: [row.name for row in rows] for kind, rows in kinds.items()}
    report.event("conformance", **names, missing=found.missing, seconds=round(found.seconds, 1), good=found.good)
    for line in ("", *table(found), "", *told(found)):
        report.say(line)
    counts = f"{len(kinds['passed'])} passed, {len(kinds['failed'])} failed, {len(kinds['unable'])} could not run here"
    report.say(f"{counts}, in {amounts.clock(found.seconds)}")
    if found.left:
        report.say(f"✗ left in the lab: {', '.join(found.left)}; the next lab.conformance removes it, as far as it can")
    if found.stopped:
        terminal.complain(f"\nstopped{'' if found.left else '; nothing of the suite is left in the lab'}\n")
        sys.exit(STOPPED)
    return errors.Exit.GOOD if found.good else errors.Exit.FAILED


def table(found: conformance_results.Verdict) -> list[str]:
    """Return a row of numbers for each group of specs, and one for all."""
    groups = sorted({match[0] for row in found.results if (match := conformance_results.GROUP.match(row.name))})
    rows = [HEAD, *(_row(found, group, group) for group in groups), _row(found, "all", "[")]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([first.ljust(widths[0]), *map(str.rjust, rest, widths[1:])]) for first, *rest in rows]


def _row(found: conformance_results.Verdict, title: str, group: str) -> tuple[str, ...]:
    kinds = (found.of(PASSED), found.of(FAILED), found.unable, found.of(LEFT_OUT))
    return title, *(str(sum(row.name.startswith(group) for row in rows)) for rows in kinds)


def told(found: conformance_results.Verdict) -> Iterator[str]:
    """Yield two lines for each spec that did not pass, or passed against the list, and one for those that did not
    run."""
    causes = conformance_results.listed()
    rows = [("✗", row, row.said) for row in found.of(FAILED)]
    rows += [("-", row, f"could not run here: {causes[row.name]}") for row in found.unable]
    rows += [("-", row, f"left itself out: {row.said}") for row in found.of(LEFT_OUT)]
    rows += [("✓", row, f"passed, and is listed as one that could not: {causes[row.name]}") for row in found.surprising]
    for sign, row, words in rows:
        yield f"{sign} {row.name}"
        yield f"    {words}"
    if found.missing:
        yield f"✗ {found.missing} of {found.wanted} specs did not run"
