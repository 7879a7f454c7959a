"""Checks of a lab with several etcd members or control planes; a lab with one of each has none of them."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping

from kubelab import model
from kubelab.checks.view import Check, Silent, View, Wrong, all_of, asked, told
from kubelab.clients import kube_api, ssh

ETCDCTL = "sudo sh -ac '. /etc/etcd/etcdctl.env; /opt/bin/etcdctl {}'"
"""A command of etcdctl in a member's box, with the box's own credentials."""
MEMBERS = "member list --write-out=json"
MEMBER, SERVER, ADDRESS = "etcd of {}", "API server of {}", "virtual address"
"""The names of the checks of one machine, and of the address that several share."""


def each(lab: model.Lab) -> Mapping[str, Check]:
    """Return a check by name for each of several etcd members and API servers, and for the address."""
    members = lab.etcd if len(lab.etcd) > 1 else ()
    planes = lab.control_plane if lab.virtual else ()
    rows: dict[str, Check] = {MEMBER.format(one.name): functools.partial(_member_knows, machine=one) for one in members}
    rows |= {SERVER.format(one.name): functools.partial(ready, machine=one) for one in planes}
    return rows | ({ADDRESS: address_held} if planes else {})


def wanted(lab: model.Lab) -> Mapping[str, Check]:
    """Return the checks by name that a lab has beyond those of every healthy lab."""
    members: dict[str, Check] = {"etcd members": members_agree} if len(lab.etcd) > 1 else {}
    planes: dict[str, Check] = {"API servers": servers_ready, ADDRESS: address_held} if lab.virtual else {}
    return {**members, **planes}


def members_agree(view: View) -> None:
    """Every etcd member names exactly the lab's members, each of which has started and votes."""
    all_of([functools.partial(_member_knows, view, machine) for machine in view.lab.etcd])


def _member_knows(view: View, machine: model.Machine) -> None:
    said = told(view, machine, ETCDCTL.format(MEMBERS), named="etcdctl member list")
    try:
        rows = json.loads(said)["members"]
        # A member that has not started yet has no name.
        found = {row.get("name") or "one without a name": row for row in rows}
        learning = sorted(name for name, row in found.items() if row.get("isLearner"))
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        raise Silent(f"{machine.name} lists its members in another way: {said[:100]!r}") from problem
    names = {member.name for member in view.lab.etcd}
    if set(found) != names:
        raise Wrong(f"{machine.name} knows {', '.join(sorted(found))}; the lab has {', '.join(sorted(names))}")
    if learning:
        raise Wrong(f"{', '.join(learning)} has no vote yet")


def servers_ready(view: View) -> None:
    """The API server of every control plane reports, at its machine's own address, that it is ready."""
    all_of([functools.partial(ready, view, machine) for machine in view.lab.control_plane])


def ready(view: View, machine: model.Machine) -> None:
    """The API server of one control plane reports, at its machine's own address, that it is ready."""
    door = kube_api.Api.of(view.where, f"https://{machine.address}:{model.API_PORT}")
    try:
        reply = asked(lambda: door.request("GET", "/readyz"))
    except Silent as problem:
        raise Silent(f"{machine.name}: {problem}", late=problem.late) from problem
    if not reply.ok:
        raise Wrong(f"/readyz of {machine.name} says {reply.status_code}")


def address_held(view: View) -> None:
    """Exactly one control plane has the API's virtual address."""
    found = holders(view)
    having = sorted(name for name, has in found.items() if has is True)
    silent = [f"{name}: {has}" for name, has in found.items() if isinstance(has, Exception)]
    if len(having) > 1:
        raise Wrong(f"{', '.join(having)} have {view.lab.virtual} at the same time")
    if not having and silent:
        raise Silent("; ".join(silent))
    if not having:
        raise Wrong(f"no control plane has {view.lab.virtual}")


def holders(view: View) -> dict[str, bool | Exception]:
    """Return for each control plane whether it has the virtual address, or why it could not be asked."""
    command = f"ip -4 -oneline address show to {view.lab.virtual}"
    said = ssh.each(view.lab.control_plane, lambda machine: ssh.run(view.where, machine, command, timeout=5))
    return {name: bool(row.strip()) if isinstance(row, str) else row for name, row in said.items()}
