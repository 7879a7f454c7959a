"""Shows on a terminal what each box is doing while a lab comes up."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from kubelab import checks, model
from kubelab.clients import doors, ssh
from kubelab.render import roles
from kubelab.ui import progress

INTERVAL = 2.0
"""Seconds between two looks at a box: a look takes some of the time that the box needs for itself."""
PATIENCE = 4.0
ASK = "tail -qn 1 /var/lib/kubelab/timeline.tsv; systemctl show --property=Id,ActiveState kubelab-apply.service"


@contextlib.contextmanager
def boxes(view: checks.View, report: progress.Progress) -> Iterator[None]:
    """Show the detail of every box while the block runs; on a terminal only."""
    if report.style is not progress.Style.TERMINAL:
        yield
        return
    over = threading.Event()
    threads = [
        threading.Thread(target=_watch, args=(view, machine, report, over), daemon=True)
        for machine in view.lab.machines
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        report.boxes.clear()


def _watch(view: checks.View, machine: model.Machine, report: progress.Progress, over: threading.Event) -> None:
    report.box(machine.name, "starting")
    while not over.wait(INTERVAL):
        try:
            command = f"{ASK} {' '.join(roles.units(machine.kind))}"
            said = ssh.run(view.where, machine, command, timeout=PATIENCE)
        except doors.DoorError:
            continue  # not yet
        if not over.is_set():
            report.box(machine.name, doing(said))


def doing(said: str) -> str:
    """Return in a few words what a box is doing: its last step, and its units that do not run yet."""
    last, *blocks = said.split("Id=")
    rows = [block.strip().partition("\nActiveState=") for block in blocks]
    states = {name: state for name, _, state in rows}
    applied = states.pop("kubelab-apply.service", "") == "active"
    waiting = [name.removesuffix(".service") for name, state in states.items() if state != "active"]
    step = " ".join(word.rpartition("/")[2].removesuffix(".tar") for word in last.strip().split("\t")[-1].split()[:2])
    begun = "folder applied" if applied else f"done: {step}" if step else "starting"
    return f"{begun}; waits for {', '.join(waiting)}" if waiting else begun
