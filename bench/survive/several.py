"""Harms of a lab with several etcd members and control planes: its leading machines, and more of them than may go."""

from __future__ import annotations

import time

from bench.survive import harms, stage
from kubelab import checks, diagnosis, model, providers
from kubelab.checks import high_availability, wait
from kubelab.clients import ssh

AWAY = 25.0
"""Seconds for which a machine has no power before somebody types `lab.up`."""
CUT = 40.0
"""Seconds for which a machine is off the network."""
HOPELESS = 15.0
"""Seconds for which too many members are away."""
NO_QUORUM = "etcd-no-quorum"
"""The cause that `lab.why` names then."""
LEADER = f"{high_availability.ETCDCTL.format('endpoint status --write-out=fields')} | grep -E 'ID|Leader'"


def holder(on: stage.Stage) -> list[model.Machine]:
    """Return the control plane that has the virtual address."""
    return [_plane(on, has=True)]


def other_plane(on: stage.Stage) -> list[model.Machine]:
    """Return a control plane that has not got it."""
    return [_plane(on, has=False)]


def leading(on: stage.Stage) -> list[model.Machine]:
    """Return the etcd member that leads."""
    return [_member(on, leads=True)]


def following(on: stage.Stage) -> list[model.Machine]:
    """Return an etcd member that follows."""
    return [_member(on, leads=False)]


def leading_and_following(on: stage.Stage) -> list[model.Machine]:
    """Return two of three etcd members, the leading one among them."""
    return [_member(on, leads=True), _member(on, leads=False)]


def _plane(on: stage.Stage, *, has: bool) -> model.Machine:
    found = high_availability.holders(on.view)
    return next(machine for machine in on.view.lab.control_plane if found[machine.name] is has)


def _member(on: stage.Stage, *, leads: bool) -> model.Machine:
    return next(machine for machine in on.view.lab.etcd if does_lead(on.view, machine) is leads)


def does_lead(view: checks.View, machine: model.Machine) -> bool:
    """Return whether an etcd member leads now."""
    rows = dict(line.split(" : ") for line in ssh.run(view.where, machine, LEADER).replace('"', "").splitlines())
    return rows["MemberID"] == rows["Leader"]


def lose_quorum(on: stage.Stage) -> harms.Done:
    """Cut the power of two of three etcd members: the lab says that too few are left, and `lab.up` mends it."""
    away = leading_and_following(on)
    providers.of(on.view.lab).cut_power([machine.container for machine in away])
    time.sleep(HOPELESS)
    _, verdict = diagnosis.diagnose(on.view)
    causes = [row.cause for row in verdict.found]
    if NO_QUORUM not in causes:
        raise stage.NeverWhole(f"two of three etcd members are away, and lab.why says {', '.join(causes) or 'nothing'}")
    begin = time.monotonic()
    on.up()
    return harms.Done(since=begin, word="Enter of `lab.up`", notes=[f"meanwhile `lab.why` named {NO_QUORUM}"])


def restart_all(on: stage.Stage) -> harms.Done:
    """Restart every machine, one at a time: the next one when the one before serves again."""
    provider, begin = providers.of(on.view.lab), time.monotonic()
    for machine in on.view.lab.machines:
        provider.restart([machine.container])
        if ill := wait.well(on.view, stage.PATIENCE, lambda _: None):
            raise stage.NeverWhole("; ".join(ill))
    note = f"{len(on.view.lab.machines)} machines in {time.monotonic() - begin:.0f} s"
    return harms.Done(since=time.monotonic(), word="the last one was back", notes=[note])
