"""Checks of webhook-blocks."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _try(scene: Scene, name: str) -> str:
    """Return what the API server says to a new pod, which it does not keep: empty if it takes it."""
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "app", "image": scene.value("image")}]},
    }
    return scene.refusal(f"/api/v1/namespaces/{scene.value('space')}/pods", body)


def pods_are_admitted(scene: Scene) -> None:
    """The API server takes a new pod in {{ space }} (it is asked, and keeps nothing)."""
    said = _try(scene, "try")
    looks.wrong(said, said[:200])


def app_runs(scene: Scene) -> None:
    """The pods of app in {{ space }} run."""
    looks.deployment_ready(scene, scene.value("space"), "app")


def good_rule_stays(scene: Scene, _: object) -> None:
    """The rule keep-me still forbids what it forbade."""
    said = _try(scene, "forbidden-try")
    looks.wrong(not said, "a pod called forbidden is taken")
    row = scene.find("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/keep-me")
    looks.wrong(row is None, "its binding is gone")
