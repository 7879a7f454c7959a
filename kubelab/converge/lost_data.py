"""What becomes of the data of a lost node: add-ons save what they can, and folders are made for what is gone."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kubelab import checks, model, providers
from kubelab.clients import doors, ssh
from kubelab.converge import guestbook_entries, observed
from kubelab.render import addons, volumes
from kubelab.ui import progress

MAKE = """sudo sh -c 'for path; do test -d "$path" || { install -d -m 0777 "$path" && echo "$path"; }; done' sh"""


@dataclass(frozen=True, kw_only=True)
class Rescue:
    """How an add-on saves its data before lost workers are created: the phase's name, and the step.

    The step returns in words what it saved; it raises `DoorError` or ValueError if it can save nothing.
    """

    phase: str
    save: Callable[[checks.View, Sequence[model.Machine]], str]


RESCUES: Mapping[model.Addon, Rescue] = {
    model.Addon.GUESTBOOK: Rescue(phase="entries of a lost worker", save=guestbook_entries.save),
}


def rescue(view: checks.View, states: Mapping[str, observed.State], report: progress.Progress) -> None:
    """Let the lab's add-ons save their data before workers are created whose volumes are gone.

    Reports what was saved, and what could not be: a new lab has nothing to save.
    """
    if providers.Act.SEED in providers.of(view.lab).cannot:
        return
    created = _created(view, states)
    there = set(providers.of(view.lab).volumes(view.lab.name)) if created else set()
    lost = [machine for machine in created if machine in view.lab.workers and not set(machine.data) & there]
    if not lost or not there:
        return
    for addon, row in RESCUES.items():
        if addon not in view.lab.addons:
            continue
        with report.phase(row.phase) as phase:
            try:
                phase.done(row.save(view, lost))
            except (doors.DoorError, ValueError) as problem:
                phase.done(f"none could be saved: {problem}")


def _created(view: checks.View, states: Mapping[str, observed.State]) -> list[model.Machine]:
    """Return the nodes with volumes that are about to be created in a lab that is not new."""
    created = [view.lab_machine(name) for name, state in states.items() if state is observed.State.CREATE]
    if len(created) == len(view.lab.machines):
        return []
    return [machine for machine in created if addons.has_volumes(view.lab, machine)]


class Folders:
    """Makes folders for the volumes of lost nodes, once these are back: their pods would wait for ever."""

    def __init__(self, view: checks.View, states: Mapping[str, observed.State], report: progress.Progress) -> None:
        """Watch for the nodes that `states` creates; each call does what is possible by now."""
        self._view = view
        self._report = report
        self._left = _created(view, states)

    def __call__(self) -> None:
        """Look whether a remaining node answers, and report the data that went with it."""
        for machine in tuple(self._left):
            try:
                empty = self._made(machine)
            except doors.DoorError:
                continue
            self._left.remove(machine)
            if empty:
                self._report.say(f"   {machine.name} came back without its data: {', '.join(empty)} begins empty")

    def _made(self, machine: model.Machine) -> list[str]:
        """Make a node's missing folders; return their claims."""
        found = volumes.on(self._view.api.items(volumes.COLLECTION), machine.name)
        claims = {volumes.path(row): row["spec"].get("claimRef") for row in found if volumes.folder(row)}
        if not claims:
            return []
        said = ssh.run(self._view.where, machine, f"{MAKE} {shlex.join(claims)}")
        named = [claims[path] for path in said.split() if claims.get(path)]
        return [f"{claim['namespace']}/{claim['name']}" for claim in named if claim]
