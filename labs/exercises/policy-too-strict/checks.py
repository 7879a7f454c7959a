"""Checks of policy-too-strict. The variant's $DNS says whether DNS was forgotten; the address is read from the lab."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def client_gets_in(scene: Scene) -> None:
    """{{ client }} in {{ space }} reaches the service store by its name."""
    looks.pods_ready(scene, scene.value("space"), "app=store", 1)
    looks.connects(scene, scene.value("space"), f"app={scene.value('client')}", "store:80")


def others_stay_out(scene: Scene, _: object) -> None:
    """stranger does not reach store."""
    store = looks.pods_ready(scene, scene.value("space"), "app=store", 1)[0]["status"]["podIP"]
    looks.refused(scene, scene.value("space"), "app=stranger", f"{store}:8080")


def policies_stay(scene: Scene, _: object) -> None:
    """Both policies are there, for the same pods and directions as before."""
    for name, kind in (("store", "Ingress"), (scene.value("client"), "Egress")):
        row = scene.find(f"/apis/networking.k8s.io/v1/namespaces/{scene.value('space')}/networkpolicies/{name}")
        looks.wrong(row is None, f"the policy {name} is gone")
        spec = (row or {})["spec"]
        looks.wrong(kind not in spec["policyTypes"], f"the policy {name} is not about {kind} any more")
        chosen = spec["podSelector"].get("matchLabels", {})
        looks.wrong(chosen != {"app": name}, f"the policy {name} is about other pods now")


def client_stays_shut(scene: Scene, _: object) -> None:
    """{{ client }} reaches nothing but the store: not even its neighbour stranger."""
    other = looks.pods_ready(scene, scene.value("space"), "app=stranger", 1)[0]["status"]["podIP"]
    looks.refused(scene, scene.value("space"), f"app={scene.value('client')}", f"{other}:8080")
