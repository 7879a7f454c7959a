"""Probe of the cluster's objects against the manifests that were rendered."""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubelab.checks import objects
from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding

LISTS: Mapping[str, str] = {
    "Namespace": "/api/v1/namespaces",
    "Service": "/api/v1/services",
    "ConfigMap": "/api/v1/configmaps",
    "ServiceAccount": "/api/v1/serviceaccounts",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "PersistentVolumeClaim": "/api/v1/persistentvolumeclaims",
    "Deployment": "/apis/apps/v1/deployments",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/networkpolicies",
    "DaemonSet": "/apis/apps/v1/daemonsets",
    "IPAddressPool": "/apis/metallb.io/v1beta1/ipaddresspools",
    "L2Advertisement": "/apis/metallb.io/v1beta1/l2advertisements",
    "Gateway": "/apis/gateway.networking.k8s.io/v1/gateways",
    "GatewayClass": "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
    "IngressClass": "/apis/networking.k8s.io/v1/ingressclasses",
    "APIService": "/apis/apiregistration.k8s.io/v1/apiservices",
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An object (`Kind namespace/name`), a changed line (None: any), and the cause of that difference."""

    object: str
    cause: str
    line: str | None = None


REPLICAS = ("spec", "replicas")
"""More replicas than were rendered are what a person may ask for."""
_RBAC = r"(ClusterRole|ClusterRoleBinding|RoleBinding|ServiceAccount)"
RULES = (
    Rule(object=r"Deployment kube-system/coredns", line=r"spec\.replicas", cause="coredns-away"),
    Rule(object=r"Deployment kube-system/coredns", line=r"\(gone\)", cause="coredns-away"),
    Rule(object=r"ConfigMap kube-system/coredns", cause="corefile-broken"),
    Rule(object=r"Service kube-system/kube-dns", line=r"spec\.selector", cause="dns-service-selector"),
    Rule(object=r"Service kube-system/kube-dns", cause="dns-service-changed"),
    Rule(object=rf"{_RBAC} (kube-system/)?(system:)?coredns", cause="coredns-role-gone"),
    Rule(object=rf"{_RBAC} kubelab:kubelet-clients", cause="kubelet-api-admin-gone"),
    Rule(object=rf"{_RBAC} (dashboard/)?\S*dashboard\S*", cause="dashboard-role-gone"),
    Rule(object=rf"{_RBAC} \S*(metrics-server|aggregated-metrics-reader)\S*", cause="metrics-role-gone"),
    Rule(object=r"APIService .*", line=r"spec\.(caBundle|insecureSkipTLSVerify)", cause="metrics-foreign-ca"),
    Rule(object=r"APIService .*", cause="metrics-service-name"),
    Rule(object=r"Deployment metrics-server/.*", line=r"spec\.replicas|\(gone\)", cause="metrics-server-away"),
    Rule(object=r"Service metrics-server/.*", cause="metrics-server-away"),
    Rule(object=r"NetworkPolicy metrics-server/.*", cause="metrics-blocked"),
    Rule(object=r"(IPAddressPool|L2Advertisement) .*", cause="loadbalancer-pool"),
    Rule(object=rf"({_RBAC}|Deployment|DaemonSet) metallb-system[/:].*", cause="loadbalancer-away"),
    Rule(object=r"(Gateway|GatewayClass|IngressClass) .*", cause="gateway-class"),
    Rule(object=r"NetworkPolicy gateway/.*", cause="gateway-blocked"),
    Rule(object=rf"({_RBAC}|Deployment|Service|ConfigMap) gateway[/:].*", cause="gateway-away"),
    Rule(object=rf"{_RBAC} .*", cause="role-changed"),
    Rule(object=r"Service guestbook/frontend", line=r"spec\.selector", cause="frontend-selector"),
    Rule(object=r"Service guestbook/frontend", line=r"spec\.ports", cause="frontend-port"),
    Rule(object=r"Deployment .*", line=r"resources\.(requests|limits)", cause="request-too-large"),
    Rule(object=r"Deployment guestbook/.*", line=r"(env|args|command).*", cause="redis-leader-name"),
    Rule(object=r"PersistentVolumeClaim .*", cause="claim-unbound"),
    Rule(object=r".*", cause="object-differs"),
)


def probe(view: evidence.Evidence) -> Iterator[Finding]:
    """Every rendered object exists with its rendered fields; other fields do not count."""
    for manifest, items in view.manifests.items():
        for item in items:
            path = LISTS.get(item["kind"])
            if path and path in view.cluster.lists:
                yield from _object(view, manifest, item, path)
    roles = view.cluster.items(LISTS["ClusterRole"])
    if roles and not any(role["metadata"]["name"] == "system:kubelet-api-admin" for role in roles):
        yield Finding(cause="kubelet-api-admin-gone", lines=("- ClusterRole system:kubelet-api-admin (gone)",))


def _object(view: evidence.Evidence, manifest: str, item: Any, path: str) -> Iterator[Finding]:
    about = item["metadata"]
    key = (about.get("namespace"), about["name"])
    live = next((row for row in view.cluster.items(path) if _key(row) == key), None)
    name = f"{item['kind']} {'/'.join(part for part in key if part)}"
    lines = [f"- {name} (gone)"] if live is None else list(differences(_body(item), live))
    if not lines:
        return
    values = {"manifest": manifest, "kind": item["kind"].lower(), "object": about["name"], "namespace": key[0] or ""}
    values["anew"] = shlex.quote(json.dumps(item))
    for cause, shown in _named(view, name, lines).items():
        yield Finding(cause=cause, lines=(f"{name} is not the rendered one:", *shown), values=values)


def _body(item: Any) -> dict[str, Any]:
    """Return an object without the fields that items of a list do not repeat."""
    return {key: value for key, value in item.items() if key not in ("apiVersion", "kind")}


def _key(row: Any) -> tuple[str | None, str]:
    return row["metadata"].get("namespace"), row["metadata"]["name"]


def _named(view: evidence.Evidence, name: str, lines: list[str]) -> dict[str, list[str]]:
    """Return cause to the lines that show it: one object may be wrong in two ways."""
    found: dict[str, list[str]] = {}
    for line in lines:
        rule = next(
            rule for rule in RULES if re.fullmatch(rule.object, name) and (not rule.line or re.search(rule.line, line))
        )
        found.setdefault(rule.cause, []).append(line)
    broken = found.get("corefile-broken")
    if broken and _loops(view, broken):
        found = {"corefile-loop": broken}
    return found


def _loops(view: evidence.Evidence, lines: list[str]) -> bool:
    """Return whether a Corefile's new lines forward to CoreDNS itself."""
    own = {"127.0.0.1", "localhost", "::1", "0.0.0.0", str(view.lab.network.dns_service)}  # noqa: S104 (looked for)
    own |= {pod["status"].get("podIP", "") for pod in view.cluster.pods("kube-system")} - {
        str(machine.address) for machine in view.lab.machines
    }
    asked = [word.removeprefix("dns://") for line in lines if line.startswith("+") for word in _forwards(line)]
    return any(word == address or word.startswith(f"{address}:") for word in asked for address in own if address)


def _forwards(line: str) -> list[str]:
    words = line[1:].split()
    return words[words.index("forward") + 2 :] if "forward" in words else []


def differences(wanted: Any, found: Any) -> Iterator[str]:
    """Yield what of `wanted` is not so in `found`, as lines; more in `found` is no difference, but where `_closed`."""
    for item in objects.differences(wanted, found, closed=_closed, same=objects.served):
        if item.place != REPLICAS or not isinstance(item.found, int) or item.found < item.wanted:
            yield from _lines(item)


def _closed(place: objects.Place, wanted: Any) -> bool:
    """Return whether more than was rendered does something else: another argument, rule or label to select by."""
    name = str(place[-1]) if place else ""
    if isinstance(wanted, list):
        return name.endswith(("args", "command", "rules"))
    return name.endswith("selector") and "matchLabels" not in wanted


def _lines(item: objects.Difference) -> Iterator[str]:
    wanted, found = item.wanted, item.found
    if isinstance(wanted, str) and isinstance(found, str) and "\n" in wanted:
        rows = list(difflib.unified_diff(wanted.splitlines(), found.splitlines(), lineterm="", n=0))[2:]
        yield from (row for row in rows if not row.startswith("@@"))
    elif wanted is None:
        yield f"+ {_dotted(item.place[:-1])}: {item.place[-1]}={found}"
    else:
        yield f"- {_dotted(item.place)}: {wanted}"
        yield f"+ {_dotted(item.place)}: {'(nothing)' if found is None else found}"


def _dotted(place: objects.Place) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")
