"""Checks of the API server's answers about nodes, pods and the objects that lead to them."""

from __future__ import annotations

from kubelab import model
from kubelab.checks import lab_objects
from kubelab.checks.pods import all_ready, why
from kubelab.checks.view import View, Wrong, asked
from kubelab.clients import kube_api
from kubelab.render import addons, objects_tsv, roles, volumes

APART = (model.Addon.GUESTBOOK, model.Addon.DASHBOARD)
"""Add-ons whose workloads have checks of their own."""


def api_ready(view: View) -> None:
    """The API server reports that it is ready."""
    reply = asked(lambda: view.api.request("GET", "/readyz"))
    if not reply.ok:
        raise Wrong(f"/readyz says {reply.status_code}")


def nodes_ready(view: View) -> None:
    """Exactly the lab's nodes are registered, and every one is Ready."""
    found = {item["metadata"]["name"]: item for item in asked(lambda: view.api.items("/api/v1/nodes"))}
    wanted = {machine.name for machine in view.lab.nodes}
    if set(found) != wanted:
        raise Wrong(f"registered: {', '.join(sorted(found)) or 'none'}; wanted: {', '.join(sorted(wanted))}")
    unready = [name for name, node in sorted(found.items()) if not condition(node, "Ready")]
    if unready:
        raise Wrong(f"not Ready: {', '.join(unready)}")


def node_ready(view: View, name: str) -> None:
    """One node is registered and Ready."""
    node = asked(lambda: view.api.get(f"/api/v1/nodes/{name}"))
    for row in node["status"].get("conditions", []):
        if row["type"] == "Ready" and row["status"] != "True":
            raise Wrong(f"{name} is not Ready: {row.get('message', row.get('reason'))}")
    if not condition(node, "Ready"):
        raise Wrong(f"{name} has not said yet whether it is Ready")


def system_pods_ready(view: View) -> None:
    """Every static pod of every node, and every other workload that the lab rendered, runs and is Ready."""
    pods = asked(lambda: view.api.items("/api/v1/pods"))
    static = static_pod_names(view.lab)
    missing = sorted(static - {item["metadata"]["name"] for item in pods})
    if missing:
        raise Wrong(f"no such pod yet: {', '.join(missing)}")
    _static_pods_fresh(view, pods)
    all_ready(view, [item for item in pods if item["metadata"]["name"] in static])
    lab_objects.others_ready(view, APART, pods)


def static_pods_current(view: View) -> None:
    """Every static pod runs in its last rendered form: until the kubelet has seen a change, the old one looks
    healthy."""
    _static_pods_fresh(view, asked(lambda: view.api.items("/api/v1/pods")))


def _static_pods_fresh(view: View, pods: list[kube_api.Json]) -> None:
    old = sorted(item["metadata"]["name"] for item in pods if _old_static_pod(view, item))
    if old:
        raise Wrong(f"still as it was before its files changed: {', '.join(old)}")


def _old_static_pod(view: View, pod: kube_api.Json) -> bool:
    """Return whether a static pod differs from the manifest that was rendered for its node."""
    shown = pod["metadata"].get("annotations", {}).get(roles.INPUTS)
    if shown is None:
        return False
    node = pod["spec"].get("nodeName", "")
    name = pod["metadata"]["name"].removesuffix(f"-{node}")
    manifest = view.where.box(node) / f"files{roles.MANIFESTS}/{name}.yaml"
    return manifest.exists() and f'{roles.INPUTS}: "{shown}"' not in manifest.read_text(encoding="utf-8")


def objects_applied(view: View) -> None:
    """The control plane has applied exactly the rendered objects, by its record in the cluster."""
    record = objects_tsv.recorded(asked(lambda: view.api.get(objects_tsv.RECORD)))
    wanted = view.where.box(view.lab.control_plane[0].name) / f"files{addons.OBJECTS}"
    if record != wanted.read_text(encoding="utf-8"):
        raise Wrong("the objects of the add-ons have not been applied yet")


def static_pod_running(view: View, node: model.Machine, name: str) -> None:
    """A node's static pod is listed, its containers run and it is Ready."""
    wanted = f"{name}-{node.name}"
    pods = asked(lambda: view.api.items("/api/v1/pods", fieldSelector=f"metadata.name={wanted}"))
    if not pods:
        raise Wrong(f"there is no pod {wanted}")
    running(pods[0])


def running(pod: kube_api.Json) -> None:
    """Every container of the pod runs, and the pod is Ready."""
    name = pod["metadata"]["name"]
    states = {row["name"]: row for row in pod["status"].get("containerStatuses", [])}
    for container in pod["spec"]["containers"]:
        state = states.get(container["name"])
        if not state or "running" not in state["state"] or not state["ready"]:
            raise Wrong(f"{name}: container {container['name']} does not run ({why(pod)})")
    if not condition(pod, "Ready"):
        raise Wrong(f"{name} is not Ready ({why(pod)})")


def deployment_complete(view: View, namespace: str, name: str) -> None:
    """A deployment has as many available pods of its newest template as it wants, and wants at least one."""
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
    item = asked(lambda: view.api.get(path))
    wanted, status = item["spec"]["replicas"], item.get("status", {})
    if not wanted:
        raise Wrong(f"{namespace}/{name} wants no pod")
    if status.get("observedGeneration", 0) < item["metadata"]["generation"]:
        raise Wrong(f"{namespace}/{name}: no controller has acted on its last change")
    fresh, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    if fresh < wanted or available < wanted:
        raise Wrong(f"{namespace}/{name}: {available} of {wanted} pods are available, {fresh} of the newest template")


def service_has_backends(view: View, namespace: str, name: str) -> None:
    """A service has a ready backend behind it."""
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    slices = asked(lambda: view.api.items(path, labelSelector=f"kubernetes.io/service-name={name}"))
    ready = [end for item in slices for end in item.get("endpoints") or [] if end["conditions"].get("ready")]
    if not ready:
        raise Wrong(f"service {namespace}/{name} has no ready backend")


def dns_ready(view: View) -> None:
    """Cluster DNS has a ready backend behind its service address."""
    service_has_backends(view, "kube-system", "kube-dns")


def volumes_made(view: View) -> None:
    """The provisioner of volumes works."""
    deployment_complete(view, volumes.NAMESPACE, volumes.DEPLOYMENT)


def condition(item: kube_api.Json, name: str) -> bool:
    """Return whether an object's condition is True."""
    found = item.get("status", {}).get("conditions", [])
    return any(row["type"] == name and row["status"] == "True" for row in found)


def static_pod_names(lab: model.Lab) -> set[str]:
    """Return the names under which the static pods of all nodes appear in the API."""
    return {f"{pod.name}-{node.name}" for node in lab.nodes for pod in roles.static_pods(node.kind)}
