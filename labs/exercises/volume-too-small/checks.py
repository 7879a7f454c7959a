"""Checks of volume-too-small."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

FOLDER = "/var/lib/kubelab/volumes"
"""Where a node has the folders of its volumes: the claim's namespace and name are in their names."""
LEAST = "500Mi"


def _claim(scene: Scene) -> Mapping[str, Any]:
    """Return the claim large; it is bound."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/persistentvolumeclaims/large")
    looks.wrong(row is None, f"there is no claim large in {scene.value('space')}")
    found: Mapping[str, Any] = row or {}
    phase = found["status"].get("phase")
    looks.wrong(phase != "Bound", f"the claim large is {phase}, not Bound")
    return found


def entry_has_room(scene: Scene) -> None:
    """diary in {{ space }} runs with its entry, on the claim large of 500Mi or more."""
    spec = _claim(scene)["spec"]
    kind = spec.get("storageClassName")
    looks.wrong(kind != "local", f"the claim large is of the class {kind}")
    asked = spec["resources"]["requests"]["storage"]
    looks.wrong(looks.quantity(asked) < looks.quantity(LEAST), f"the claim large asks for {asked}, not for {LEAST}")
    looks.wrong(_mounted(scene) != "large", "diary does not mount the claim large at /data")
    looks.deployment_ready(scene, scene.value("space"), "diary")
    wanted = f"{scene.value('word')}-{scene.value('space')}"
    for row in looks.pods_ready(scene, scene.value("space"), "app=diary", 1):
        said = looks.execute(scene, scene.value("space"), row["metadata"]["name"], ["cat", "/data/entry"]).strip()
        looks.wrong(said != wanted, f"/data/entry of diary has {said[:40]!r}, not the old entry")


def _mounted(scene: Scene) -> str:
    """Return the claim that diary has at /data, whole; empty for anything else there."""
    pod = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/diary")["spec"]["template"]["spec"]
    volumes = {item["name"]: item for item in pod.get("volumes") or []}
    mounts = {item["mountPath"].rstrip("/"): item for item in pod["containers"][0].get("volumeMounts") or []}
    row = mounts.get("/data") or {}
    if row.get("subPath") or any(path.startswith("/data/") for path in mounts):
        return ""
    return str((volumes.get(row.get("name"), {}).get("persistentVolumeClaim") or {}).get("claimName") or "")


def volume_outlives_its_claim(scene: Scene) -> None:
    """The volume of the claim large is kept when the claim is deleted."""
    name = _claim(scene)["spec"].get("volumeName")
    looks.wrong(not name, "the claim large names no volume")
    row = scene.find(f"/api/v1/persistentvolumes/{name}")
    looks.wrong(row is None, f"there is no volume {name}")
    policy = (row or {})["spec"].get("persistentVolumeReclaimPolicy")
    looks.wrong(policy != "Retain", f"the volume of the claim large has the reclaim policy {policy}")


def old_one_is_reclaimed(scene: Scene) -> None:
    """The claim small is gone, with its volume and the folder of that volume."""
    space = scene.value("space")
    claim = scene.find(f"/api/v1/namespaces/{space}/persistentvolumeclaims/small")
    looks.wrong(claim is not None, "the claim small is still there")
    ending = f"_{space}_small"
    left = [row["metadata"]["name"] for row in scene.items("/api/v1/persistentvolumes") if _path(row).endswith(ending)]
    looks.wrong(left, f"the volume of the claim small is still there: {', '.join(left)}")
    for machine in scene.lab.workers:
        names = scene.read(machine, f"ls -A {FOLDER}").split()
        folders = [name for name in names if name.endswith(ending)]
        looks.wrong(folders, f"{machine.name} still has the folder {', '.join(folders)}")


def _path(row: Mapping[str, Any]) -> str:
    """Return the folder of a volume; empty for one of another kind."""
    spec = row["spec"]
    return str((spec.get("local") or spec.get("hostPath") or {}).get("path", "")).rstrip("/")
