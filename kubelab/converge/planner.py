"""Gathers the input of a plan: the lab rendered in memory, its present state, and its state before."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kubelab import checks, model, paths, providers
from kubelab.clients import doors, kube_api
from kubelab.converge import compose, etcd_members, lost_keys, observed, upgrade_parts
from kubelab.converge import plan as plans
from kubelab.render import addons, files_tsv, objects_tsv
from kubelab.state import workspace

PATIENCE = 1.0
"""Seconds for the API to list the applied objects: a sick lab needs a plan, too."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """All that `lab.up` needs to know before it acts."""

    rendered: compose.Rendering
    there: observed.Observed
    plan: plans.Plan


def prepare(view: checks.View, *, upgraded: bool = False) -> Prepared:
    """Return the plan; nothing is written, started or claimed.

    Parts of another minor version stay at it, unless the plan is that of the lab when it is `upgraded`. Raises
    `keys-lost`, `change-refused`, `upgrade-refused` and `lab-elsewhere`, as `lab.up` would.
    """
    refuse(view.lab, view.where)
    ahead = upgrade_parts.parts(view.lab) if upgraded else ()
    rendered = compose.compose(view.lab, view.where, ahead=ahead)
    there = observed.observe(view, compose.run_box(view.lab))
    records = {name: found.record or "" for name, found in there.boxes.items()}
    upgrade_parts.refuse_records(
        view.lab, view.where, records, lambda name: rendered.of_box(name, files_tsv.NAME).decode()
    )
    before = plans.Before(
        content=last(view.where), applied=applied(view, there), programs=workspace.links(view.where.bin)
    )
    found = plans.of(rendered, there, before)
    if upgraded:
        found = dataclasses.replace(found, items=(*_upgrades(view), *found.items))
    return Prepared(rendered=rendered, there=there, plan=found)


def _upgrades(view: checks.View) -> Iterator[plans.Item]:
    """Yield the parts that are upgraded, one after the other."""
    for part, change in upgrade_parts.steps(view.lab, view.where):
        drains = part.role is upgrade_parts.Role.NODE
        reason = f"{change}{'; drained before, takes pods again after' if drains else ''}"
        yield plans.Item(where=plans.UPGRADE, action=plans.Action.UPGRADE, what=part.title, reason=reason)


def refuse(lab: model.Lab, where: paths.LabPaths) -> None:
    """Refuse a loss of the lab's data: missing keys, and changes of keys that its data depends on.

    The data may be on another provider than the one that the lab file names now.
    """
    there = providers.volumes(lab.name)
    if there and not (where.keys / "kubernetes/ca.key").exists():
        observed.refuse_roots(lab.name, observed.roots(providers.boxes(lab.name)))
    lost_keys.read_keys(lab, where, datetime.datetime.now(datetime.UTC))
    compose.refuse_changed(lab, where)
    if there:
        etcd_members.refuse_lost(lab, where, providers.of(lab).volume_machines(lab.name))
    upgrade_parts.refuse(lab, where, data=bool(there))


def last(where: paths.LabPaths) -> Callable[[str, str], bytes | None]:
    """Return a reader of a box's last rendered files: machine and path below its folder to content."""

    def content(machine: str, path: str) -> bytes | None:
        file = where.box(machine) / path
        return file.read_bytes() if file.is_file() else None

    return content


def applied(view: checks.View, there: observed.Observed) -> tuple[objects_tsv.Object, ...]:
    """Return the applied objects from the cluster's record; for a stopped lab, as last rendered."""
    first = view.lab.control_plane[0].name
    if any(there.boxes[machine.name].state is observed.State.EQUAL for machine in view.lab.control_plane):
        try:
            return record(kube_api.Api.of(view.where, view.lab.api_endpoint, timeout=PATIENCE))
        except doors.DoorError:
            pass
    if all(found.state is observed.State.CREATE for found in there.boxes.values()):
        return ()
    rows = last(view.where)(first, f"files{addons.OBJECTS}")
    return objects_tsv.parse((rows or b"").decode())


def record(door: kube_api.Api) -> tuple[objects_tsv.Object, ...]:
    """Return the applied objects from the cluster's record; none without one. Raises the door's errors."""
    try:
        return objects_tsv.parse(objects_tsv.recorded(door.get(objects_tsv.RECORD)) or "")
    except kube_api.Refused as problem:
        if problem.status == 404:
            return ()
        raise
