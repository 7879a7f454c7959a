"""Objects that people make in a lab, as the API shows them: none is the lab's, and each has a name."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import why_data

from kubelab import checks, paths
from kubelab.checks import user_workloads
from kubelab.clients import kube_api
from kubelab.diagnosis import evidence
from kubelab.render import addons

Json = dict[str, Any]
LONG_AGO = "2020-01-01T00:00:00Z"
PODS = user_workloads.PODS
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"


def about(name: str, space: str = "", **more: Any) -> Json:
    """Return an object's metadata."""
    spaced: Json = {"namespace": space} if space else {}
    return {"name": name, **spaced, "uid": name, "creationTimestamp": LONG_AGO, **more}


def pod(name: str, space: str, phase: str, *, of: tuple[str, str] | None = None, **state: Any) -> Json:
    """Return a pod that is not Ready: its phase, and what its container waits for or ended with."""
    kind, owner = of or ("", "")
    refs = {"ownerReferences": [{"kind": kind, "name": owner, "controller": True}]} if of else {}
    container = {"name": "c", "image": AGNHOST, "ready": False, "restartCount": 7, "state": state}
    status: Json = {"phase": phase, "conditions": [{"type": "Ready", "status": "False"}]}
    status |= {"containerStatuses": [container]} if state else {}
    spec: Json = {"nodeName": "kube-worker-01", "containers": [{"name": "c", "image": AGNHOST}]}
    return {"metadata": about(name, space, **refs), "spec": spec, "status": status}


def waiting(reason: str, message: str = "") -> Json:
    """Return the state of a container that waits."""
    return {"reason": reason, "message": message}


CRASHES = waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container=c pod=crash")
UNSCHEDULED = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes: no CPU"}
PENDING: Json = {"phase": "Pending", "conditions": [UNSCHEDULED]}


def deployment(name: str, space: str, **more: Any) -> Json:
    """Return a deployment of somebody's that wants three pods and has none."""
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"resources": {}, **more}]}}
    failure = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: small"}
    status = {"conditions": [failure], "observedGeneration": 1}
    spec = {"replicas": 3, "selector": {}, "template": template}
    return {"metadata": about(name, space, generation=1), "spec": spec, "status": status}


HOOK: Json = {
    "metadata": about("certs"),
    "webhooks": [{
        "name": "certs.example.com", "clientConfig": {"service": {"namespace": "ft", "name": "certs"}},
        "rules": [{"apiGroups": ["example.com"], "operations": ["CREATE"], "resources": ["certificates"]}],
    }],
}  # fmt: skip
CLAIM: Json = {
    "metadata": about("big", "ft"), "status": {"phase": "Pending"},
    "spec": {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"],
             "resources": {"requests": {"storage": "5Gi"}}},
}  # fmt: skip
TOO_MUCH = {"resources": {"requests": {"cpu": "64"}}}
DEFAULT: Json = {"annotations": {user_workloads.DEFAULT: "true"}}
QUOTA = {"metadata": about("none", "ft"), "spec": {"hard": {"pods": "0"}}}
FINALIZER = {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "example.com/x in 1 resource"}
STUCK = {
    "metadata": about("ft-old", deletionTimestamp=LONG_AGO),
    "spec": {"finalizers": ["kubernetes"]},
    "status": {"phase": "Terminating", "conditions": [FINALIZER]},
}
HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"

