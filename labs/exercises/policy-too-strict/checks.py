"""Checks of policy-too-strict. The variant's $DNS says whether DNS was forgotten; the address is read from the lab."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

PORT = 8080


def client_gets_in(scene: Scene) -> None:
    """{{ client }} in {{ space }} reaches the service store by its name."""
    looks.pods_ready(scene, scene.value("space"), "app=store", 1)
    looks.connects(scene, scene.value("space"), f"app={scene.value('client')}", "store:80")


def others_stay_out(scene: Scene, _: object) -> None:
    """stranger cannot reach store. Only {{ client }} may."""
    store = looks.pods_ready(scene, scene.value("space"), "app=store", 1)[0]["status"]["podIP"]
    looks.refused(scene, scene.value("space"), "app=stranger", f"{store}:{PORT}")
    found, policies = looks.policy.ends(scene), looks.policy.policies(scene, scene.value("space"))
    clients = _ends(scene, scene.value("client"))
    like = [looks.policy.moved(end, looks.policy.STRANGE) for end in clients]
    others = [*(end for end in found if end not in clients), *like, _outside()]
    for store in _ends(scene, "store"):
        for end in others:
            open_ = end.name != store.name and looks.policy.lets(policies, store, end, "Ingress", PORT)
            looks.wrong(open_, f"the policies let {end.name} into store")


def policies_stay(scene: Scene, _: object) -> None:
    """Both policies are there, for the same pods and directions as before."""
    for name, kind in (("store", "Ingress"), (scene.value("client"), "Egress")):
        row = scene.find(f"/apis/networking.k8s.io/v1/namespaces/{scene.value('space')}/networkpolicies/{name}")
        looks.wrong(row is None, f"the policy {name} is gone")
        for end in _ends(scene, name):
            chosen = looks.policy.chosen([row or {}], end, kind)
            looks.wrong(not chosen, f"the policy {name} no longer selects the pods of {name} for {kind}")


def client_stays_shut(scene: Scene, _: object) -> None:
    """{{ client }} reaches only the store and DNS, and not the pod stranger."""
    other = looks.pods_ready(scene, scene.value("space"), "app=stranger", 1)[0]["status"]["podIP"]
    looks.refused(scene, scene.value("space"), f"app={scene.value('client')}", f"{other}:{PORT}")
    found, policies = looks.policy.ends(scene), looks.policy.policies(scene, scene.value("space"))
    stores = _ends(scene, "store")
    others = [*(end for end in found if end not in stores), _outside()]
    for client in _ends(scene, scene.value("client")):
        for end in others:
            for port in (1, 80, 443, PORT, 65535):
                open_ = end.name != client.name and looks.policy.lets(policies, client, end, "Egress", port)
                looks.wrong(open_, f"the policies let {scene.value('client')} out to {end.name}, port {port}")


def _ends(scene: Scene, app: str) -> list[looks.policy.End]:
    found = looks.policy.ends(scene)
    return [end for end in found if end.namespace == scene.value("space") and end.labels.get("app") == app]


def _outside() -> looks.policy.End:
    return looks.policy.End(name="an address outside", address="203.0.113.7")
