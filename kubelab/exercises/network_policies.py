"""Evaluates a namespace's NetworkPolicies: selectors, addresses and ports by meaning."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kubelab import checks
from kubelab.clients import kube_api
from kubelab.exercises import quantities, selectors
from kubelab.exercises import scene as scenes

Labels = Mapping[str, str]
DIRECTIONS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
STRANGE = "somewhere-else"
"""A possible future namespace, with the label of its name and no other."""


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of a connection: a pod by its labels and namespace, an address outside of the cluster, or both."""

    name: str
    namespace: str = ""
    labels: Labels = field(default_factory=dict)
    space: Labels = field(default_factory=dict)
    address: str = ""
    ports: Sequence[Mapping[str, Any]] = ()

    @property
    def pod(self) -> bool:
        """Return whether it is a pod."""
        return bool(self.namespace)


def ends(scene: scenes.Scene) -> list[End]:
    """Return every pod of the cluster; to a policy one on its machine's network is only an address."""
    spaces = {row["metadata"]["name"]: row["metadata"].get("labels") or {} for row in scene.items("/api/v1/namespaces")}
    found = []
    for row in scene.items("/api/v1/pods"):
        meta, address = row["metadata"], row["status"].get("podIP") or ""
        if meta.get("deletionTimestamp"):
            continue
        if row["spec"].get("hostNetwork"):
            found.append(End(name=f"{meta['namespace']}/{meta['name']}", address=address))
            continue
        ports = [port for box in row["spec"]["containers"] for port in box.get("ports") or []]
        found.append(
            End(
                name=f"{meta['namespace']}/{meta['name']}", namespace=meta["namespace"],
                labels=meta.get("labels") or {},
                space=spaces.get(meta["namespace"], {}), address=address, ports=ports,
            )
        )  # fmt: skip
    return found


def policies(scene: scenes.Scene, namespace: str) -> list[kube_api.Json]:
    """Return the policies of a namespace."""
    return scene.items(f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies")


def moved(end: End, namespace: str) -> End:
    """Return the same pod in a namespace whose only label is its own name."""
    space = {"kubernetes.io/metadata.name": namespace}
    return replace(end, name=f"a pod like it in {namespace}", namespace=namespace, space=space, address="")


def renewed(end: End) -> End:
    """Return the pod after it was made anew: with another address."""
    return replace(end, address="")


def chosen(found: Iterable[kube_api.Json], end: End, direction: str) -> list[kube_api.Json]:
    """Return the policies of the pod's own namespace that select it for a direction, `Ingress` or `Egress`."""
    return [
        row
        for row in found
        if direction in _types(row["spec"]) and selectors.selects(row["spec"].get("podSelector") or {}, end.labels)
    ]


def lets(
    found: Iterable[kube_api.Json], inside: End, other: End, direction: str, port: int, protocol: str = "TCP"
) -> bool:
    """Return whether policies let a connection through between a pod of their namespace and another end.

    With `Ingress` the other end connects to `inside`; with `Egress` it is the other way. A pod that no policy selects
    for the direction is open.
    """
    mine = chosen(found, inside, direction)
    asked = inside if direction == "Ingress" else other
    rules, peers = DIRECTIONS[direction]
    return not mine or any(
        _is_peer(rule.get(peers), inside, other) and _is_port(rule.get("ports"), asked, port, protocol)
        for row in mine
        for rule in row["spec"].get(rules) or []
    )


def _types(spec: Mapping[str, Any]) -> Sequence[str]:
    return spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]


def _is_peer(peers: Sequence[Mapping[str, Any]] | None, inside: End, other: End) -> bool:
    return not peers or any(_matches(peer, inside, other) for peer in peers)


def _matches(peer: Mapping[str, Any], inside: End, other: End) -> bool:
    if peer.get("ipBlock"):
        return _holds(peer["ipBlock"], other.address)
    if not other.pod:
        return False
    where = peer.get("namespaceSelector")
    here = selectors.selects(where, other.space) if where is not None else other.namespace == inside.namespace
    who = peer.get("podSelector")
    return here and (who is None or selectors.selects(who, other.labels))


def _holds(block: Mapping[str, Any], address: str) -> bool:
    if not address:
        return False
    there = ipaddress.ip_address(address)
    nets = [ipaddress.ip_network(str(item), strict=False) for item in block.get("except") or []]
    return there in ipaddress.ip_network(str(block["cidr"]), strict=False) and not any(there in net for net in nets)


def _is_port(ports: Sequence[Mapping[str, Any]] | None, asked: End, port: int, protocol: str) -> bool:
    return not ports or any(_covers(row, asked, port) for row in ports if row.get("protocol", "TCP") == protocol)


def _covers(row: Mapping[str, Any], asked: End, port: int) -> bool:
    named = row.get("port")
    if named is None:
        return True
    try:
        first = quantities.port(named, asked.ports)
    except checks.Wrong:
        return False  # a name that the pod's ports have not got
    return first <= port <= int(row.get("endPort") or first)
