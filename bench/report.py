"""Prints the results of a bench: phases, marks, the critical path, medians."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from bench import cost, figure, marks, spread
from kubelab.ui import progress


def progress_lines() -> progress.Progress:
    """Return progress in plain lines: a bench's output is kept and compared."""
    return progress.Progress(progress.Style.PLAIN)


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def facts(rows: Mapping[str, str]) -> None:
    """Print the facts about this computer."""
    heading("this computer")
    for name, value in rows.items():
        print(f"  {name:<12} {value}")


def timeline(title: str, found: Sequence[marks.Mark]) -> None:
    """Print the marks in order; the API's own times are whole seconds, rounded down."""
    heading(f"{title}: what was reached when")
    for mark in found:
        took = f"  (took {mark.took:.1f} s)" if mark.took is not None else ""
        print(f"  {mark.at:7.2f} s  {mark.source:<7} {mark.name}{took}")


def path(title: str, found: Sequence[tuple[marks.Mark, float]]) -> None:
    """Print the critical path: each mark, and the seconds since the mark that it waited for."""
    heading(f"{title}: the critical path")
    for mark, gap in found:
        print(f"  {mark.at:7.2f} s  +{gap:5.2f}  {mark.name}")


def phases(found: Sequence[Mapping[str, object]]) -> None:
    """Print the phases of one `lab.up` from its events."""
    for event in found:
        if event.get("event") == "end":
            print(f"  {event['phase']!s:<36} {float(str(event['seconds'])):6.2f} s  {event.get('result', '')}")


def memory(found: Mapping[str, int]) -> None:
    """Print the memory of each box, and the sum."""
    for box, count in found.items():
        print(f"  {box:<36} {count / 2**20:8.0f} MiB")
    print(f"  {'together':<36} {sum(found.values()) / 2**20:8.0f} MiB")


def series(found: Mapping[str, Sequence[float]]) -> None:
    """Print the median of every measure, and each run."""
    heading("seconds: median (runs)")
    for name, runs in found.items():
        if runs:
            each = ", ".join(f"{value:.2f}" for value in runs)
            print(f"  {name:<40} {statistics.median(runs):7.2f}  ({each})")


def ratios(what: str, found: Sequence[float]) -> None:
    """Print the lab's seconds divided by kubeadm's for each pair of runs in order, the median and the spread."""
    if found:
        heading(f"lab's {what} ÷ kubeadm's, pair by pair")
        print(f"  {', '.join(f'{ratio:.2f}' for ratio in found)}; {spread.of(found)}")


def cpu(title: str, found: cost.Table, runs: int) -> None:
    """Print CPU seconds, a row for each goal and phase, a column for each part; of together also lowest and highest."""
    heading(f"{title}: CPU seconds, median of {runs} (last column: lowest to highest together)")
    parts = cost.columns(found)
    _line("", [*parts, ""], parts)
    for name, row in found.items():
        cells = [f"{row[part].median:.2f}" if part in row else "-" for part in parts]
        _line(name, [*cells, f"  {row[cost.TOGETHER].low:.2f} to {row[cost.TOGETHER].high:.2f}"], parts)


def side_by_side(lab: cost.Table, peer: cost.Table) -> None:
    """Print the lab's CPU seconds until it answers beside kubeadm's, by kind of box."""
    heading(f"CPU seconds {cost.ANSWERED}, medians")
    rows = [cost.by_kind({part: one.median for part, one in found[cost.ANSWERED].items()}) for found in (lab, peer)]
    parts = ["lab", "kubeadm", "ratio"]
    _line("", parts, parts)
    for name in dict.fromkeys((*rows[0], *rows[1])):
        ours, theirs = (row.get(name, 0.0) for row in rows)
        ratio = f"{ours / theirs:.2f}" if theirs else "-"
        _line(name, [f"{ours:.2f}", f"{theirs:.2f}", ratio], parts)


def compared(then: figure.Figure | None, now: figure.Figure) -> None:
    """Print the difference from the committed figure, or why there is none."""
    if then is None:
        heading("no figure is committed yet: --write-figure writes one")
        return
    heading(f"difference from the committed figure ({then.computer.get('commit', 'unknown')}, {then.runs} runs)")
    senseless = figure.senseless(then, now)
    if senseless:
        print(f"  comparing makes no sense: {'; '.join(senseless)}")
        return
    for remark in figure.remarks(then, now):
        print(f"  {remark}")
    parts = cost.columns({**{f"then {name}": row for name, row in then.seconds.items()}, **now.seconds})
    _line("", parts, parts)
    for changes in figure.changes(then, now):
        cells = {change.part: str(change) for change in changes}
        _line(changes[0].row, [cells.get(part, "-") for part in parts], parts)
    print("  * the runs of then and now do not overlap")


def _line(name: str, cells: Sequence[str], parts: Sequence[str]) -> None:
    widths = [max(len(part) + 2, 9) for part in parts]
    each = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=False))
    print(f"  {name:<36}{each}{''.join(cells[len(widths) :])}".rstrip())
