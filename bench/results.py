"""What all runs of one bench found: kept while it runs, shown at its end, written for programs and as the figure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench import cost, cpu, figure, marks, path, report, spread

LAB, PEER = "lab", "kubeadm"
FROM_ENTER = "Enter to a guestbook that answers"
PEER_ANSWERS = "kubeadm: to an application by DNS name"


@dataclass(kw_only=True)
class Results:
    """The computer; seconds by measure; the last timeline and each run's CPU seconds, of the lab and of kubeadm."""

    about: Mapping[str, str]
    series: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    timelines: dict[str, list[marks.Mark]] = field(default_factory=dict)
    costs: dict[str, list[cost.Rows]] = field(default_factory=lambda: defaultdict(list))

    def add(self, which: str, rows: cost.Rows, usage: cpu.Usage) -> None:
        """Keep the CPU seconds of one run, and print what watching it took."""
        self.costs[which].append(rows)
        print(f"{which}: {rows[cost.ANSWERED][cost.TOGETHER]:.1f} CPU s until it answers; {usage.about()}", flush=True)

    def together(self, which: str) -> list[float]:
        """Return the CPU seconds of all parts until it answers, run by run."""
        return [rows[cost.ANSWERED][cost.TOGETHER] for rows in self.costs[which]]


def show(found: Results) -> None:
    """Print timelines, the critical path, medians, CPU seconds, ratios and the difference from the committed figure."""
    for name, timeline in found.timelines.items():
        report.timeline(f"{name}, last run", timeline)
    if LAB in found.timelines:
        report.path(f"{LAB}, last run", path.critical(found.timelines[LAB]))
    report.series(found.series)
    tables = {which: cost.table(runs) for which, runs in found.costs.items() if runs}
    for which, table in tables.items():
        report.cpu(which, table, len(found.costs[which]))
    if len(tables) > 1:
        report.side_by_side(tables[LAB], tables[PEER])
    report.ratios("time", spread.ratios(found.series[FROM_ENTER], found.series[PEER_ANSWERS]))
    report.ratios("CPU seconds", spread.ratios(found.together(LAB), found.together(PEER)))
    if LAB in tables:
        report.compared(figure.read(figure.FILE), _figure(found))


def keep(found: Results) -> None:
    """Write the lab's CPU seconds as the figure that later runs are compared with."""
    figure.write(_figure(found), figure.FILE)
    print(f"written: {figure.FILE.name}")


def document(found: Results) -> str:
    """Return every number, as JSON."""
    rows = {name: [vars(mark) for mark in timeline] for name, timeline in found.timelines.items()}
    everything = {"computer": found.about, "series": found.series, "timelines": rows, "cpu": found.costs}
    return json.dumps(everything, indent=1)


def _figure(found: Results) -> figure.Figure:
    return figure.Figure(computer=found.about, runs=len(found.costs[LAB]), seconds=cost.table(found.costs[LAB]))
