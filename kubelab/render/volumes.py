"""The facts of a persistent volume of a node: its node, its folder, and whether a provisioner made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

Json = Mapping[str, Any]
COLLECTION = "/api/v1/persistentvolumes"
FOLDER = "/var/lib/kubelab/volumes"
"""The folder of every node's volumes; a Docker volume keeps it when a box is made anew."""
CLASS = "local"
PROVISIONER = "rancher.io/local-path"
NAMESPACE, DEPLOYMENT = "local-path-storage", "local-path-provisioner"
STATIC = "kubernetes.io/no-provisioner"
"""The provisioner of a class whose volumes are made by hand."""
MODES = ("ReadWriteOnce", "ReadWriteOncePod")
"""The access modes of the class: a folder of one node is written by the pods of one node."""
MAKER = "pv.kubernetes.io/provisioned-by"
CLAIMS_MAKER = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")


def node(volume: Json) -> str:
    """Return the node that a volume is tied to; empty if it is tied to none."""
    terms = volume["spec"].get("nodeAffinity", {}).get("required", {}).get("nodeSelectorTerms", [])
    found = [value for term in terms for row in term.get("matchExpressions", []) for value in row.get("values", [])]
    return str(found[0]) if found else ""


def path(volume: Json) -> str:
    """Return the folder behind a volume, on its node; empty for a volume of another kind."""
    spec = volume["spec"]
    return str((spec.get("local") or spec.get("hostPath") or {}).get("path", ""))


def folder(volume: Json) -> str:
    """Return the name of a volume's folder below `FOLDER`; empty for one elsewhere."""
    place = PurePosixPath(path(volume) or "/")
    return place.name if str(place.parent) == FOLDER else ""


def made(volume: Json) -> bool:
    """Return whether a provisioner made it: such a volume comes and goes with its claim."""
    return MAKER in (volume["metadata"].get("annotations") or {})


def served(claim: Json) -> bool:
    """Return whether a provisioner makes the claim's volume, so that it cannot be chosen."""
    notes = claim["metadata"].get("annotations") or {}
    return any(name in notes for name in CLAIMS_MAKER)


def grantable(claim: Json) -> dict[str, Any]:
    """Return a claim of the same name and size that the lab's class can grant."""
    about = claim["metadata"]
    size = claim["spec"].get("resources", {}).get("requests", {}).get("storage", "1Gi")
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": about["name"], "namespace": about["namespace"]},
        "spec": {"storageClassName": CLASS, "accessModes": [MODES[0]], "resources": {"requests": {"storage": size}}},
    }


def ungranted(spec: Json, name: str, provisioner: str) -> str | None:
    """Return what a claim asks for and its class's provisioner cannot grant; None for one that waits for its first
    pod."""
    if provisioner != PROVISIONER:
        return f"its class {name} is of {provisioner}, and no provisioner of that name is here"
    wrong = [mode for mode in spec.get("accessModes", []) if mode not in MODES]
    if wrong:
        return f"{', '.join(wrong)} is not granted: a volume is a folder of one node ({MODES[0]})"
    if spec.get("selector"):
        return "it selects volumes by their labels, and a volume that is made for it has none"
    return "a block device is not granted, only folders" if spec.get("volumeMode") == "Block" else None


def on(volumes: Iterable[Json], name: str) -> Iterator[Json]:
    """Yield the volumes that are tied to a node."""
    return (volume for volume in volumes if node(volume) == name)
