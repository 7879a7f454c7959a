"""Gives a box up with its volumes, so that `lab.up` makes it anew: `lab.up --replace BOX`."""

from __future__ import annotations

import contextlib

from kubelab import checks, errors, model, paths, providers
from kubelab.clients import doors, vagrant
from kubelab.converge import etcd_members, rolling, session

LOST: dict[model.Kind, str] = {
    model.Kind.ETCD: "the other members give the new one their data",
    model.Kind.CONTROL_PLANE: "it kept nothing that the cluster needs",
    model.Kind.WORKER: "what pods kept on it begins empty",
}


def give_up(held: session.Held, name: str) -> None:
    """Remove a machine's box and volumes; an interrupted run is finished by any `lab.up`.

    Raises LabError `machine-unknown` for another name, `lab-absent` without boxes, `replace-refused` where the rest of
    the lab could not go on.
    """
    machine = next((one for one in held.lab.machines if one.name == name), None)
    if machine is None:
        names = ", ".join(one.name for one in held.lab.machines)
        raise errors.LabError("machine-unknown", f"no machine {name} in lab {held.lab.name}", details=[f"has: {names}"])
    provider = providers.of(held.lab)
    boxes = session.refuse_absent(held.lab)
    refuse(held.view, machine)
    with held.report.phase(f"remove {name}") as phase:
        provider.remove_boxes([box.ident for box in boxes if box.machine == name])
        provider.remove_volumes(provider.volumes(held.lab.name, name))
        vagrant.forget(machine.vagrant_name)
        if machine.kind is model.Kind.ETCD:
            with contextlib.suppress(doors.DoorError, ValueError):  # lab.up tries it again
                etcd_members.remove(held.view, name)
        phase.done(f"with its volumes; {LOST[machine.kind]}")


def refuse(view: checks.View, machine: model.Machine) -> None:
    """Raise LabError `replace-refused` if too few others of the machine's kind serve to do without it."""
    others = [one for one in view.lab.of_kind(machine.kind) if one is not machine]
    if machine.kind is model.Kind.WORKER or (machine.kind is model.Kind.CONTROL_PLANE and not others):
        return
    if not others:
        option = paths.lab_option(view.lab.name)
        raise errors.LabError(
            "replace-refused",
            f"{machine.name} is the only member of etcd: the cluster's data is in its volume and nowhere else",
            remedy=f"./run checkpoint.list{option}; ./run checkpoint.restore NAME{option} puts saved data back",
        )
    there = rolling.names(view, machine.kind, others)
    needed = etcd_members.quorum(len(others) + 1) if machine.kind is model.Kind.ETCD else 1
    if len(there) < needed:
        silent = ", ".join(one.name for one in others if one.name not in there)
        rows = [f"serving beside {machine.name}: {len(there)}, needed: {needed}; not serving: {silent}"]
        raise errors.LabError("replace-refused", f"the lab cannot go on without {machine.name}", details=rows)
