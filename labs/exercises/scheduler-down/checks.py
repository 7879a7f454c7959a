"""Checks of scheduler-down."""

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def pods_are_placed(scene: Scene) -> None:
    """The pods of {{ app }} in {{ space }} run."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))


def scheduler_runs(scene: Scene) -> None:
    """The scheduler runs as a static pod of {{ control_plane }}, is Ready, and has placed all waiting pods."""
    looks.static_pod(scene, "kube-scheduler")
    pods_are_placed(scene)


def where_to_look(scene: Scene) -> str:
    """Say where to look next."""
    try:
        looks.static_pod(scene, "kube-scheduler")
    except checks.Wrong as problem:
        return (
            f"On {scene.value('control_plane')}: {problem}. Look into /etc/kubernetes/manifests and at `crictl ps -a`."
        )
    return "The scheduler runs. Does it reach the API server? Its log says: `crictl logs` on the control plane."
