"""Probe of the network policies: they must allow the connections that the guestbook and DNS need.

Evaluated as Kubernetes defines them, from labels alone, so that a policy is found before anything has timed out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from kubelab.clients import kube_api
from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding

DNS = "kube-system/coredns"
OUTSIDE = "outside"
FLOWS: tuple[tuple[str, str, int, str], ...] = (
    ("guestbook/frontend", DNS, 53, "UDP"),
    ("guestbook/redis-follower", DNS, 53, "UDP"),
    ("guestbook/frontend", DNS, 53, "TCP"),
    ("guestbook/frontend", "guestbook/redis-leader", 6379, "TCP"),
    ("guestbook/frontend", "guestbook/redis-follower", 6379, "TCP"),
    ("guestbook/redis-follower", "guestbook/redis-leader", 6379, "TCP"),
    (OUTSIDE, "guestbook/frontend", 8080, "TCP"),
)
"""The needed connections: deployments by namespace and name, and a port."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of a connection: a deployment's pods, by namespace and labels; None for an end that is no pod."""

    name: str
    namespace: str | None = None
    labels: Mapping[str, str] | None = None
    space_labels: Mapping[str, str] | None = None
    ports: Mapping[str, int] | None = None


def probe(view: evidence.Evidence) -> Iterator[Finding]:
    """Every connection that the lab's own workloads need is allowed by all policies together."""
    peers = {OUTSIDE: Peer(name=OUTSIDE), **_peers(view)}
    policies = view.cluster.items("/apis/networking.k8s.io/v1/networkpolicies")
    for source, target, port, protocol in FLOWS:
        if source not in peers or target not in peers:
            continue
        near, far = peers[source], peers[target]
        flow = f"{source} → {target} {protocol}/{port}"
        for blamed in _denying(view, policies, "Egress", near, far, (port, protocol)):
            yield _finding(blamed, target, flow)
        for blamed in _denying(view, policies, "Ingress", far, near, (port, protocol)):
            yield _finding(blamed, target, flow)


def _peers(view: evidence.Evidence) -> dict[str, Peer]:
    spaces = {item["metadata"]["name"]: item["metadata"] for item in view.cluster.items("/api/v1/namespaces")}
    found = {}
    for item in view.cluster.items("/apis/apps/v1/deployments"):
        about, template = item["metadata"], item["spec"]["template"]
        ports = [port for row in template["spec"]["containers"] for port in row.get("ports", [])]
        name = f"{about['namespace']}/{about['name']}"
        found[name] = Peer(
            name=name,
            namespace=about["namespace"],
            labels=template["metadata"].get("labels", {}),
            space_labels=spaces.get(about["namespace"], {}).get("labels", {}),
            ports={port["name"]: port["containerPort"] for port in ports if port.get("name")},
        )
    return found


def _denying(
    view: evidence.Evidence, policies: Sequence[kube_api.Json], way: str, pod: Peer, other: Peer, port: tuple[int, str]
) -> list[kube_api.Json]:
    """Return the policies that select `pod` for one direction if none allows `other`; of these, those that deny all."""
    chosen = [item for item in policies if pod.namespace and _selects(item, way, pod)]
    field, ends = ("egress", "to") if way == "Egress" else ("ingress", "from")
    target = other if way == "Egress" else pod
    for item in chosen:
        for rule in item["spec"].get(field) or []:
            if _ports(rule.get("ports"), port, target) and _peer(view, rule.get(ends), item, other):
                return []
    total = [item for item in chosen if _denies_all(item)]
    return total or chosen


def _selects(policy: kube_api.Json, way: str, pod: Peer) -> bool:
    types = policy["spec"].get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in policy["spec"] else [])]
    same = policy["metadata"]["namespace"] == pod.namespace
    return same and way in types and matches(policy["spec"].get("podSelector", {}), pod.labels or {})


def _ports(rows: Sequence[kube_api.Json] | None, port: tuple[int, str], target: Peer) -> bool:
    number, protocol = port
    if not rows:
        return True
    for row in rows:
        wanted = row.get("port")
        wanted = (target.ports or {}).get(wanted, wanted) if isinstance(wanted, str) else wanted
        inside = wanted is None or wanted == number or (row.get("endPort") and wanted <= number <= row["endPort"])
        if row.get("protocol", "TCP") == protocol and inside:
            return True
    return False


def _peer(view: evidence.Evidence, rows: Sequence[kube_api.Json] | None, policy: kube_api.Json, other: Peer) -> bool:
    return not rows or any(_one(view, row, policy, other) for row in rows)


def _one(view: evidence.Evidence, row: kube_api.Json, policy: kube_api.Json, other: Peer) -> bool:
    network = view.lab.network
    if "ipBlock" in row:
        wanted = network.pods if other.namespace else network.machines
        return ip_network(row["ipBlock"]["cidr"], strict=False).overlaps(wanted)
    if other.namespace is None:
        return False
    if "namespaceSelector" in row:
        space = matches(row["namespaceSelector"] or {}, other.space_labels or {})
    else:
        space = policy["metadata"]["namespace"] == other.namespace
    return space and matches(row.get("podSelector") or {}, other.labels or {})


def matches(selector: kube_api.Json, labels: Mapping[str, str]) -> bool:
    """Return whether a label selector matches these labels."""
    plain = all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return plain and all(_expression(row, labels) for row in selector.get("matchExpressions") or [])


def _expression(row: kube_api.Json, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(row["key"]), row.get("values") or []
    verdicts = {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }
    return verdicts.get(row["operator"], False)


def _denies_all(policy: kube_api.Json) -> bool:
    spec = policy["spec"]
    return not spec.get("podSelector") and not spec.get("ingress") and not spec.get("egress")


def _finding(policy: kube_api.Json, target: str, flow: str) -> Finding:
    about = policy["metadata"]
    if about["namespace"] == "guestbook" and _denies_all(policy):
        cause = "guestbook-deny"
    elif target == DNS:
        cause = "dns-blocked"
    else:
        cause = "redis-too-strict" if "/redis-" in target else "policy-too-strict"
    line = f"NetworkPolicy {about['namespace']}/{about['name']} denies {flow}"
    return Finding(cause=cause, lines=(line,), values={"namespace": about["namespace"], "object": about["name"]})