FINISHED: Mapping[str, tuple[str, Json]] = {
    "a node debugger in kube-system": (PODS, pod("node-debugger-x", "kube-system", "Succeeded")),
    "a Job in kube-system": (PODS, pod("once-x", "kube-system", "Succeeded", of=("Job", "once"))),
    "a Job in the guestbook's namespace": (PODS, pod("once-y", "guestbook", "Succeeded", of=("Job", "once"))),
    "a pod that is on its way out": (PODS, {
        "metadata": about("leaving", "kube-system", deletionTimestamp=LONG_AGO),
        "spec": {"containers": []}, "status": {"phase": "Running"},
    }),
}  # fmt: skip
"""Guests that nobody has to hear about, each with the list that shows it."""
BAD: Mapping[str, tuple[str, Json]] = {
    "a failed Job in kube-system": (PODS, pod("bad-x", "kube-system", "Failed", of=("Job", "bad"),
                                                     terminated={"reason": "Error", "exitCode": 1})),
    "a crashing pod in kube-system": (PODS, pod("crash-k", "kube-system", "Running", waiting=CRASHES)),
    "a crashing pod beside the guestbook": (PODS, pod("crash-g", "guestbook", "Running", waiting=CRASHES)),
    "a crashing pod of a deployment": (PODS, pod("web-5d-x", "ft", "Running", of=("ReplicaSet", "web-5d"),
                                                        waiting=CRASHES)),
    "an image that no node has": (PODS, pod("mine", "ft", "Pending", waiting=waiting("ErrImagePull"))),
    "a pod without a node": (PODS, {**pod("huge", "kube-system", "Pending"), "status": PENDING}),
    "a claim without a volume": (user_workloads.CLAIMS, CLAIM),
    "a claim beside the guestbook's": (user_workloads.CLAIMS, {**CLAIM, "metadata": about("more", "guestbook")}),
    "a second default class": (user_workloads.CLASSES, {"metadata": about("fast", "", **DEFAULT), "provisioner": "x"}),
    "a deployment that a quota stops": (user_workloads.DEPLOYMENTS, deployment("web", "ft")),
    "a deployment that is too large": (user_workloads.DEPLOYMENTS, deployment("large", "ft", **TOO_MUCH)),
    "a namespace that cannot go": (user_workloads.SPACES, STUCK),
}  # fmt: skip
"""Guests that do badly: they are told."""
QUIET: Mapping[str, tuple[str, Json]] = {
    "a quota that allows nothing": ("/api/v1/resourcequotas", QUOTA),
    "a webhook about other things": (HOOKS, HOOK),
}
"""Guests that are no concern of anybody but their owner."""
GUESTS: Mapping[str, tuple[str, Json]] = {**FINISHED, **BAD, **QUIET}


def visited(*names: str) -> evidence.Evidence:
    """Return what was seen of the healthy lab, with guests in it."""
    view = why_data.record()
    return with_objects(view, *(GUESTS[name] for name in names))


def with_objects(view: evidence.Evidence, *rows: tuple[str, Json]) -> evidence.Evidence:
    """Return the evidence with objects more in the cluster."""
    lists = {path: list(items) for path, items in view.cluster.lists.items()}
    for path, item in rows:
        lists.setdefault(path, []).append(copy.deepcopy(item))
    return dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))


class Door:
    """An API that shows what evidence has."""

    def __init__(self, view: evidence.Evidence) -> None:
        """Answer from these lists; what they do not have is an empty list."""
        self.lists = view.cluster.lists

    def items(self, path: str, **_: str) -> list[Json]:
        """Return a list."""
        return list(self.lists.get(path, ()))

    def get(self, path: str, **_: str) -> Json:
        """Return one object of a list, by its name."""
        place, name = path.rsplit("/", 1)
        return next(item for item in self.lists[place] if item["metadata"]["name"] == name)


def asked(view: evidence.Evidence, build: Path) -> checks.View:
    """Return the view that checks have of a lab like this evidence, its rendered objects written to `build`."""
    where = dataclasses.replace(paths.LabPaths(name=view.lab.name))
    rows = []
    for path, items in view.manifests.items():
        for index, item in enumerate(items, start=1):
            named: Json = item["metadata"]
            cells = ("0", item["apiVersion"], item["kind"], named.get("namespace", "-"), named["name"])
            rows.append("\t".join([*cells, path.rpartition("/")[2], str(index)]) + "\n")
    target = where.box(view.lab.control_plane[0].name) / f"files{addons.OBJECTS}"
    assert target.is_relative_to(build)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(rows), encoding="utf-8")
    return checks.View(lab=view.lab, where=where, api=cast(kube_api.Api, Door(view)))
