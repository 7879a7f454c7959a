"""Checks of controllers-asleep."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def replicas_come(scene: Scene) -> None:
    """The deployment {{ app }} in {{ space }} has its two replicas, and they run."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 2)


def controllers_run(scene: Scene) -> None:
    """The controller manager is a static pod of {{ control_plane }}, is Ready, and has done the waiting work."""
    looks.static_pod(scene, "kube-controller-manager")
    replicas_come(scene)


def no_pods_by_hand(scene: Scene, _: object) -> None:
    """Every pod in {{ space }} was made by a controller."""
    alone = [row["metadata"]["name"] for row in looks.pods(scene, scene.value("space"))
             if not row["metadata"].get("ownerReferences")]  # fmt: skip
    looks.wrong(alone, f"pods without a controller: {', '.join(alone)}")
