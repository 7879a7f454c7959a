"""The effect of changing each key of the lab file in an existing lab, and the changes that are refused."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from kubelab import errors, model, pages


class Effect(enum.StrEnum):
    """The effect of a changed key on a lab that has data."""

    LIVE = "live"
    RESTART = "restart"
    RECREATE = "recreate"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One key: its effect, and a sentence about it."""

    effect: Effect
    what: str


_KEPT = "etcd's data, certificates and every node know it"
_SIZE = Row(effect=Effect.RECREATE, what="that kind's boxes are made anew, one name and its volumes each")
_COUNTED = (
    "between one and several: it is another lab, copy the file under another name and bring that up, or ./run "
    "lab.destroy first; "
)
_UPGRADED = (
    f"the next minor version: an upgrade, one machine at a time ({pages.UPGRADE}); within one, software is linked "
    "anew, and the units and pods that run it restart; two minor versions at once, or back, are refused"
)
_NAMED = Row(effect=Effect.REFUSED, what="the machine's volumes and its data go by its name")
_ADDRESSED = Row(effect=Effect.REFUSED, what="every other box knows its address")
_MOVED = Row(effect=Effect.RECREATE, what="the boxes whose address changed are made anew with their volumes")
_RENAMED = Row(effect=Effect.RECREATE, what="the old workers are drained and destroyed, new ones are made")
_STOCK = Row(
    effect=Effect.RECREATE, what="lab.up starts no such machine: `vagrant destroy`, ./run boxes.make, `vagrant up`"
)

CLASSES: Mapping[str, Row] = {
    "versions": Row(effect=Effect.RESTART, what=_UPGRADED),
    "provider": Row(effect=Effect.REFUSED, what="boxes of one provider are none of another's"),
    "driver": Row(effect=Effect.RECREATE, what="the virtual machines are made anew with their volumes"),
    "box.system": _STOCK,
    "box.name": _STOCK,
    "box.url": _STOCK,
    "network.machines": Row(effect=Effect.REFUSED, what=_KEPT),
    "network.pods": Row(effect=Effect.REFUSED, what="pods and flannel's leases have addresses of it"),
    "network.services": Row(effect=Effect.REFUSED, what="services have addresses of it"),
    "network.domain": Row(effect=Effect.REFUSED, what="running pods and the tokens in them carry it"),
    "network.api": Row(effect=Effect.REFUSED, what="certificates and every kubeconfig carry it"),
    "machines.etcd.count": Row(effect=Effect.REFUSED, what=f"{_COUNTED}from 3 to 5 or back live, one member at a time"),
    "machines.etcd.memory": _SIZE,
    "machines.etcd.cpus": _SIZE,
    "machines.etcd.name": _NAMED,
    "machines.etcd.names": _NAMED,
    "machines.etcd.octet": _ADDRESSED,
    "machines.etcd.addresses": _ADDRESSED,
    "machines.control-plane.count": Row(
        effect=Effect.REFUSED, what=f"{_COUNTED}from 2 to 5 or back live, one control plane at a time"
    ),
    "machines.control-plane.memory": _SIZE,
    "machines.control-plane.cpus": _SIZE,
    "machines.control-plane.name": _NAMED,
    "machines.control-plane.names": _NAMED,
    "machines.control-plane.octet": _ADDRESSED,
    "machines.control-plane.addresses": _ADDRESSED,
    "machines.worker.count": Row(
        effect=Effect.LIVE, what="a worker is added, or drained, deleted and destroyed with its volumes"
    ),
    "machines.worker.memory": _SIZE,
    "machines.worker.cpus": _SIZE,
    "machines.worker.name": _RENAMED,
    "machines.worker.names": _RENAMED,
    "machines.worker.octet": _MOVED,
    "machines.worker.addresses": _MOVED,
    "tools": Row(effect=Effect.LIVE, what="programs are put into the lab's bin folder; others are taken out of it"),
    "dashboard": Row(effect=Effect.LIVE, what="the one web UI takes the other's place, under the same names"),
    "addons": Row(effect=Effect.LIVE, what="objects are applied; those of an add-on that is gone are deleted"),
}


COUNTED = (model.Kind.ETCD, model.Kind.CONTROL_PLANE)


def kept(lab: model.Lab) -> dict[str, str]:
    """Return what a lab with data must not change: keys of the lab file to their values."""
    network = lab.network
    found = {
        "provider": str(lab.provider),
        "network.machines": str(network.machines),
        "network.pods": str(network.pods),
        "network.services": str(network.services),
        "network.domain": network.domain,
    }
    for kind in COUNTED:
        machines = lab.of_kind(kind)
        found[f"machines.{kind}.names"] = ", ".join(machine.name for machine in machines)
        found[f"machines.{kind}.addresses"] = ", ".join(str(machine.address) for machine in machines)
    if lab.virtual:
        found["network.api"] = str(lab.virtual)
    return found


def refuse(lab: model.Lab, before: Mapping[str, str]) -> None:
    """Raise `change-refused` if the lab file changes what a lab with data keeps; `before` is an earlier `kept`.

    A key that `before` lacks (another version wrote it) counts as unchanged.
    """
    changed = {key: (before[key], value) for key, value in kept(lab).items() if before.get(key, value) != value}
    for kind in COUNTED:
        if _among_several(kind, {**before, **kept(lab)}, before):
            changed = {key: value for key, value in changed.items() if not key.startswith(f"machines.{kind}.")}
    rows = [f"{key}: {was} -> {value} ({CLASSES[key].what})" for key, (was, value) in _counted(changed).items()]
    rows += _of_another_kind(lab, before)
    if rows:
        raise errors.LabError("change-refused", f"lab {lab.name} cannot be changed like this", details=rows)


def _of_another_kind(lab: model.Lab, before: Mapping[str, str]) -> list[str]:
    """Return a row for each machine with the name of one that was of another kind: its box would be taken for that,
    and neither leave the cluster nor lose the taint of a control plane."""
    was = {name: kind for kind in COUNTED for name in before.get(f"machines.{kind}.names", "").split(", ")}
    found = [machine for machine in lab.machines if was.get(machine.name, machine.kind) is not machine.kind]
    return [f"machines.{one.kind}: {one.name} was of kind {was[one.name]} ({_NAMED.what})" for one in found]


def _among_several(kind: model.Kind, now: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Return whether only the number of a kind's machines changed, and it was and is more than one."""
    for key in (f"machines.{kind}.names", f"machines.{kind}.addresses"):
        was, wanted = (values.get(key, "").split(", ") for values in (before, now))
        least = min(len(was), len(wanted))
        if least < 2 or was[:least] != wanted[:least]:
            return False
    return True


def _counted(changed: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return the changes; where the number of a kind's machines differs, that stands for their names and addresses."""
    found = dict(changed)
    for kind in COUNTED:
        was, now = (len(names.split(", ")) for names in changed.get(f"machines.{kind}.names", ("", "")))
        if was != now:
            found = {key: value for key, value in found.items() if not key.startswith(f"machines.{kind}.")}
            found[f"machines.{kind}.count"] = str(was), str(now)
    return found
