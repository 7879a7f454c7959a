"""Checks of pods-pending."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def pods_run(scene: Scene) -> None:
    """All three replicas of {{ app }} in {{ space }} run."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 3)


def next_one_runs_too(scene: Scene) -> None:
    """One more would find a place: a worker takes any pod, and the quota is not used up."""
    pods_run(scene)
    nodes = [scene.get(f"/api/v1/nodes/{machine.name}") for machine in scene.lab.workers]
    free = [row for row in nodes if not row["spec"].get("taints") and not row["spec"].get("unschedulable")]
    looks.wrong(not free and scene.value("wrong") == "taint", "no worker is free of taints")
    quota = scene.get(f"/api/v1/namespaces/{scene.value('space')}/resourcequotas/{scene.value('space')}")
    used, hard = (int(quota["status"].get(key, {}).get("pods", 0)) for key in ("used", "hard"))
    looks.wrong(used >= hard, f"the quota of {hard} pods is used up")
    looks.wrong(hard > 20, f"the quota allows {hard} pods")


def control_plane_is_spared(scene: Scene, _: object) -> None:
    """The control plane runs nobody's pods but its own."""
    row = scene.get(f"/api/v1/nodes/{scene.value('control_plane')}")
    keys = [item["key"] for item in row["spec"].get("taints", [])]
    looks.wrong("node-role.kubernetes.io/control-plane" not in keys, "the control plane's taint is gone")
