"""Tells the lab's own objects of the cluster, as rendered, from those of its users, which are left alone.

The lab's are the objects that were rendered, the pods of rendered workloads, the static pods of its nodes, the claims
that those pods use, and every object with `LABEL`: an injected fault makes new objects that are to hurt the lab.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubelab import model
from kubelab.render import roles

Json = dict[str, Any]
Key = tuple[str, str, str]
"""Kind, namespace (empty for none), name."""
LABEL = "kubelab/part-of-lab"
WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet")
STAND_INS = "pod-template-hash"
"""The label by which a ReplicaSet tells its pods from those of its deployment's other templates."""
OVER = ("Succeeded", "Failed")


@dataclass(frozen=True, kw_only=True)
class Belongings:
    """The rendered objects of a lab's cluster: each object's key to its manifest; the names of its static pods."""

    rendered: Mapping[Key, str]
    static: frozenset[str] = field(default_factory=frozenset)

    def has(self, kind: str, item: Json) -> bool:
        """Return whether an object is the lab's own."""
        about = item["metadata"]
        return (kind, about.get("namespace", ""), about["name"]) in self.rendered or labelled(item)

    def pod(self, item: Json) -> bool:
        """Return whether a pod is the lab's own: a static pod of its nodes, or one of a workload of the lab's."""
        if item["metadata"]["name"] in self.static or labelled(item):
            return True
        kind, name = controller(item)
        return (kind, item["metadata"].get("namespace", ""), name) in self.rendered

    def claims(self, pods: Iterable[Json]) -> set[tuple[str, str]]:
        """Return namespace and name of every claim that a pod of the lab's own uses."""
        return {
            (pod["metadata"].get("namespace", ""), volume["persistentVolumeClaim"]["claimName"])
            for pod in pods
            if self.pod(pod)
            for volume in pod.get("spec", {}).get("volumes", [])
            if "persistentVolumeClaim" in volume
        }

    def workloads(self) -> dict[Key, str]:
        """Return the workloads, each with its manifest."""
        return {key: file for key, file in self.rendered.items() if key[0] in WORKLOADS}

    @property
    def spaces(self) -> frozenset[str]:
        """Return the namespaces with pods of the lab's own."""
        return frozenset(space for _, space, _ in self.workloads())


def of(lab: model.Lab, rendered: Mapping[Key, str]) -> Belongings:
    """Return a lab's belongings: the rendered objects, with the static pods of its nodes."""
    names = {f"{pod.name}-{node.name}" for node in lab.nodes for pod in roles.pods_of(node)}
    return Belongings(rendered=rendered, static=frozenset(names))


def labelled(item: Json) -> bool:
    """Return whether an object has the label of the lab's parts."""
    return LABEL in (item["metadata"].get("labels") or {})


def controller(pod: Json) -> tuple[str, str]:
    """Return kind and name of the owner that replaces an ended pod; a deployment, for one of its ReplicaSets."""
    about = pod["metadata"]
    for row in about.get("ownerReferences") or []:
        if row.get("controller"):
            suffix = f"-{(about.get('labels') or {}).get(STAND_INS)}"
            if row["kind"] == "ReplicaSet" and row["name"].endswith(suffix):
                return "Deployment", row["name"].removesuffix(suffix)
            return row["kind"], row["name"]
    return "", ""


def finished(pod: Json) -> bool:
    """Return whether a pod has ended or is being deleted: no wait includes it."""
    return bool(pod["metadata"].get("deletionTimestamp")) or pod.get("status", {}).get("phase") in OVER
