"""Checks of volume-moves."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _home(scene: Scene) -> str:
    """Return the namespace of diary."""
    return scene.value("space") + scene.value("suffix")


def _claim(scene: Scene) -> Mapping[str, Any]:
    """Return the claim new; it is bound."""
    row = scene.find(f"/api/v1/namespaces/{_home(scene)}/persistentvolumeclaims/new")
    looks.wrong(row is None, f"there is no claim new in {_home(scene)}")
    found = row or {}
    phase = found["status"].get("phase")
    looks.wrong(phase != "Bound", f"the claim new is {phase}, not Bound")
    return found


def entry_is_there(scene: Scene) -> None:
    """diary in {{ space }}{{ suffix }} runs on the claim new, and has the entry of old-diary."""
    _claim(scene)
    claim_is_mounted(scene)
    looks.deployment_ready(scene, _home(scene), "diary")
    for row in looks.pods_ready(scene, _home(scene), "app=diary", 1):
        said = looks.execute(scene, _home(scene), row["metadata"]["name"], ["cat", "/data/entry"]).strip()
        wanted = f"{scene.value('word')}-{scene.value('space')}"
        looks.wrong(said != wanted, f"/data/entry of diary has {said[:40]!r}, not the old entry")


def volume_outlives_its_claim(scene: Scene) -> None:
    """The volume of the claim new is kept when the claim is deleted."""
    name = _claim(scene)["spec"].get("volumeName")
    looks.wrong(not name, "the claim new names no volume")
    row = scene.find(f"/api/v1/persistentvolumes/{name}")
    looks.wrong(row is None, f"there is no volume {name}")
    policy = (row or {})["spec"].get("persistentVolumeReclaimPolicy")
    looks.wrong(policy != "Retain", f"the volume of the claim new has the reclaim policy {policy}")


def only_one_writes(scene: Scene) -> None:
    """old-diary asks for no replica and has no pod, and the claim old is gone."""
    space = scene.value("space")
    row = scene.find(f"/apis/apps/v1/namespaces/{space}/deployments/old-diary")
    looks.wrong(row is not None and row["spec"].get("replicas") != 0, "old-diary asks for replicas")
    pods = [item["metadata"]["name"] for item in looks.pods(scene, space, "app=old-diary")]
    looks.wrong(pods, f"{', '.join(pods)} may write")
    claim = scene.find(f"/api/v1/namespaces/{space}/persistentvolumeclaims/old")
    looks.wrong(claim is not None, "the claim old is still there")


def claim_is_mounted(scene: Scene, _: object = None) -> None:
    """diary mounts the claim new at /data, as before."""
    pod = scene.get(f"/apis/apps/v1/namespaces/{_home(scene)}/deployments/diary")["spec"]["template"]["spec"]
    volumes = {item["name"]: item for item in pod.get("volumes") or []}
    mounts = {item["mountPath"].rstrip("/"): item for item in pod["containers"][0].get("volumeMounts") or []}
    row = mounts.get("/data") or {}
    claim = (volumes.get(row.get("name"), {}).get("persistentVolumeClaim") or {}).get("claimName")
    looks.wrong(claim != "new" or row.get("subPath"), "diary does not mount the claim new at /data")
    over = [path for path in mounts if path.startswith("/data/")]
    looks.wrong(over, f"diary mounts something else at {', '.join(over)}")
