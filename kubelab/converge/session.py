"""One run of one word on one lab: the word opens the lab once, and passes it down."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubelab import checks, errors, model, paths, providers
from kubelab.clients import patience
from kubelab.config import load
from kubelab.state import locks, subnets
from kubelab.ui import progress


@dataclass(frozen=True, kw_only=True)
class Session:
    """An opened lab as its administrator sees it, and the progress of the run. Enough for a word that only looks."""

    view: checks.View
    report: progress.Progress = field(default_factory=progress.Progress.chosen)

    @property
    def lab(self) -> model.Lab:
        """Return the lab as its file describes it."""
        return self.view.lab

    @property
    def where(self) -> paths.LabPaths:
        """Return the lab's places under build/."""
        return self.view.where


@dataclass(frozen=True, kw_only=True)
class Held(Session):
    """An opened lab whose lock this run holds.

    `lifecycle.up` and most functions that do what a changing word does take one: mypy refuses them a lab without its
    lock. Only `held` makes one, after it took the lock and before anything else was seen of the lab.
    """


@contextlib.contextmanager
def held(name: str, report: progress.Progress, *, rendered: bool = False, claim: bool = False) -> Iterator[Held]:
    """Hold a lab from the first look to the last write: LabError `lab-locked` names the run that holds it already.

    With `rendered` only a lab that has been rendered: `lab-absent`. `claim` as in `open_lab`.
    """
    with held_places(name):
        yield Held(view=_view(name, claim=claim, was_rendered=rendered), report=report)


@contextlib.contextmanager
def held_places(name: str) -> Iterator[paths.LabPaths]:
    """Hold a lab by its name alone: its file under labs/ may be gone."""
    where = paths.LabPaths(name=name)
    with locks.lab(name):
        yield where


def opened(name: str, report: progress.Progress | None = None, *, rendered: bool = False) -> Session:
    """Return a lab to look at, which needs no lock; `rendered` as in `held`."""
    view = _view(name, claim=False, was_rendered=rendered)
    return Session(view=view, report=report) if report else Session(view=view)


def _view(name: str, *, claim: bool, was_rendered: bool) -> checks.View:
    if was_rendered:
        rendered(name)
    lab, where = open_lab(name, claim=claim)
    patience.slower(lab.slowness)
    return checks.View.of(lab, where)


def open_lab(name: str, *, claim: bool = False) -> tuple[model.Lab, paths.LabPaths]:
    """Return the lab that a file under labs/ describes, and its places.

    Only rendering claims a network for a lab that names none; others get the one that it would be given.
    """
    spec = load.read(name)
    where = paths.LabPaths(name=spec.name)
    network = spec.network
    avoid, within = (network.pods, network.services), subnets.pools(spec.provider)
    return load.lab(spec, subnets.resolve(where, network.machines, claim=claim, within=within, avoid=avoid)), where


def rendered(name: str, machine: str | None = None) -> paths.LabPaths:
    """Return the places of a rendered lab that, if asked, has that machine; raise otherwise."""
    where = paths.LabPaths(name=name)
    if not where.kubeconfig.exists():
        raise errors.LabError("lab-absent", f"lab {name} has not been brought up")
    if machine and not where.box(machine).exists():
        names = sorted(path.name for path in where.box("").iterdir())
        raise errors.LabError(
            "machine-unknown", f"no machine {machine} in lab {name}", details=[f"has: {', '.join(names)}"]
        )
    return where


def refuse_absent(lab: model.Lab) -> tuple[providers.Box, ...]:
    """Return the boxes of a lab; raise LabError `lab-absent` if it has none."""
    boxes = providers.of(lab).boxes(lab.name)
    if not boxes:
        raise errors.LabError("lab-absent", f"lab {lab.name} has no boxes")
    return boxes


def refuse_stopped(view: checks.View) -> None:
    """Raise LabError `boxes-down` if a box of the lab does not run."""
    try:
        checks.boxes_run(view)
    except checks.Wrong as wrong:
        raise errors.LabError("boxes-down", f"lab {view.lab.name}: {wrong}") from wrong
