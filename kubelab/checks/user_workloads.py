"""Reports users' own workloads that are not well; they never count against the lab."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence

from kubelab.checks import lab_objects, pods
from kubelab.checks.view import View
from kubelab.clients import kube_api
from kubelab.render import belongings, volumes

PODS = "/api/v1/pods"
CLAIMS = "/api/v1/persistentvolumeclaims"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
DEPLOYMENTS = "/apis/apps/v1/deployments"
SPACES = "/api/v1/namespaces"
LISTS = (PODS, CLAIMS, CLASSES, DEPLOYMENTS, SPACES)
DEFAULT = "storageclass.kubernetes.io/is-default-class"
SETTLES = 20.0
"""Seconds that a pod or a claim may take to start, and a namespace to go."""
SHOWN = 8
Lists = Mapping[str, Sequence[kube_api.Json]]


def seen(view: View) -> list[str]:
    """Return the remarks about a lab, one a line; raises the errors of the API door."""
    mine = lab_objects.belongings_of(view)
    lists = {path: lab_objects.asked_items(view, path) for path in LISTS}
    return remarks(mine, lists, datetime.datetime.now(datetime.UTC).timestamp())


def remarks(own: belongings.Belongings, lists: Lists, now: float) -> list[str]:
    """Return a line for each thing that is not the lab's and not well; the list is bounded."""
    found = [f"not the lab's: {line}" for look in LOOKS for line in dict.fromkeys(look(own, lists, now))]
    left = len(found) - SHOWN
    return [*found[:SHOWN], f"not the lab's: {left} more like these"] if left > 0 else found


def _pods(own: belongings.Belongings, lists: Lists, now: float) -> Iterator[str]:
    for pod in lists.get(PODS, ()):
        about, phase = pod["metadata"], pod["status"].get("phase")
        if own.pod(pod) or about.get("deletionTimestamp") or phase == "Succeeded" or _ready(pod):
            continue
        reason = pods.why(pod)
        if phase == "Failed" or reason in BAD or _age(about, now) > SETTLES:
            kind, name = belongings.controller(pod)
            whose = f", of {kind.lower()} {name}" if kind else ""
            yield f"pod {about['namespace']}/{about['name']}{whose}: {reason}{_advice(pod)}"


BAD = (*pods.NO_IMAGE, *pods.NEVER, "CrashLoopBackOff", "RunContainerError")


def _advice(pod: kube_api.Json) -> str:
    """Return how to give a pod its image, if a node lacks it."""
    for row in pods.states(pod):
        if (row["state"].get("waiting") or {}).get("reason") in pods.NO_IMAGE:
            node = pod["spec"].get("nodeName")
            return f"; {node} has no image {row.get('image')}: ./run lab.load gives the nodes one of your Docker"
    return ""


def _claims(own: belongings.Belongings, lists: Lists, now: float) -> Iterator[str]:
    mine = own.claims(lists.get(PODS, ()))
    late = {item["metadata"]["name"] for item in lists.get(CLASSES, ())
            if item.get("volumeBindingMode") == "WaitForFirstConsumer"}  # fmt: skip
    makers = {item["metadata"]["name"]: str(item.get("provisioner", "")) for item in lists.get(CLASSES, ())}
    used = {
        (pod["metadata"]["namespace"], volume["persistentVolumeClaim"]["claimName"])
        for pod in lists.get(PODS, ())
        for volume in pod["spec"].get("volumes", [])
        if "persistentVolumeClaim" in volume
    }
    for item in lists.get(CLAIMS, ()):
        about, phase = item["metadata"], item["status"].get("phase")
        key = (about["namespace"], about["name"])
        waits = item["spec"].get("storageClassName") in late and key not in used
        if phase == "Bound" or waits or own.has("PersistentVolumeClaim", item) or key in mine:
            continue
        if _age(about, now) > SETTLES:
            yield f"claim {about['namespace']}/{about['name']} is {phase}{_refusal(item, makers)}"


def _refusal(claim: kube_api.Json, makers: Mapping[str, str]) -> str:
    name = claim["spec"].get("storageClassName") or ""
    if name not in makers:
        return f": there is no storage class {name}" if name else ""
    reason = volumes.ungranted(claim["spec"], name, makers[name]) if makers[name] != volumes.STATIC else None
    return f": {reason}" if reason else ""


def _classes(own: belongings.Belongings, lists: Lists, _: float) -> Iterator[str]:
    for item in lists.get(CLASSES, ()):
        default = (item["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
        if default and not own.has("StorageClass", item):
            yield f"storage class {item['metadata']['name']} says that it is the default as well"


def _deployments(own: belongings.Belongings, lists: Lists, _: float) -> Iterator[str]:
    for item in lists.get(DEPLOYMENTS, ()):
        about = item["metadata"]
        rows = {row["type"]: row for row in item.get("status", {}).get("conditions", [])}
        failure = rows.get("ReplicaFailure", {})
        if failure.get("status") == "True" and not own.has("Deployment", item):
            yield f"deployment {about['namespace']}/{about['name']}: {str(failure.get('message'))[:160]}"


def _spaces(own: belongings.Belongings, lists: Lists, now: float) -> Iterator[str]:
    for item in lists.get(SPACES, ()):
        since = item["metadata"].get("deletionTimestamp")
        if since and now - _stamp(since) > SETTLES and not own.has("Namespace", item):
            yield f"namespace {item['metadata']['name']} cannot go"


LOOKS: tuple[Callable[[belongings.Belongings, Lists, float], Iterator[str]], ...] = (
    _pods,
    _claims,
    _classes,
    _deployments,
    _spaces,
)


def _ready(pod: kube_api.Json) -> bool:
    return any(row["type"] == "Ready" and row["status"] == "True" for row in pod["status"].get("conditions", []))


def _age(about: kube_api.Json, now: float) -> float:
    return now - _stamp(about.get("creationTimestamp") or "1970-01-01T00:00:00Z")


def _stamp(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
