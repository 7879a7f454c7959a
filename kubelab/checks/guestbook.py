"""Checks of the guestbook and the dashboard, and that each follower has an entry written through the leader."""

from __future__ import annotations

import requests

from kubelab import model
from kubelab.checks import cluster, lab_objects
from kubelab.checks.view import Silent, View, Wrong, asked, told
from kubelab.clients import kube_api, patience
from kubelab.render import belongings

PORT = 30080
NAMESPACE = "guestbook"


def guestbook_ready(view: View) -> None:
    """The guestbook answers through its NodePort: this needs proxy, pod network, DNS name and redis leader."""
    reply = _said(view, "GET", "/readyz")
    if not reply.ok:
        raise Wrong(f"{reply.url} says {reply.status_code}: {reply.text.strip()[:200]}")


def guestbook_complete(view: View) -> None:
    """Every pod of the guestbook is Ready: leader, followers and frontends in the wanted numbers."""
    lab_objects.addon_ready(view, model.Addon.GUESTBOOK)


def dashboard_ready(view: View) -> None:
    """The web UI is Ready."""
    lab_objects.addon_ready(view, model.Addon.DASHBOARD)


def write(view: View, message: str) -> str:
    """Write a message as the page does, through the leader; return the entry's identifier."""
    reply = _said(view, "POST", "/api/entries", {"message": message})
    if reply.status_code != 201:
        raise Wrong(f"{reply.url} says {reply.status_code}: {reply.text.strip()[:200]}")
    return str(reply.json()["entry"]["id"])


def followers(view: View) -> list[kube_api.Json]:
    """Return the pods of the followers, ordered by worker; ended ones were replaced and are left out."""
    path = f"/api/v1/namespaces/{NAMESPACE}/pods"
    listed = asked(lambda: view.api.items(path, labelSelector="app=redis,role=follower"))
    found = [item for item in listed if not belongings.finished(item)]
    return sorted(found, key=lambda item: str(item["spec"].get("nodeName")))


def follower_has(view: View, worker: model.Machine, identifier: str) -> None:
    """The follower on that worker has the entry; the pod itself is asked, not the service."""
    pods = [item for item in followers(view) if item["spec"].get("nodeName") == worker.name]
    if len(pods) != 1:
        raise Wrong(f"{worker.name} has {len(pods)} followers")
    cluster.running(pods[0])
    container = pods[0]["status"]["containerStatuses"][0]["containerID"].rpartition("/")[2]
    said = told(view, worker, f"sudo crictl exec -s {container} redis-cli LRANGE guestbook:entries -100 -1")
    if identifier not in said:
        raise Wrong(f"{pods[0]['metadata']['name']} on {worker.name} does not have entry {identifier}")


def _said(view: View, method: str, path: str, body: kube_api.Json | None = None) -> requests.Response:
    """Return the frontend's answer through its NodePort on the first worker."""
    url = f"http://{view.lab.workers[0].address}:{PORT}{path}"
    session = requests.Session()
    session.trust_env = False
    try:
        return session.request(method, url, json=body, timeout=patience.seconds(5))
    except requests.RequestException as problem:
        late = isinstance(problem, requests.Timeout)
        raise Silent(f"{url}: {type(problem).__name__}", late=late) from problem
