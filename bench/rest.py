"""Measures labs at rest: the processors that each box takes, and what a pause costs and leaves behind."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import cgroups, command
from kubelab import providers
from kubelab.checks import wait
from kubelab.converge import session
from kubelab.lab import pausing
from kubelab.ui import progress

MOST = 60.0
"""Seconds after a resume for which a lab is looked at."""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """One pause of one lab, in seconds: to pause it, the pause, a word that resumed it, and until it was well again."""

    pause: float
    paused: float
    word: float
    well: float
    idle_cpus: float
    """Processors that its boxes took while it was paused."""
    replaced: int
    """Pods that were there before, and not afterwards: evicted ones would be replaced."""


def by_box(labs: Sequence[str], seconds: float) -> dict[str, float]:
    """Return box to the processors that it takes during these seconds, each as `LAB/MACHINE`, with everything in it."""
    groups = {
        f"{lab}/{box.machine}": cgroups.of_process(box.process, box.ident, "cpuacct")
        for lab in labs
        for box in providers.boxes(lab)
        if box.runs
    }
    before, begin = {name: cgroups.cpu_seconds(group) for name, group in groups.items() if group}, time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - begin
    return {name: (cgroups.cpu_seconds(group) - before[name]) / passed for name, group in groups.items() if group}


def per_lab(boxes: Mapping[str, float]) -> dict[str, float]:
    """Return lab to the processors of all its boxes."""
    labs = sorted({name.partition("/")[0] for name in boxes})
    return {lab: sum(taken for name, taken in boxes.items() if name.startswith(f"{lab}/")) for lab in labs}


def pause(lab: str, seconds: float) -> Pause:
    """Pause a lab that is well, let a word resume it, and wait until it is well again."""
    pods, begin = _pods(lab), time.monotonic()
    with session.held(lab, progress.Progress.silent(), rendered=True) as held:
        pausing.pause(held)
    took = time.monotonic() - begin
    frozen = time.monotonic()
    taken = sum(by_box([lab], seconds).values())
    begin = time.monotonic()
    done = command.run("lab.env", "--lab", lab)
    return Pause(
        pause=took,
        paused=begin - frozen,
        word=done.seconds,
        well=_well(lab, begin),
        idle_cpus=taken,
        replaced=len(pods - _pods(lab)),
    )


def _well(lab: str, begin: float) -> float:
    """Return the seconds from `begin` to the first of two looks in a row that find the lab well; later than `FIRST`."""
    view = session.opened(lab).view
    since: float | None = None
    while time.monotonic() - begin < MOST:
        now = time.monotonic() - begin
        if wait.ill(view):
            since = None
        elif since is None:
            since = now
        elif now > pausing.FIRST:
            return since
        time.sleep(wait.GAP)
    raise command.CommandFailed(f"lab {lab} was not well {MOST:.0f} s after its pause")


def _pods(lab: str) -> set[str]:
    found = session.opened(lab).view.api.items("/api/v1/pods")
    return {str(pod["metadata"]["uid"]) for pod in found}
