"""Checks of data-survives."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _pods(scene: Scene) -> list[dict[str, object]]:
    looks.deployment_ready(scene, scene.value("space"), "diary")
    return looks.pods_ready(scene, scene.value("space"), "app=diary", 1)


def data_is_on_a_volume(scene: Scene) -> None:
    """{{ path_ }} of diary is on the claim {{ claim }}, which is bound to a volume of the class local."""
    pod = _diary(scene)["template"]["spec"]
    mounts = {item["mountPath"].rstrip("/") or "/": item for item in pod["containers"][0].get("volumeMounts") or []}
    path = PurePosixPath(scene.value("path_"))
    over = [str(place) for place in (path, *path.parents) if str(place) in mounts]
    looks.wrong(not over, f"no volume is mounted at {scene.value('path_')}")
    volumes = {item["name"]: item for item in pod.get("volumes") or []}
    claim = (volumes.get(mounts[over[0]]["name"], {}).get("persistentVolumeClaim") or {}).get("claimName")
    looks.wrong(claim != scene.value("claim"), f"{scene.value('path_')} is not on the claim {scene.value('claim')}")
    found = _claim(scene)
    looks.wrong(
        found is None or found["status"].get("phase") != "Bound", f"the claim {scene.value('claim')} is not bound"
    )
    looks.wrong(
        (found or {})["spec"].get("storageClassName") != "local",
        f"the claim {scene.value('claim')} is not of the class local",
    )


def _diary(scene: Scene) -> Mapping[str, Any]:
    return scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/diary")["spec"]


def _claim(scene: Scene) -> Mapping[str, Any] | None:
    return scene.find(f"/api/v1/namespaces/{scene.value('space')}/persistentvolumeclaims/{scene.value('claim')}")


def entry_is_there(scene: Scene) -> None:
    """The running pod has the entry in {{ path_ }}/entry, on the volume."""
    data_is_on_a_volume(scene)
    for row in looks.pods_ready(scene, scene.value("space"), "app=diary", 1):
        name = row["metadata"]["name"]
        said = looks.execute(scene, scene.value("space"), name, ["cat", f"{scene.value('path_')}/entry"]).strip()
        looks.wrong(
            said != f"{scene.value('word')}-{scene.value('space')}",
            f"{scene.value('path_')}/entry has {said[:40]!r}, not the old entry",
        )


def one_writer(scene: Scene, _: object) -> None:
    """diary has one pod, and no second one starts before the first is gone."""
    spec = _diary(scene)
    looks.wrong(spec["replicas"] != 1, f"diary asks for {spec['replicas']} replicas, not 1")
    claims = [item for item in spec["template"]["spec"].get("volumes") or [] if "persistentVolumeClaim" in item]
    alone = ((_claim(scene) or {}).get("spec") or {}).get("accessModes") == ["ReadWriteOncePod"]
    twice = claims and not alone and spec["strategy"]["type"] != "Recreate"
    looks.wrong(twice, "a rollout of diary would run two pods at a time")


def no_host_path(scene: Scene, _: object) -> None:
    """No volume is a machine's folder set by hand, and the pod is not tied to a machine."""
    pod = _diary(scene)["template"]["spec"]
    looks.wrong(
        any("hostPath" in item for item in pod.get("volumes") or []), "diary mounts a folder of the machine (hostPath)"
    )
    looks.wrong(pod.get("nodeName") or pod.get("nodeSelector"), "diary has a nodeName or a nodeSelector")
