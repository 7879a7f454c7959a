"""Measures a lab and a kubeadm cluster on this computer, in alternating runs: `python -m bench.up --help`.

It asserts no times. It prints them, with the timeline and the critical path, which show where time can be saved.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from bench import cold, command, computer, marks, memory, path, report, rise
from bench.kubeadm import peer, place
from kubelab import components, errors, model
from kubelab.components import box_image
from kubelab.converge import session
from kubelab.tasks import decorator

SETTLE = 60.0
"""Seconds after healthy at which memory is read: by then the programs have freed their start-up heaps."""
FROM_ENTER = "Enter to a guestbook that answers"
PEER = "kubeadm: to an application by DNS name"

Series = dict[str, list[float]]


def main() -> None:
    """Measure, print the times, and remove the lab and the peer."""
    options = _options()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.default_int_handler)
    try:
        _measure(options)
    except errors.LabError as problem:
        decorator.show(problem)
        sys.exit(problem.code)
    except (command.CommandFailed, peer.PeerFailed, subprocess.SubprocessError) as problem:
        sys.exit(f"not measured: {problem}")
    except KeyboardInterrupt:
        sys.exit("\nstopped; nothing was left behind")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.up", description=__doc__)
    add = parser.add_argument
    add("--pairs", type=int, default=3, help="how many times the lab and kubeadm run in turn (default 3)")
    add("--alone", action="store_true", help="measure the lab only, not kubeadm")
    add(
        "--best-case",
        action="store_true",
        help="kubeadm at boot instead of after vagrant up, and no pod before flannel works",
    )
    add("--test", action="store_true", help="time lab.test too")
    add("--no-memory", action="store_true", help=f"do not wait {SETTLE:.0f} s to read the boxes' memory")
    add("--cold", action="store_true", help="time building everything into an empty cache (up to 20 minutes)")
    add("--json", type=Path, metavar="FILE", help="also write every number to this file")
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> None:
    lab, where = session.open_lab(command.LAB)
    about = computer.facts(lab.versions)
    report.facts(about)
    series: Series = defaultdict(list)
    timelines: dict[str, list[marks.Mark]] = {}
    try:
        if options.cold:
            series["build everything, cold cache"].append(cold.build())
        components.ensure(lab.versions, report.progress_lines())
        box_image.ensure(report.progress_lines())
        _runs(lab.versions, series, timelines, options)
    finally:
        if where.root.exists():
            command.run("lab.destroy", "--lab", command.LAB)
        _print(series, timelines)  # also after a failure: the runs before it count
    if options.json:
        options.json.write_text(_document(about, series, timelines), encoding="utf-8")


def _runs(
    versions: model.VersionSet, series: Series, timelines: dict[str, list[marks.Mark]], options: argparse.Namespace
) -> None:
    """Run the lab and kubeadm in turn; keep the last timeline of each."""
    for left in reversed(range(options.pairs)):
        timelines["lab"] = _lab(series, options, last=left == 0)
        if not options.alone:
            timelines["kubeadm"] = _peer(versions, series, best_case=options.best_case)


def _lab(series: Series, options: argparse.Namespace, *, last: bool) -> list[marks.Mark]:
    """Run the lab once; slow measures that do not vary are taken in the last run only."""
    lab = ("--lab", command.LAB)
    command.run("lab.destroy", *lab)
    try:
        done = rise.up()
        series[FROM_ENTER].append(done.reached(rise.ANSWERS))
        series["lab.up, whole"].append(done.seconds)
        print(f"lab: {done.reached(rise.ANSWERS):.1f} s to a guestbook that answers", flush=True)
        healthy = time.monotonic()
        found = rise.timeline(done)
        series["lab.up, nothing to do"].append(command.run("lab.up", *lab).seconds)
        series["lab.status"].append(command.run("lab.status", *lab).seconds)
        if last:
            report.heading("lab.up: phases")
            report.phases(done.events)
            _slow(series, options, healthy)
    finally:
        series["lab.destroy"].append(command.run("lab.destroy", *lab).seconds)
    return found


def _slow(series: Series, options: argparse.Namespace, healthy: float) -> None:
    if not options.no_memory:
        time.sleep(max(0.0, healthy + SETTLE - time.monotonic()))
        found = memory.of_lab(command.LAB)
        report.heading(f"memory without inactive file pages, {SETTLE:.0f} s after healthy")
        report.memory(found)
        series["memory together, MiB"].append(sum(found.values()) / 2**20)
    if options.test:
        series["lab.test"].append(command.run("lab.test", "--lab", command.LAB).seconds)


def _peer(versions: model.VersionSet, series: Series, *, best_case: bool) -> list[marks.Mark]:
    with place.place(versions, best_case=best_case) as wanted:
        found = peer.up(wanted)
    answered = next(mark.at for mark in found if mark.name == peer.ANSWERS)
    series[PEER].append(answered)
    print(f"kubeadm: {answered:.1f} s to an application by DNS name", flush=True)
    return found


def _print(series: Series, timelines: dict[str, list[marks.Mark]]) -> None:
    for name, found in timelines.items():
        report.timeline(f"{name}, last run", found)
    if "lab" in timelines:
        report.path("lab, last run", path.critical(timelines["lab"]))
    report.series(series)
    report.ratios(series[FROM_ENTER], series[PEER])


def _document(about: dict[str, str], series: Series, timelines: dict[str, list[marks.Mark]]) -> str:
    rows = {name: [vars(mark) for mark in found] for name, found in timelines.items()}
    return json.dumps({"computer": about, "series": series, "timelines": rows}, indent=1)


if __name__ == "__main__":
    main()
