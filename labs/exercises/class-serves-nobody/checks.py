"""Checks of class-serves-nobody."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def _claim(scene: Scene) -> Mapping[str, Any]:
    """Return the claim, bound to a volume of its class."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/persistentvolumeclaims/{scene.value('claim')}")
    looks.wrong(row is None, f"there is no claim {scene.value('claim')}")
    found = row or {}
    looks.wrong(
        found["spec"].get("storageClassName") != scene.value("class"),
        f"the claim {scene.value('claim')} is not of the class {scene.value('class')}",
    )
    phase = found["status"].get("phase")
    looks.wrong(phase != "Bound", f"the claim {scene.value('claim')} is {phase}, not Bound")
    return found


def app_keeps_its_data(scene: Scene) -> None:
    """app in {{ space }} runs, with its claim {{ claim }} of the class {{ class }}."""
    _claim(scene)
    looks.deployment_ready(scene, scene.value("space"), "app")


def volume_outlives_its_claim(scene: Scene) -> None:
    """The volume of {{ claim }} is kept when the claim is deleted."""
    name = _claim(scene)["spec"].get("volumeName")
    looks.wrong(not name, f"the claim {scene.value('claim')} names no volume")
    row = scene.find(f"/api/v1/persistentvolumes/{name}")
    looks.wrong(row is None, f"there is no volume {name}")
    policy = (row or {})["spec"].get("persistentVolumeReclaimPolicy")
    looks.wrong(policy != "Retain", f"the volume of {scene.value('claim')} has the reclaim policy {policy}")


def next_claim_is_served(scene: Scene) -> None:
    """The class {{ class }} makes volumes as local does, and keeps them when their claim is deleted."""
    own = scene.find(f"{CLASSES}/{scene.value('class')}")
    looks.wrong(own is None, f"there is no class {scene.value('class')}")
    found, local = own or {}, scene.get(f"{CLASSES}/local")
    name = scene.value("class")
    looks.wrong(
        found["provisioner"] != local["provisioner"],
        f"volumes of {name} are made by {found['provisioner']}, which is not here",
    )
    mode = found.get("volumeBindingMode", "Immediate")
    looks.wrong(mode != "WaitForFirstConsumer", f"the binding mode of {name} is {mode}: no node is known yet")
    policy = found.get("reclaimPolicy", "Delete")
    looks.wrong(policy != "Retain", f"volumes of {name} have the reclaim policy {policy}")
    looks.wrong(found.get("allowedTopologies"), f"volumes of {name} may not be on every node")


def one_default(scene: Scene, _: object) -> None:
    """local is the only default class."""
    names = [row["metadata"]["name"] for row in scene.items(CLASSES)
             if (row["metadata"].get("annotations") or {}).get(DEFAULT) == "true"]  # fmt: skip
    looks.wrong(names != ["local"], f"default classes: {', '.join(names) or 'none'}")


def app_uses_the_claim(scene: Scene, _: object) -> None:
    """The deployment app still keeps its data in the claim {{ claim }}."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/app")
    volumes = row["spec"]["template"]["spec"].get("volumes") or []
    names = [(item.get("persistentVolumeClaim") or {}).get("claimName") for item in volumes]
    looks.wrong(scene.value("claim") not in names, f"the deployment app does not use the claim {scene.value('claim')}")
