"""Probe pods: one on each worker, in a namespace of their own, made when first needed and kept until removed.

They name their node themselves and have a service account of their own, so they need neither the scheduler nor the
controller-manager: a check of the network does not fail for one of those. Commands run through the runtime in the box,
not through the API server: logs and exec are a check of their own.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from kubelab import model
from kubelab.checks import cluster
from kubelab.checks.view import Silent, View, Wrong, asked
from kubelab.clients import kube_api, ssh
from kubelab.components import pod_images

NAMESPACE = "kubelab-probe"
PLACE = f"/api/v1/namespaces/{NAMESPACE}"
PODS = f"{PLACE}/pods"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
OPEN, CLOSED = 8080, 8082
"""Every probe listens on both ports; a network policy lets only the first through."""
LISTEN = f"cd /tmp && echo here > index.html && httpd -p {CLOSED} -h /tmp && exec /agnhost netexec --http-port={OPEN}"
SERVICE = "probe"
GONE = 90
"""Seconds for a namespace to go; six are usual, many more on a computer that is busy with other labs."""


def pod(lab: model.Lab, name: str, command: list[str], *, node: str = "") -> kube_api.Json:
    """Return a pod of the test image, without privileges; with `node` it is already placed."""
    container = {
        "name": "probe",
        "image": pod_images.IMAGES["agnhost"].reference(lab.versions),
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": {"requests": {"cpu": "5m", "memory": "8Mi"}},
    }
    spec = {
        "serviceAccountName": "probe",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "containers": [container],
        **({"nodeName": node} if node else {}),
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def deployment_of_nothing(lab: model.Lab, name: str) -> kube_api.Json:
    """Return a deployment without pods, for a controller to observe."""
    template = pod(lab, name, ["/agnhost", "pause"])
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": template["spec"]},
        },
    }


def _service() -> kube_api.Json:
    ports = [{"name": "http", "port": 80, "targetPort": OPEN}]
    spec = {"type": "NodePort", "selector": {"probe": "yes"}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": SERVICE}, "spec": spec}


def _policy() -> kube_api.Json:
    spec = {
        "podSelector": {"matchLabels": {"probe": "yes"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": OPEN}]}],
    }
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return {**kind, "metadata": {"name": f"only-{OPEN}"}, "spec": spec}


def make_place(view: View) -> None:
    """Make the namespace and the objects that every probe needs; the service account comes last and shows that all
    exist."""
    account = f"{PLACE}/serviceaccounts"
    if asked(lambda: view.api.request("GET", f"{account}/probe")).ok:
        return
    named = {"apiVersion": "v1", "metadata": {"name": "probe"}}
    _create(view, "/api/v1/namespaces", {**named, "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    _create(view, f"/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies", _policy())
    _create(view, f"{PLACE}/services", _service())
    _create(view, account, {**named, "kind": "ServiceAccount"})


def _create(view: View, path: str, item: kube_api.Json) -> None:
    """Create an object; an existing one (another run made it just now) is fine."""
    reply = asked(lambda: view.api.request("POST", path, item))
    there = reply.status_code == 409 and "being deleted" not in reply.text
    if not (reply.ok or there):
        raise Silent(f"no probe can be made: {kube_api.Refused(reply)}")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A running probe: its worker, its pod's name and address, its container's id in the worker's runtime."""

    worker: model.Machine
    name: str
    address: str
    container: str


def wake(view: View) -> None:
    """Make every missing probe, without waiting for any."""
    make_place(view)
    names = {item["metadata"]["name"] for item in asked(lambda: view.api.items(PODS))}
    for worker in view.lab.workers:
        if _name(worker) not in names:
            _make(view, worker)


def on(view: View, worker: model.Machine) -> Probe:
    """Return the probe of a worker; a missing one is made, and it is `Silent` until it runs."""
    reply = asked(lambda: view.api.request("GET", f"{PODS}/{_name(worker)}"))
    if reply.status_code == 404:
        make_place(view)
        _make(view, worker)
        raise Silent(f"{_name(worker)} has only just been made")
    if not reply.ok:
        raise Silent(f"{_name(worker)}: {kube_api.Refused(reply)}")
    item = reply.json()
    if item["status"].get("phase") in ("Failed", "Succeeded"):
        asked(lambda: view.api.delete(f"{PODS}/{_name(worker)}", gracePeriodSeconds="0"))
    return of(item, worker)


def of(item: kube_api.Json, worker: model.Machine) -> Probe:
    """Return a pod of a worker to run commands in; `Silent` until the pod runs."""
    try:
        cluster.running(item)
    except Wrong as problem:
        raise Silent(f"a test from {worker.name} could not run: {problem}") from problem
    identity = item["status"]["containerStatuses"][0]["containerID"].rpartition("/")[2]
    return Probe(worker=worker, name=item["metadata"]["name"], address=item["status"]["podIP"], container=identity)


def inside(view: View, probe: Probe, script: str, *, timeout: float = 15) -> str:
    """Return the output of a script (for sh) in the probe; `Wrong` if it failed, `Silent` if it could not run."""
    command = f"sudo crictl exec -s {probe.container} sh -c {shlex.quote(script)}"
    try:
        return ssh.run(view.where, probe.worker, command, timeout=timeout)
    except ssh.Unreachable as problem:
        raise Silent(str(problem), late=problem.late) from problem
    except ssh.Failed as problem:
        if "exited with" in problem.output:
            raise Wrong(f"in {probe.name}: `{script}` failed: {_words(problem.output)}") from problem
        raise Silent(f"{probe.worker.name}: {_words(problem.output)}") from problem


def remove(view: View) -> None:
    """Remove the probes and their namespace and wait until they are gone."""
    gone(view, NAMESPACE)


def gone(view: View, namespace: str) -> None:
    """Delete a namespace and wait until it is gone; `Wrong` if it does not go in time."""
    path = "/api/v1/namespaces"
    asked(lambda: view.api.delete(f"{path}/{namespace}"))
    if asked(lambda: view.api.request("GET", f"{path}/{namespace}")).status_code == 404:
        return
    if not asked(lambda: any(kind == "DELETED" for kind, _ in view.api.watch(path, namespace, GONE))):
        raise Wrong(f"namespace {namespace} is still there after {GONE} s")


def _name(worker: model.Machine) -> str:
    return f"probe-{worker.name}"


def _make(view: View, worker: model.Machine) -> None:
    item = pod(view.lab, _name(worker), ["sh", "-c", LISTEN], node=worker.name)
    item["metadata"]["labels"]["probe"] = "yes"
    _create(view, PODS, item)


def _words(output: str) -> str:
    return " ".join(output.split())[-300:]
