"""Injects a fault, clears all of them, lists the active ones. Callers hold the lab's lock."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from dataclasses import dataclass

from kubelab import checks, errors, model
from kubelab.checks import wait
from kubelab.clients import doors, vagrant
from kubelab.converge import bring_up, etcd_clients, stuck_kubelet
from kubelab.faults import bad_certificates, catalogue, detectors, fault, fault_scripts, injected, targets
from kubelab.faults import undo as undoing
from kubelab.ui import progress

HEALTHY = 240.0
"""Seconds for a cleared lab to be well again; 60 are usual if the API server was down."""
PODS = "/api/v1/namespaces/{namespace}/pods"


@dataclass(frozen=True, kw_only=True)
class Active:
    """An active fault of a lab."""

    row: fault.Fault
    machine: model.Machine
    entry: injected.Entry


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """The cleared faults, last injected first, and the seconds until the lab was well again."""

    faults: tuple[Active, ...]
    undone: float
    """Seconds until every script had run."""
    healthy: float
    """Seconds until all checks held."""


def active(view: checks.View) -> tuple[Active, ...]:
    """Return the active faults, interrupted ones included, in the order of injection."""
    return tuple(
        Active(row=catalogue.find(entry.fault), machine=view.lab_machine(entry.machine), entry=entry)
        for entry in injected.entries(view.where)
    )


def inject(
    view: checks.View,
    name: str,
    machine: model.Machine | None = None,
    seed: int = 0,
    *,
    options: Mapping[str, str] | None = None,
    force: bool = False,
) -> Active:
    """Inject a fault; the seed chooses machine and options that are not given.

    Raises `fault-unknown`, `fault-misplaced`, `fault-active` for a second injection of it, `fault-degraded` for a lab
    that is not well without any fault (unless `force`), `fault-failed` when a box refused.
    """
    row, there = catalogue.find(name), active(view)
    if not (there or force):
        _refuse_degraded(view)
    choice = targets.choose(view, row, machine, seed, options)
    _refuse_twice(there, row, choice.machine)
    now = datetime.datetime.now(datetime.UTC)
    order = bad_certificates.Order(
        lab=view.lab, where=view.where, machine=choice.machine, options=choice.options, now=now
    )
    brought = fault_scripts.packed(bad_certificates.MAKERS[row.material](order)) if row.material else b""
    entry = injected.Entry(
        number=0, fault=name, machine=choice.machine.name, seed=seed, options=choice.options, at=now.isoformat()
    )
    given = fault_scripts.text(fault_scripts.read(row, "inject"), choice.options, brought)
    try:
        objects = [path.format(**choice.options) for path in row.objects]
        entry = injected.begin(
            view.where, entry, fault_scripts.originals(view.where, choice.machine, row.files, objects)
        )
        fault_scripts.run(view.where, choice.machine, row, "inject", given)
        _renew(view, row, choice.machine)
    except doors.DoorError as problem:
        raise errors.LabError("fault-failed", f"{name} could not be injected", details=[problem]) from problem
    return Active(row=row, machine=choice.machine, entry=injected.finish(view.where, entry))


def clear(view: checks.View, report: progress.Progress, *, until_well: bool = True) -> Cleared:
    """Undo every fault, the last one first, and (with `until_well`) wait until the lab is well; may be repeated.

    Raises `fault-failed` when a box could not be reached, `lab-not-ready` when the lab does not recover in time.
    """
    begun, there = time.monotonic(), active(view)[::-1]
    if there:
        _start(view, report)
    for one in there:
        with report.phase(f"clear {one.row.name}") as phase:
            phase.done(one.machine.name)
            undo(view, one, report)
    undone = time.monotonic() - begun
    wanted = {name: check for one in there for name, check in detectors.of(one.row, one.machine).items()}
    if there and until_well:
        etcd_clients.wake(view)
        wait.wait(view, {"well again": detectors.check_health, **wanted}, report, HEALTHY)
    return Cleared(faults=there, undone=undone, healthy=time.monotonic() - begun)


def _start(view: checks.View, report: progress.Progress) -> None:
    """Start stopped boxes: `lab.up` would first wait for a lab that cannot be well with its fault."""
    if wait.failure(view, checks.boxes_run):
        with report.phase("start the boxes") as phase:
            vagrant.Machines(view.lab, view.where).up(phase.update)
        wait.wait(view, {"boxes answer": bring_up.boxes_answer}, report, HEALTHY)


def undo(view: checks.View, one: Active, report: progress.Progress) -> None:
    """Undo one fault, whichever else is active; raises `fault-failed` when a box could not be reached."""
    script, values = undoing.of(view, one.row, one.machine, one.entry.options)
    given = fault_scripts.text(script, values, injected.originals(view.where, one.entry))
    try:
        fault_scripts.run(view.where, one.machine, one.row, "clear", given)
        if stuck_kubelet.MANIFEST in one.row.files:
            stuck_kubelet.wake(view.where, one.machine)
        if one.row.renews:
            wait.wait(view, {"API server": checks.api_ready}, report, HEALTHY)
            _renew(view, one.row, one.machine, unready=True)
    except doors.DoorError as problem:
        raise errors.LabError("fault-failed", f"{one.row.name} could not be cleared", details=[problem]) from problem
    injected.forget(view.where, one.entry)


def _renew(view: checks.View, row: fault.Fault, machine: model.Machine, *, unready: bool = False) -> None:
    """Delete the pods that the fault should affect now; or, with `unready`, those that still suffer from it."""
    if row.renews is None:
        return
    where = PODS.format(namespace=row.renews.namespace)
    for pod in view.api.items(where, labelSelector=row.renews.selector):
        here = pod["spec"].get("nodeName") == machine.name or not row.renews.same_node
        if here and not (unready and checks.condition(pod, "Ready")):
            view.api.request("DELETE", f"{where}/{pod['metadata']['name']}", None, gracePeriodSeconds="1")


def _refuse_degraded(view: checks.View) -> None:
    try:
        detectors.check_health(view)
    except checks.Wrong as seen:
        what = f"lab {view.lab.name} is not well"
        raise errors.LabError("fault-degraded", what, details=str(seen).split("; ")) from seen


def _refuse_twice(there: tuple[Active, ...], row: fault.Fault, machine: model.Machine) -> None:
    for one in there:
        if one.row.name == row.name and one.machine.name == machine.name:
            state = "is active" if one.entry.done else "was interrupted while it was injected"
            what = f"{row.name} {state} on {machine.name}, since {one.entry.at}"
            raise errors.LabError("fault-active", what)
