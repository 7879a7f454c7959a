"""Checks of data-survives."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _pods(scene: Scene) -> list[dict[str, object]]:
    looks.deployment_ready(scene, scene.value("space"), "diary")
    return looks.pods_ready(scene, scene.value("space"), "app=diary", 1)


def data_is_on_a_volume(scene: Scene) -> None:
    """{{ path_ }} of diary is the claim {{ claim }}, and that is bound to a volume."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/diary")
    pod = row["spec"]["template"]["spec"]
    mounts = {item["mountPath"].rstrip("/"): item["name"] for item in pod["containers"][0].get("volumeMounts", [])}
    name = mounts.get(scene.value("path_"))
    looks.wrong(name is None, f"nothing is mounted at {scene.value('path_')}")
    volume = next(item for item in pod["volumes"] if item["name"] == name)
    claim = volume.get("persistentVolumeClaim", {}).get("claimName")
    looks.wrong(claim != scene.value("claim"), "it is no claim of that name")
    found = scene.find(f"/api/v1/namespaces/{scene.value('space')}/persistentvolumeclaims/{claim}")
    looks.wrong(found is None or found["status"].get("phase") != "Bound", "the claim is not bound")


def entry_is_there(scene: Scene) -> None:
    """The entry is in {{ path_ }}/entry of the pod that runs now, on the volume."""
    data_is_on_a_volume(scene)
    for row in looks.pods_ready(scene, scene.value("space"), "app=diary", 1):
        name = row["metadata"]["name"]
        said = looks.execute(scene, scene.value("space"), name, ["cat", f"{scene.value('path_')}/entry"]).strip()
        looks.wrong(said != f"{scene.value('word')}-{scene.value('space')}", f"it says {said[:40]!r}")


def one_writer(scene: Scene, _: object) -> None:
    """No second pod of diary is started before the first is gone, and there is one."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/diary")
    looks.wrong(row["spec"]["replicas"] != 1, f"it asks for {row['spec']['replicas']} replicas")
    claims = [item for item in row["spec"]["template"]["spec"].get("volumes", []) if "persistentVolumeClaim" in item]
    looks.wrong(claims and row["spec"]["strategy"]["type"] != "Recreate", "a rollout would run two at a time")


def no_host_path(scene: Scene, _: object) -> None:
    """Nothing is kept in a folder of a machine by hand, nor is the pod tied to one."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/diary")
    pod = row["spec"]["template"]["spec"]
    looks.wrong(any("hostPath" in item for item in pod.get("volumes", [])), "a folder of the machine is mounted")
    looks.wrong(pod.get("nodeName") or pod.get("nodeSelector"), "the pod is tied to a machine")
