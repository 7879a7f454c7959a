"""Which etcd members and API servers serve now, and the turns in which they may be restarted."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from kubelab import checks, errors, model
from kubelab.checks import high_availability, wait
from kubelab.clients import patience, ssh

TIMEOUT = 120.0
"""Seconds for a machine to serve again once it has applied its folder; an API server takes some ten."""


def names(view: checks.View, kind: model.Kind, machines: Sequence[model.Machine]) -> list[str]:
    """Return the names of those that serve now: a member that reads with a quorum, an API server that is ready."""
    if kind is model.Kind.ETCD:
        command = high_availability.ETCDCTL.format("endpoint health")
        said = ssh.each(machines, lambda machine: ssh.run(view.where, machine, command, timeout=10))
        return [name for name, answer in said.items() if isinstance(answer, str)]
    looks = {machine.name: functools.partial(high_availability.ready, machine=machine) for machine in machines}
    return [name for name, look in looks.items() if wait.failure(view, look) is None]


Turns = tuple[tuple[model.Machine, ...], tuple[model.Machine, ...]]


def turns(view: checks.View, boxes: Sequence[model.Machine], *, whole: bool = False) -> Turns:
    """Return the boxes that apply their folders one after the other, in order, and those that do so together.

    The first are etcd members and control planes of several that all serve now. Where one does not, they may need each
    other's new files to serve again, as after their certificates have expired. With `whole` every machine of their
    kind has to serve, also one that has nothing to do.
    """
    alone: list[model.Machine] = []
    for kind in (model.Kind.ETCD, model.Kind.CONTROL_PLANE):
        mine = [machine for machine in boxes if machine.kind is kind]
        asked = view.lab.of_kind(kind) if whole and mine else mine
        if len(view.lab.of_kind(kind)) > 1 and len(names(view, kind, asked)) == len(asked):
            alone += mine
    return tuple(alone), tuple(machine for machine in boxes if machine not in alone)


def await_again(view: checks.View, machine: model.Machine) -> None:
    """Wait until a machine serves that has applied its folder; LabError `apply-failed` if it does not."""
    for _ in patience.polls(patience.seconds(TIMEOUT)):
        if names(view, machine.kind, [machine]):
            return
    what = f"{machine.name} does not serve after its change; the machines after it are as they were"
    raise errors.LabError("apply-failed", what)
