"""Graders of a node that is upgraded by hand: what runs counts, and the order of drain and upgrade."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import graders_data
import labs_data
import pytest

LAB = labs_data.lab()
TARGET = LAB.workers[0].name
NEW, OLD = "v1.37.1", "v1.36.3"
BEGAN = 1767258000
"""2026-01-01T09:00:00Z: when the kubelet was started."""
PODS = "/api/v1/namespaces/shop/pods"


def node(version: str = NEW) -> dict[str, Any]:
    """Return a Ready node whose kubelet says this version."""
    ready = {"type": "Ready", "status": "True"}
    return {"spec": {}, "status": {"nodeInfo": {"kubeletVersion": version}, "conditions": [ready]}}


def static(image: str) -> dict[str, Any]:
    """Return a Ready static pod of an image."""
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    meta = {"annotations": {"kubernetes.io/config.mirror": "1"}}
    return {"metadata": meta, "spec": {"containers": [{"image": image}]}, "status": ready}


def lab(
    found: Mapping[str, Any] | None = None, *, runs: str = NEW, kubectl: str = "", log: Path | None = None
) -> graders_data.Lab:
    """Return a lab whose control plane is new, with what its machines print."""
    prints = {
        "MainPID": f"Kubernetes {runs}\n",
        "is-active": "active\nenabled\n",
        "ExecMainStartTimestamp": f"@{BEGAN}\n",
        "kubectl version": kubectl,
    }

    class Lab(graders_data.Lab):
        def read(self, machine: object, command: str, timeout: float = 10) -> str:
            if log is None or "audit" not in command:
                return super().read(machine, command, timeout)
            words = [word.replace("/var/log/kubernetes/audit*.log", str(log)) for word in shlex.split(command)]
            return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    system = "/api/v1/namespaces/kube-system/pods"
    nodes = {f"/api/v1/nodes/{machine.name}": node() for machine in LAB.nodes}
    proxies = {f"{system}/kube-proxy-{machine.name}": static(f"x/kube-proxy:{NEW}") for machine in LAB.nodes}
    server = {f"{system}/kube-apiserver-{LAB.control_plane[0].name}": static(f"x/kube-apiserver:{NEW}")}
    space = {"/api/v1/namespaces/shop": {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}, PODS: []}
    answers = {**nodes, **proxies, **server, **space, **(found or {})}
    return Lab(answers, prints=prints, target=TARGET, space="shop", app="till")


def evicted(when: str, user: str = "kubelab-admin", code: int = 201, pod: str = "till-1") -> str:
    """Return a line of the audit log about an eviction."""
    what = {"resource": "pods", "namespace": "shop", "name": pod, "subresource": "eviction"}
    entry = {"verb": "create", "objectRef": what, "requestReceivedTimestamp": when, "responseStatus": {"code": code}}
    return json.dumps({**entry, "user": {"username": user}}, separators=(",", ":"))


@pytest.mark.parametrize(
    ("runs", "told", "said"),
    [
        (NEW, NEW, ""),
        (OLD, NEW, f"the kubelet that runs on {TARGET} is {OLD}"),
        (NEW, OLD, f"the node {TARGET} says {OLD}"),
        ("", NEW, f"the kubelet that runs on {TARGET} is "),
    ],
)
def test_the_version_is_that_of_the_process(runs: str, told: str, said: str) -> None:
    """A new link, or a node object that was written by hand, is no new kubelet."""
    seen = graders_data.verdict(
        graders_data.check("node-behind", "kubelet_is_new"), lab({f"/api/v1/nodes/{TARGET}": node(told)}, runs=runs)
    )
    assert (said in seen) if said else not seen


def test_every_other_node_is_watched() -> None:
    """An older kubelet or kube-proxy elsewhere, or a cordon, costs; those of the target are the task itself."""
    guard = graders_data.check("node-behind", "others_stay_new")
    other, master = LAB.workers[1].name, LAB.control_plane[0].name
    proxy = "/api/v1/namespaces/kube-system/pods/kube-proxy-{}"
    assert not graders_data.verdict(guard, lab({f"/api/v1/nodes/{TARGET}": node(OLD)}), [])
    assert OLD in graders_data.verdict(guard, lab({f"/api/v1/nodes/{master}": node(OLD)}), [])
    assert OLD in graders_data.verdict(guard, lab({proxy.format(other): static(f"x/kube-proxy:{OLD}")}), [])
    closed = {**node(), "spec": {"unschedulable": True}}
    assert "cordoned" in graders_data.verdict(guard, lab({f"/api/v1/nodes/{other}": closed}), [])


@pytest.mark.parametrize(
    ("kubectl", "said"),
    [
        (json.dumps({"clientVersion": {"gitVersion": NEW}}), ""),
        (json.dumps({"clientVersion": {"gitVersion": OLD}}), f"is {OLD}"),
        ("no such thing", "the answer of kubectl"),
    ],
)
def test_kubectl_tells_its_version(kubectl: str, said: str) -> None:
    """The program is asked, and one that prints something else is wrong, with a sentence."""
    seen = graders_data.verdict(graders_data.check("node-behind", "kubectl_is_new"), lab(kubectl=kubectl))
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("lines", "made", "said"),
    [
        ([evicted("2026-01-01T08:59:00.5Z")], "", ""),
        ([evicted("2026-01-01T08:59:00.5Z")], "2026-01-01T09:00:05Z", ""),
        ([], "", "no pod of shop was evicted before"),
        ([evicted("2026-01-01T09:01:00.5Z")], "", "no pod of shop was evicted before"),
        ([evicted("2026-01-01T08:59:00.5Z", code=429)], "", "no pod of shop was evicted before"),
        ([evicted("2026-01-01T08:59:00.5Z", user="system:kube-scheduler")], "", "no pod of shop was evicted before"),
        ([evicted("2026-01-01T08:59:00.5Z", pod="other")], "", "no pod of shop was evicted before"),
        ([evicted("2026-01-01T08:59:00.5Z")], "2026-01-01T08:00:00Z", "till-1 stayed on"),
    ],
)
def test_pods_leave_before_the_kubelet_changes(lines: list[str], made: str, said: str, tmp_path: Path) -> None:
    """By a granted eviction; a pod that is older than the kubelet of its node was there all the time."""
    log = tmp_path / "audit.log"
    log.write_text("".join(f"{line}\n" for line in ["{}", *lines]), encoding="utf-8")
    meta = {"name": "till-1", "creationTimestamp": made}
    pods = [{"metadata": meta, "spec": {"nodeName": TARGET}, "status": {"phase": "Running"}}] if made else []
    seen = graders_data.verdict(graders_data.check("node-behind", "was_drained"), lab({PODS: pods}, log=log))
    assert (said in seen) if said else not seen
