"""Probes of the cluster: API server, nodes, kubelets through it, cluster DNS, pods, the guestbook."""

from __future__ import annotations

from collections.abc import Iterator

from kubelab import checks, model
from kubelab.clients import kube_api
from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding
from kubelab.render import belongings, roles

OWN_TAINTS = "node.kubernetes.io/"
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def server(view: evidence.Evidence) -> Iterator[Finding]:
    """The API server answers and reports that it is ready."""
    said = view.cluster.problem or view.checks.get("API server")
    for box in view.of_kind(model.Kind.CONTROL_PLANE)[:1]:
        if said:
            sure = not view.cluster.late or bool(view.checks.get("API server"))
            yield Finding(cause="api-silent", box=box.name, lines=(said, *box.log("kube-apiserver")), sure=sure)


def nodes(view: evidence.Evidence) -> Iterator[Finding]:
    """Exactly the lab's nodes are registered, Ready and accept pods."""
    found = {item["metadata"]["name"]: item for item in view.cluster.items("/api/v1/nodes")}
    if "/api/v1/nodes" not in view.cluster.lists:
        return
    for box in view.nodes:
        node = found.get(box.name)
        if node is None:
            yield Finding(cause="node-missing", box=box.name, lines=(f"no node {box.name} is registered",))
            continue
        conditions = {row["type"]: row for row in node["status"].get("conditions", [])}
        ready = conditions.get("Ready", {"status": "Unknown", "message": "it has never said so"})
        if ready["status"] != "True":
            line = f"Ready is {ready['status']}: {ready.get('message', '')}"
            yield Finding(cause="node-not-ready", box=box.name, lines=(line, *box.last_words("kubelet.service", 2)))
        if node["spec"].get("unschedulable"):
            yield Finding(cause="node-cordoned", box=box.name, lines=(f"{box.name}: spec.unschedulable is true",))
        yield from _pressed(box.name, [row for kind, row in conditions.items() if kind in PRESSURES])


def _pressed(name: str, rows: list[kube_api.Json]) -> Iterator[Finding]:
    for row in rows:
        if row["status"] == "True":
            line = f"{row['type']}: {row.get('message', '')}"
            yield Finding(cause="node-pressure", box=name, lines=(line,))


def taints(view: evidence.Evidence) -> Iterator[Finding]:
    """Workers carry no taint but those that Kubernetes itself sets."""
    workers = {box.name for box in view.of_kind(model.Kind.WORKER)}
    found: dict[str, list[str]] = {}
    for node in view.cluster.items("/api/v1/nodes"):
        for taint in node["spec"].get("taints", []) if node["metadata"]["name"] in workers else ():
            if taint["effect"] != "PreferNoSchedule" and not taint["key"].startswith(OWN_TAINTS):
                found.setdefault(f"{taint['key']}:{taint['effect']}", []).append(node["metadata"]["name"])
    for taint, names in found.items():
        values = {"taint": taint, "nodes": " ".join(names)}
        yield Finding(cause="workers-tainted", lines=(f"{', '.join(names)}: {taint}",), values=values)


def kubelets(view: evidence.Evidence) -> Iterator[Finding]:
    """Every kubelet answers the API server, as logs and exec need it."""
    for name, said in view.cluster.logs.items():
        if said:
            yield Finding(cause="logs-refused", box=name, lines=(f"through the API server: {said}",))


def names(view: evidence.Evidence) -> Iterator[Finding]:
    """Cluster DNS answers the API server's name from every node."""
    if model.Addon.DNS not in view.lab.addons:
        return
    for box in view.nodes:
        said = _refusal(" ".join(box.section("dns"))) if box.has("dns") else None
        if said:
            line = f"from {box.name}: {view.lab.network.dns_service}:53 says {said}"
            yield Finding(cause="dns-silent", box=box.name, lines=(line,))
    said_ready = view.checks.get("cluster DNS")
    if said_ready:
        yield Finding(cause="dns-silent", lines=(said_ready,))


def _refusal(said: str) -> str | None:
    """Return the fault of DNS's answer, in hex (length, number, flags, counts); None if it is good."""
    answer = said.split()
    if answer[2:4] != ["4b", "4c"]:
        return said.rpartition(":")[2].strip() or "nothing in time"
    if answer[5][1:] != "0":
        return f"error {int(answer[5], 16) & 15} to a name that the cluster has"
    return "no address for a name that the cluster has" if answer[8:10] == ["00", "00"] else None


def pods(view: evidence.Evidence) -> Iterator[Finding]:
    """Every pod of a workload of the lab's own has a node and is Ready; ended ones were replaced."""
    for pod in view.cluster.pods():
        name, space = pod["metadata"]["name"], pod["metadata"]["namespace"]
        static = name in view.own.static
        if static or not view.own.pod(pod) or checks.condition(pod, "Ready") or belongings.finished(pod):
            continue
        values = {"namespace": space, "object": name}
        line = f"{space}/{name}: {checks.why(pod)}"
        cause = "pods-not-ready" if checks.condition(pod, "PodScheduled") else "pods-pending"
        yield Finding(cause=cause, lines=(line, *_warnings(view, pod)), values=values)


def _warnings(view: evidence.Evidence, pod: kube_api.Json) -> list[str]:
    """Return the newest warning about a pod."""
    about = [row for row in view.cluster.items("/api/v1/events") if row["involvedObject"].get("uid") == _uid(pod)]
    newest = sorted(about, key=lambda row: str(row.get("lastTimestamp") or row.get("eventTime") or ""))[-1:]
    return [f"{row.get('reason')}: {row.get('message')}" for row in newest]


def _uid(item: kube_api.Json) -> str:
    return str(item["metadata"]["uid"])


def guestbook(view: evidence.Evidence) -> Iterator[Finding]:
    """The guestbook answers through its NodePort, and is whole."""
    for name in ("guestbook answers", "guestbook complete"):
        said = view.checks.get(name)
        if said:
            yield Finding(cause="guestbook-silent", lines=(said,))


def static_mirrors(view: evidence.Evidence) -> Iterator[Finding]:
    """Every running static pod of a node is known to the API server."""
    names = {pod["metadata"]["name"] for pod in view.cluster.pods()}
    for box in view.nodes:
        for pod in roles.pods_of(box.machine):
            if names and f"{pod.name}-{box.name}" not in names:
                line = f"the API server knows no pod {pod.name}-{box.name}"
                yield Finding(cause="container-failing", box=box.name, lines=(line,), values={"container": pod.name})
