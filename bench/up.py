"""Measures a lab and a kubeadm cluster on this computer, in alternating runs: `python -m bench.up --help`.

It asserts no times. It prints them, with the timeline and the critical path, which show where time can be saved.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import busy, cold, command, computer, memory, report, results, rise
from bench.kubeadm import peer, place
from kubelab import components, errors, model
from kubelab.components import box_image, image_store
from kubelab.converge import session
from kubelab.tasks import decorator

SETTLE = 60.0
"""Seconds after healthy at which memory is read: by then the programs have freed their start-up heaps."""


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
    add(
        "--pairs",
        "--runs",
        type=_from(1),
        default=3,
        metavar="N",
        help="how many times the lab and kubeadm run in turn; with --alone, how many times the lab runs (default 3)",
    )
    add("--alone", action="store_true", help="measure the lab only, not kubeadm")
    add(
        "--best-case",
        action="store_true",
        help="kubeadm at boot instead of after vagrant up, and no pod before flannel works",
    )
    add("--test", action="store_true", help="time lab.test too")
    add("--no-memory", action="store_true", help=f"do not wait {SETTLE:.0f} s to read the boxes' memory")
    add("--cold", action="store_true", help="time building everything into an empty cache (up to 20 minutes)")
    add("--busy", type=_from(0), default=0, metavar="N", help="run N processes beside it that burn CPU")
    add("--write-figure", action="store_true", help="write the CPU seconds of this run to bench/figure.json")
    add("--json", type=Path, metavar="FILE", help="also write every number to this file")
    options = parser.parse_args()
    if options.busy and options.write_figure:
        parser.error("a figure is of a computer that does nothing else: leave out --busy or --write-figure")
    return options


def _from(least: int) -> Callable[[str], int]:
    """Return the reader of a number that is at least this."""

    def number(text: str) -> int:
        if int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return int(text)

    return number


def _measure(options: argparse.Namespace) -> None:
    lab, where = session.open_lab(command.LAB)
    found = results.Results(about={**computer.facts(lab.versions), "busy": str(options.busy)})
    report.facts(found.about)
    try:
        if options.cold:
            seconds, built = cold.build()
            found.series["build everything, cold cache"].append(seconds)
            print(cold.table(built), flush=True)
        components.ensure(lab.versions, report.progress_lines())
        box_image.ensure(report.progress_lines())
        image_store.ensure(image_store.of(lab.versions), report.progress_lines())
        if not options.alone:
            place.prepare(lab.versions, report.progress_lines())
        with busy.burning(options.busy):
            _runs(lab.versions, found, options)
    finally:
        if where.root.exists():
            command.run("lab.destroy", "--lab", command.LAB)
        results.show(found)  # also after a failure: the runs before it count
    if options.json:
        options.json.write_text(results.document(found), encoding="utf-8")
    if options.write_figure:
        results.keep(found)


def _runs(versions: model.VersionSet, found: results.Results, options: argparse.Namespace) -> None:
    """Run the lab and kubeadm in turn."""
    for left in reversed(range(options.pairs)):
        _lab(found, options, last=left == 0)
        if not options.alone:
            _peer(versions, found, best_case=options.best_case)


def _lab(found: results.Results, options: argparse.Namespace, *, last: bool) -> None:
    """Run the lab once; slow measures that do not vary are taken in the last run only."""
    lab = ("--lab", command.LAB)
    command.run("lab.destroy", *lab)
    try:
        done, usage = rise.up()
        answered = done.reached(rise.ANSWERS)
        found.add(results.LAB, rise.rows(done, usage), usage)
        found.series[results.FROM_ENTER].append(answered)
        found.series["lab.up, whole"].append(done.seconds)
        print(f"lab: {answered:.1f} s to a guestbook that answers", flush=True)
        healthy = time.monotonic()
        found.timelines[results.LAB] = rise.timeline(done)
        found.series["lab.up, nothing to do"].append(command.run("lab.up", *lab).seconds)
        found.series["lab.status"].append(command.run("lab.status", *lab).seconds)
        if last:
            report.heading("lab.up: phases")
            report.phases(done.events)
            _slow(found, options, healthy)
    finally:
        found.series["lab.destroy"].append(command.run("lab.destroy", *lab).seconds)


def _slow(found: results.Results, options: argparse.Namespace, healthy: float) -> None:
    if not options.no_memory:
        time.sleep(max(0.0, healthy + SETTLE - time.monotonic()))
        bytes_used = memory.of_lab(command.LAB)
        report.heading(f"memory without inactive file pages, {SETTLE:.0f} s after healthy")
        report.memory(bytes_used)
        found.series["memory together, MiB"].append(sum(bytes_used.values()) / 2**20)
    if options.test:
        found.series["lab.test"].append(command.run("lab.test", "--lab", command.LAB).seconds)


def _peer(versions: model.VersionSet, found: results.Results, *, best_case: bool) -> None:
    with place.place(versions, best_case=best_case) as wanted:
        marks_found, usage = peer.up(wanted)
    answered = peer.answered(marks_found)
    found.timelines[results.PEER] = marks_found
    found.add(results.PEER, peer.rows(marks_found, usage), usage)
    found.series[results.PEER_ANSWERS].append(answered)
    print(f"kubeadm: {answered:.1f} s to an application by DNS name", flush=True)


if __name__ == "__main__":
    main()
