"""Checks of webhook-blocks."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

RULES = "/apis/admissionregistration.k8s.io/"


def _try(scene: Scene, name: str) -> str:
    """Return the API server's refusal of a new pod in a dry run, empty if it admits the pod."""
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "app", "image": scene.value("image")}]},
    }
    return scene.refusal(f"/api/v1/namespaces/{scene.value('space')}/pods", body)


def pods_are_admitted(scene: Scene) -> None:
    """The API server admits a new pod in {{ space }} (a dry run, so no pod is created)."""
    said = _try(scene, "try")
    looks.wrong(said, said[:200])


def app_runs(scene: Scene) -> None:
    """The pods of app in {{ space }} run."""
    looks.deployment_ready(scene, scene.value("space"), "app")


def good_rule_stays(scene: Scene, _: object) -> None:
    """The rule keep-me still forbids the same pods, and all other earlier rules are unchanged."""
    said = _try(scene, "forbidden-try")
    looks.wrong("no pod is called forbidden" not in said, said[:200] or "the API server admits a pod called forbidden")
    row = scene.find(f"{RULES}v1/validatingadmissionpolicybindings/keep-me")
    looks.wrong(row is None, "there is no binding keep-me")
    for (kind, _space, name), was in scene.before().found.items():
        if kind.startswith(RULES) and name != scene.value("name"):
            row = scene.find(f"{kind}/{name}")
            looks.wrong(row is None, f"{kind.rpartition('/')[2]}/{name} is gone")
            same = all((row or {}).get(part) == was.get(part) for part in ("spec", "webhooks"))
            looks.wrong(not same, f"{kind.rpartition('/')[2]}/{name} was changed")
