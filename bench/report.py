"""Prints the results of a bench: phases, marks, the critical path, medians."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from bench import marks
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


def ratios(lab: Sequence[float], peer: Sequence[float]) -> None:
    """Print the lab's time divided by kubeadm's for each pair of runs in order, and the median."""
    pairs = [ours / theirs for ours, theirs in zip(lab, peer, strict=False)]
    if pairs:
        heading("lab's time ÷ kubeadm's, pair by pair")
        print(f"  {', '.join(f'{ratio:.2f}' for ratio in pairs)}; median {statistics.median(pairs):.2f}")
