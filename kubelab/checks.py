"""What is true of a healthy lab: one vocabulary for waiting, testing, grading and diagnosing.

A check returns, raises `Wrong` (somebody answered, and it is not right) or `Silent` (nobody answered).
Waiting reads both as "not yet"; a test fails on both; grading tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import requests

from kubelab import api, docker, model, paths, remote, roles

GUESTBOOK_PORT = 30080


class Wrong(Exception):
    """Somebody answered, and what they said is not what a healthy lab says."""


class Silent(Exception):
    """Nobody answered: it cannot be told whether it is right."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What a check may look at: the lab as it should be, and the doors to the lab as it is."""

    lab: model.Lab
    where: paths.LabPaths
    api: api.Api

    @classmethod
    def of(cls, lab: model.Lab, where: paths.LabPaths) -> View:
        """Return the view of the lab's administrator."""
        return cls(lab=lab, where=where, api=api.Api.of(where, lab.api_endpoint))

    def lab_machine(self, name: str) -> model.Machine:
        """Return the machine of that name."""
        return next(machine for machine in self.lab.machines if machine.name == name)


# placeholder
Check = Callable[[View], None]
Answer = TypeVar("Answer")


def boxes_run(view: View) -> None:
    """Every box of the lab is running."""
    running = {item["Name"].lstrip("/") for item in docker.containers(view.lab.name) if item["State"]["Running"]}
    missing = [machine.name for machine in view.lab.machines if machine.container not in running]
    if missing:
        raise Wrong(f"not running: {', '.join(missing)}")


def folders_applied(view: View) -> None:
    """Every box has applied exactly the folder that was rendered for it."""
    silent, wrong = [], []
    for name, record in records(view).items():
        if isinstance(record, Exception):
            silent.append(str(record))
        elif record != (view.where.box(name) / "files.tsv").read_text(encoding="utf-8"):
            wrong.append(f"{name} has not applied its folder yet")
    if wrong:
        raise Wrong("; ".join(wrong))
    if silent:
        raise Silent("; ".join(silent))


def etcd_answers(view: View) -> None:
    """Every etcd member answers over mutual TLS and says that it is healthy."""
    keys = view.where.keys
    identity = (str(keys / "etcd/apiserver-etcd-client.crt"), str(keys / "etcd/apiserver-etcd-client.key"))
    for endpoint in view.lab.etcd_endpoints:
        try:
            reply = requests.get(f"{endpoint}/health", cert=identity, verify=str(keys / "etcd/ca.crt"), timeout=3)
        except requests.RequestException as problem:
            raise Silent(f"{endpoint}: {type(problem).__name__}") from problem
        if not reply.ok or reply.json().get("health") != "true":
            raise Wrong(f"{endpoint} says {reply.text.strip()[:200]}")


def api_ready(view: View) -> None:
    """The API server says that it is ready."""
    reply = _asked(lambda: view.api.request("GET", "/readyz"))
    if not reply.ok:
        raise Wrong(f"/readyz says {reply.status_code}")


def nodes_ready(view: View) -> None:
    """Exactly the lab's nodes are registered, and every one is Ready."""
    found = {item["metadata"]["name"]: item for item in _asked(lambda: view.api.items("/api/v1/nodes"))}
    wanted = {machine.name for machine in view.lab.nodes}
    if set(found) != wanted:
        raise Wrong(f"registered: {', '.join(sorted(found)) or 'none'}; wanted: {', '.join(sorted(wanted))}")
    unready = [name for name, node in sorted(found.items()) if not condition(node, "Ready")]
    if unready:
        raise Wrong(f"not Ready: {', '.join(unready)}")


def system_pods_ready(view: View) -> None:
    """Every static pod of every node, and everything else in the system namespaces, is Ready."""
    pods = _asked(lambda: view.api.items("/api/v1/pods"))
    names = {item["metadata"]["name"] for item in pods}
    missing = sorted(static_pod_names(view.lab) - names)
    if missing:
        raise Wrong(f"no such pod yet: {', '.join(missing)}")
    system = [item for item in pods if item["metadata"]["namespace"] in ("kube-system", "calico-system")]
    _all_ready(system)


def dns_ready(view: View) -> None:
    """Cluster DNS has a ready backend behind its service address."""
    _service_ready(view, "kube-system", "kube-dns")


