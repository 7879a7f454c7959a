"""Checks that each part of the cluster serves now, in the whole lab."""

from __future__ import annotations

import datetime
import functools

from kubelab import model
from kubelab.checks import cluster, lab_objects, probes, traffic
from kubelab.checks.view import View, Wrong, all_of, asked, told
from kubelab.clients import kube_api, patience
from kubelab.render import roles

STALE = 30
"""Seconds after which a kubelet's lease is old: it renews it every ten."""
LEAVING = 30
"""Seconds for a namespace to go; six are usual."""
LOOPBACK = {
    "kube-controller-manager": "https://127.0.0.1:10257/healthz",
    "kube-scheduler": "https://127.0.0.1:10259/readyz",
}
PROXY = "http://127.0.0.1:10256/healthz"


def control_plane_serves(view: View) -> None:
    """The API server is ready, and controller-manager and scheduler report so in their boxes."""
    in_boxes = [
        functools.partial(_answers, view, machine, name, url)
        for machine in view.lab.control_plane
        for name, url in LOOPBACK.items()
    ]
    all_of([functools.partial(cluster.api_ready, view), *in_boxes])


def proxies_serve(view: View) -> None:
    """Every node's kube-proxy reports that its rules are up to date."""
    all_of([functools.partial(_answers, view, node, "kube-proxy", PROXY) for node in view.lab.nodes])


def _answers(view: View, machine: model.Machine, name: str, url: str) -> None:
    """A server on the box's own loopback answers well."""
    limit = f"--max-time {patience.whole(3)}"
    said = told(view, machine, f"curl --silent --insecure {limit} --write-out '\\n%{{http_code}}' {url} || true")
    code = said.rpartition("\n")[2].strip()
    if code == "000":
        raise Wrong(f"{name} on {machine.name} does not answer")
    if code != "200":
        raise Wrong(f"{name} on {machine.name} says {code}: {said.strip()[:200]}")


def kubelets_answer(view: View) -> None:
    """Every kubelet has renewed its lease lately, reports its node Ready and lets the API server reach it."""
    all_of([functools.partial(_kubelet, view, node.name) for node in view.lab.nodes])


def _kubelet(view: View, name: str) -> None:
    cluster.node_ready(view, name)
    lease = asked(lambda: view.api.get(f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}"))
    age = _age(lease["spec"]["renewTime"])
    if age > STALE:
        raise Wrong(f"the kubelet of {name} was last heard of {age:.0f} s ago")
    asked(lambda: view.api.get(f"/api/v1/nodes/{name}/proxy/pods"))


def kubelets_reported(view: View) -> None:
    """Every kubelet reports its own static pods Ready: the API server may still show the state before a restart."""
    all_of([functools.partial(_static_pods_ready, view, node) for node in view.lab.nodes])


def _static_pods_ready(view: View, node: model.Machine) -> None:
    own = asked(lambda: view.api.get(f"/api/v1/nodes/{node.name}/proxy/pods"))["items"] or []
    found = {pod["metadata"]["name"]: pod for pod in own}
    names = sorted(f"{pod.name}-{node.name}" for pod in roles.static_pods(node.kind))
    unready = [name for name in names if name not in found or not cluster.condition(found[name], "Ready")]
    if unready:
        raise Wrong(f"the kubelet of {node.name} does not call them Ready yet: {', '.join(unready)}")


def pod_network(view: View) -> None:
    """Pods of every worker reach those of every other."""
    traffic.pods_reach_each_other(view)


def pods_admitted(view: View) -> None:
    """A harmless pod would be admitted: nothing in the API server refuses it."""
    probes.make_place(view)
    item = probes.pod(view.lab, "would-be", ["/agnhost", "pause"])
    reply = asked(lambda: view.api.request("POST", probes.PODS, item, dryRun="All"))
    if not reply.ok:
        raise Wrong(f"a harmless pod is refused: {kube_api.Refused(reply)}")


def namespaces_go(view: View) -> None:
    """No namespace of the lab's own has been terminating for long."""
    stuck, mine = [], lab_objects.belongings_of(view)
    for item in asked(lambda: view.api.items("/api/v1/namespaces")):
        since = item["metadata"].get("deletionTimestamp")
        if since and _age(since) > LEAVING and mine.has("Namespace", item):
            why = [row["message"] for row in item["status"].get("conditions", []) if row["status"] == "True"]
            stuck.append(f"{item['metadata']['name']} ({'; '.join(why)[:200]})")
    if stuck:
        raise Wrong(f"cannot go: {', '.join(stuck)}")


def dashboard_shows(view: View) -> None:
    """The web UI lists every node: it answers, and its account may read."""
    pods = asked(lambda: view.api.items("/api/v1/namespaces/dashboard/pods", labelSelector="app=dashboard"))
    ready = [pod for pod in pods if cluster.condition(pod, "Ready") and not pod["metadata"].get("deletionTimestamp")]
    if not ready:
        raise Wrong("no pod of the dashboard is Ready")
    url = f"http://{ready[0]['status']['podIP']}:8080/clusters/local/nodes"
    node = view.lab_machine(ready[0]["spec"]["nodeName"])  # its policy lets nobody in but its own node
    text = told(view, node, f"curl --silent --show-error --noproxy '*' --max-time 10 {url}")
    missing = [node.name for node in view.lab.nodes if node.name not in text]
    if missing:
        raise Wrong(f"the dashboard does not show {', '.join(missing)}: {text.strip()[:100]!r}")


def _age(stamp: str) -> float:
    """Return the age in seconds of a time of the API: boxes and this computer have one clock."""
    return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(stamp)).total_seconds()
