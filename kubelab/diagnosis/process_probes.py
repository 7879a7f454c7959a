"""Probes of what runs in the boxes: etcd, static pods, the nodes' network."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kubelab import model
from kubelab.converge import stuck_kubelet
from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding
from kubelab.render import roles

YOUNG = 25.0
"""Seconds after which a restarted container counts as stable."""
ATTEMPTS = 3
"""How often a container may have been started again and yet count as stable at once."""
OURS = re.compile(r"cali|KUBE-|FLANNEL")


def etcd(view: evidence.Evidence) -> Iterator[Finding]:
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


def _alarms(box: evidence.Box) -> Iterator[Finding]:
    raised = [line for line in box.section("alarms") if "alarm:" in line and "alarm:NONE" not in line]
    for line in raised:
        cause = "etcd-quota" if "NOSPACE" in line else "etcd-alarm"
        status = next(iter(box.section("etcd")), "")
        yield Finding(cause=cause, box=box.name, lines=(line, status), values={"put": "true"})


def containers(view: evidence.Evidence) -> Iterator[Finding]:
    """Every static pod with a manifest has a stable container, of that manifest."""
    for box in view.nodes:
        found = _printed(box, "containers", "containers")
        if found is None:
            continue
        for pod in roles.pods_of(box.machine):
            rows = [row for row in found if row["labels"].get("io.kubernetes.container.name") == pod.name]
            newest = max(rows, key=lambda row: int(row["createdAt"]), default=None)
            if f"{roles.MANIFESTS}/{pod.name}.yaml" in box.files and not _stays(newest, rows, view.now):
                yield _failing(box, pod.name, newest, view.now)


def _failing(box: evidence.Box, pod: str, newest: Mapping[str, Any] | None, now: float) -> Finding:
    state = f"{newest['state']}, attempt {newest['metadata'].get('attempt', 0)}" if newest else "no container"
    values = {"container": pod}
    unheard = _unheard(box, pod, now)
    if unheard:
        return Finding(cause="kubelet-deaf", box=box.name, lines=(f"{pod}: {state}", *unheard), values=values)
    cause = "apiserver-failing" if pod == "kube-apiserver" else "container-failing"
    return Finding(cause=cause, box=box.name, lines=(f"{pod}: {state}", *box.log(pod, 2)), values=values)


def _unheard(box: evidence.Box, pod: str, now: float) -> tuple[str, ...]:
    """Return the evidence that a running kubelet ignores a manifest; empty if it does not, or still has time.

    Until it has reached the API server once, a kubelet ends no static pod, and starts no new one in its place. A new
    manifest is a new pod, and so a new sandbox; the old one's container may have been started again since.
    """
    written = {path: float(when) for when, path in (line.split("\t") for line in box.section("manifests"))}
    manifest, kubelet = f"{roles.MANIFESTS}/{pod}.yaml", box.units.get("kubelet.service", {})
    changed, started = written.get(manifest), kubelet.get("ActiveEnterTimestamp", "").removeprefix("@")
    pods = [row for row in _printed(box, "sandboxes", "items") or () if row["metadata"]["name"] == f"{pod}-{box.name}"]
    if changed is None or not pods or not started or kubelet["ActiveState"] != "active":
        return ()
    made = max(int(row["createdAt"]) for row in pods) / 1e9
    if not max(made, float(started)) < changed < now - stuck_kubelet.NOTICED:
        return ()
    ago = f"{manifest} was put there {now - changed:.0f} s ago"
    return (f"{ago}, and the kubelet, which runs for {now - float(started):.0f} s, has made no pod of it",)


def _printed(box: evidence.Box, section: str, key: str) -> list[dict[str, Any]] | None:
    """Return the list of a node's runtime; None if it gave none."""
    try:
        return list(json.loads("\n".join(box.section(section)))[key])
    except (ValueError, KeyError):
        return None


def _stays(newest: Mapping[str, Any] | None, rows: Iterable[Mapping[str, Any]], now: float) -> bool:
    if newest is None or newest["state"] != "CONTAINER_RUNNING":
        return False
    # The kubelet also counts the containers of earlier boots on, and each boot has a sandbox of its own. Of a container
    # that ended by itself the runtime keeps the last one.
    ended = any(row is not newest and row["podSandboxId"] == newest["podSandboxId"] for row in rows)
    often = ended and int(newest["metadata"].get("attempt", 0)) >= ATTEMPTS
    return not often or now - int(newest["createdAt"]) / 1e9 > YOUNG


def firewall(view: evidence.Evidence) -> Iterator[Finding]:
    """Only rules of the lab's own components drop packets."""
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
    try:
        words = shlex.split(line.replace("-A ", "-D ", 1))
    except ValueError:  # a remark with a quote that is not closed
        words = line.replace("-A ", "-D ", 1).split()
    return f"sudo iptables -t {table} {shlex.join(words)}"


def _foreign_leases(view: evidence.Evidence) -> Iterator[Finding]:
    """Yield one finding for the lab: each node has the same tunnels, one for each lease in etcd."""
    known = {str(machine.address) for machine in view.lab.machines}
    for node in view.cluster.items("/api/v1/nodes"):  # a worker that leaves with the next lab.up has a lease, too
        known |= {row["address"] for row in node.get("status", {}).get("addresses", ())}
    for box in view.nodes:
        targets = sorted(set(re.findall(r" dst (\S+)", "\n".join(box.section("tunnels")))) - known)
        if targets:
            line = f"flannel.1 sends to {', '.join(targets)}: a lease in etcd names it, and the lab has no such machine"
            yield Finding(cause="flannel-lease-foreign", box=box.name, lines=(line,))
            return


def flannel(view: evidence.Evidence) -> Iterator[Finding]:
    """Flannel of every node uses its address of the lab's network, reaches every other node, and no foreign one."""
    yield from _foreign_leases(view)
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