def guestbook_ready(view: View) -> None:
    """The guestbook answers through its NodePort: proxy, pod network, DNS name, redis leader and all."""
    worker = view.lab.workers[0]
    url = f"http://{worker.address}:{GUESTBOOK_PORT}/readyz"
    try:
        session = requests.Session()
        session.trust_env = False
        reply = session.get(url, timeout=3)
    except requests.RequestException as problem:
        raise Silent(f"{url}: {type(problem).__name__}") from problem
    if not reply.ok:
        raise Wrong(f"{url} says {reply.status_code}: {reply.text.strip()[:200]}")


def guestbook_complete(view: View) -> None:
    """Every pod of the guestbook is Ready: leader, followers, frontends."""
    _namespace_ready(view, "guestbook")


def dashboard_ready(view: View) -> None:
    """The web UI is Ready."""
    _namespace_ready(view, "dashboard")


BASE: Mapping[str, Check] = {
    "boxes": boxes_run,
    "etcd": etcd_answers,
    "API server": api_ready,
    "nodes": nodes_ready,
}
ADDONS: Mapping[model.Addon, Mapping[str, Check]] = {
    model.Addon.DNS: {"cluster DNS": dns_ready},
    model.Addon.GUESTBOOK: {"guestbook answers": guestbook_ready, "guestbook complete": guestbook_complete},
    model.Addon.DASHBOARD: {"dashboard": dashboard_ready},
}
LAST: Mapping[str, Check] = {"system pods": system_pods_ready, "folders applied": folders_applied}


def healthy(lab: model.Lab) -> dict[str, Check]:
    """Return the checks of a healthy lab by name, in the order in which they come true."""
    addons = {name: check for addon in lab.addons for name, check in ADDONS.get(addon, {}).items()}
    return {**BASE, **addons, **LAST}


def records(view: View) -> dict[str, str | Exception]:
    """Return machine name to the record of what it applied, or to why it could not be read; all in parallel."""
    command = "cat /var/lib/kubelab/applied.tsv"
    return remote.each(view.lab.machines, lambda machine: remote.run(view.where, machine, command))


def condition(item: api.Json, name: str) -> bool:
    """Return whether an object's condition is True."""
    found = item.get("status", {}).get("conditions", [])
    return any(row["type"] == name and row["status"] == "True" for row in found)


def static_pod_names(lab: model.Lab) -> set[str]:
    """Return the names under which the static pods of all nodes appear in the API."""
    return {f"{pod.name}-{node.name}" for node in lab.nodes for pod in roles.static_pods(node.kind)}


def _namespace_ready(view: View, namespace: str) -> None:
    pods = _asked(lambda: view.api.items(f"/api/v1/namespaces/{namespace}/pods"))
    deployments = _asked(lambda: view.api.items(f"/apis/apps/v1/namespaces/{namespace}/deployments"))
    wanted = sum(item["spec"]["replicas"] for item in deployments)
    if not wanted or len(pods) < wanted:
        raise Wrong(f"{namespace} has {len(pods)} of {wanted or 'its'} pods")
    _all_ready(pods)


def _service_ready(view: View, namespace: str, service: str) -> None:
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    slices = _asked(lambda: view.api.items(path, labelSelector=f"kubernetes.io/service-name={service}"))
    ready = [end for item in slices for end in item.get("endpoints") or [] if end["conditions"].get("ready")]
    if not ready:
        raise Wrong(f"service {namespace}/{service} has no ready backend")


def _all_ready(pods: list[api.Json]) -> None:
    unready = sorted(f"{pod['metadata']['name']} ({why(pod)})" for pod in pods if not condition(pod, "Ready"))
    if unready:
        raise Wrong(f"not Ready: {', '.join(unready)}")


def why(pod: api.Json) -> str:
    """Return in a few words what a pod that is not Ready is waiting for."""
    for row in pod["status"].get("containerStatuses", []):
        state = row["state"].get("waiting") or row["state"].get("terminated")
        if state:
            return str(state.get("reason", "waiting"))
    for row in pod["status"].get("conditions", []):
        if row["type"] == "PodScheduled" and row["status"] != "True":
            return str(row.get("message", row.get("reason")))
    return str(pod["status"].get("phase", "unknown"))


def _asked(ask: Callable[[], Answer]) -> Answer:
    """Return the API's answer in this vocabulary: no reply is `Silent`, a refusal is `Wrong`."""
    try:
        return ask()
    except api.Unanswered as problem:
        raise Silent(str(problem)) from problem
    except api.Refused as problem:
        raise Wrong(str(problem)) from problem
