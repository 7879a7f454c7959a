"""Probes of what runs in the boxes: etcd, static pods, the nodes' network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kubelab import model, roles
from kubelab.diagnosis import seen
from kubelab.diagnosis.findings import Finding

YOUNG = 25.0
"""Seconds after which a container that was restarted counts as one that stays up."""
OURS = re.compile(r"cali|KUBE-|FLANNEL")


def etcd(view: seen.Seen) -> Iterator[Finding]:
    """Every member listens at its address, has raised no alarm and answers."""
    for box in view.of_kind(model.Kind.ETCD):
        yield from _alarms(box)
        if box.units.get("etcd.service", {}).get("ActiveState") != "active":
            continue
        listeners = [line.split()[3] for line in box.section("listening") if len(line.split()) > 3]
        wanted = f"{box.machine.address}:2379"
        if listeners and not {wanted, "*:2379", "0.0.0.0:2379"} & set(listeners):
            found = ", ".join(sorted(item for item in listeners if item.endswith(":2379"))) or "nowhere"
            yield Finding(cause="etcd-client-url", box=box.name, lines=(f"wanted: {wanted}; it listens on {found}",))
    seen_of_it = view.checks.get("etcd")
    members = view.of_kind(model.Kind.ETCD)
    if seen_of_it and members:
        lines = (seen_of_it, *members[0].last_words("etcd.service"))
        yield Finding(cause="etcd-silent", box=members[0].name, lines=lines)


def _alarms(box: seen.Box) -> Iterator[Finding]:
    raised = [line for line in box.section("alarms") if "alarm:" in line and "alarm:NONE" not in line]
    for line in raised:
        cause = "etcd-quota" if "NOSPACE" in line else "etcd-alarm"
        status = next(iter(box.section("etcd")), "")
        yield Finding(cause=cause, box=box.name, lines=(line, status), values={"put": "true"})


def containers(view: seen.Seen) -> Iterator[Finding]:
    """Every static pod whose manifest is there has a container that stays up."""
    for box in view.nodes:
        found = _containers(box)
        if found is None:
            continue
        for pod in roles.static_pods(box.machine.kind):
            rows = [row for row in found if row["labels"].get("io.kubernetes.container.name") == pod.name]
            newest = max(rows, key=lambda row: int(row["createdAt"]), default=None)
            if f"{roles.MANIFESTS}/{pod.name}.yaml" in box.files and not _stays(newest, view.now):
                state = (
                    f"{newest['state']}, attempt {newest['metadata'].get('attempt', 0)}" if newest else "no container"
                )
                lines = (f"{pod.name}: {state}", *box.log(pod.name, 2))
                yield Finding(cause="container-failing", box=box.name, lines=lines, values={"container": pod.name})


def _containers(box: seen.Box) -> list[dict[str, Any]] | None:
    """Return a node's containers; None if its runtime did not say."""
    try:
        return list(json.loads("\n".join(box.section("containers")))["containers"])
    except (ValueError, KeyError):
        return None


def _stays(row: Mapping[str, Any] | None, now: float) -> bool:
    if row is None or row["state"] != "CONTAINER_RUNNING":
        return False
    return int(row["metadata"].get("attempt", 0)) < 3 or now - int(row["createdAt"]) / 1e9 > YOUNG


def firewall(view: seen.Seen) -> Iterator[Finding]:
    """No rule drops packets but those that the lab's own components made."""
    for box in view.boxes.values():
        table = ""
        for line in box.section("firewall"):
            if line.startswith("*"):
                table = line[1:]
            elif not OURS.search(line):
                cause = "vxlan-blocked" if "8472" in line else "firewall-rule"
                values = {"unblock": _unblock(table, line)}
                yield Finding(cause=cause, box=box.name, lines=(f"table {table}: {line}",), values=values)


def _unblock(table: str, line: str) -> str:
    if line.startswith(":"):
        return f"sudo iptables -t {table} -P {line[1:].partition(' ')[0]} ACCEPT"
    return f"sudo iptables -t {table} {line.replace('-A ', '-D ', 1)}"


def flannel(view: seen.Seen) -> Iterator[Finding]:
    """Flannel of every node uses its address of the lab's network and reaches every other node."""
    for box in view.nodes:
        device = " ".join(box.section("vxlan"))
        local = re.search(r"vxlan id \d+ local (\S+)", device)
        if local and local[1] != str(box.machine.address):
            lines = (f"flannel.1 carries packets from {local[1]}, the node's address is {box.machine.address}",)
            yield Finding(cause="flannel-interface", box=box.name, lines=lines)
        silent = [line.split()[0] for line in box.section("peers") if line.endswith(" silent")]
        if silent:
            line = f"no answer over vxlan from {', '.join(silent)} (other nodes' pod network)"
            yield Finding(cause="flannel-silent", box=box.name, lines=(line,))
