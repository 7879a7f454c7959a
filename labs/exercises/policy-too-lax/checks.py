"""Checks of policy-too-lax."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

MAKER = 7070
STRANGE = looks.policy.STRANGE


def _store(scene: Scene) -> str:
    return str(looks.pods_ready(scene, scene.value("space"), "app=store", 1)[0]["status"]["podIP"])


def stranger_stays_out(scene: Scene) -> None:
    """stranger in {{ space }} cannot reach port {{ port }} of store. Of all pods there only {{ client }} may."""
    looks.refused(scene, scene.value("space"), "app=stranger", f"{_store(scene)}:{scene.value('port')}")
    here = [end for end in looks.policy.ends(scene) if end.namespace == scene.value("space")]
    nobody = looks.policy.End(name="a pod without labels", namespace=scene.value("space"), space=here[0].space)
    _closed(scene, [*(end for end in here if not _client(scene, end)), nobody])


def other_namespace_stays_out(scene: Scene) -> None:
    """visitor in {{ elsewhere }} cannot reach port {{ port }} of store. No pod or address elsewhere may."""
    looks.refused(scene, scene.value("elsewhere"), "app=visitor", f"{_store(scene)}:{scene.value('port')}")
    found = looks.policy.ends(scene)
    away = [end for end in found if end.namespace != scene.value("space")]
    like = [looks.policy.moved(end, space) for end in _clients(scene) for space in (scene.value("elsewhere"), STRANGE)]
    outside = looks.policy.End(name="an address outside", address="203.0.113.7")
    _closed(scene, [*away, *like, outside])


def only_one_port(scene: Scene) -> None:
    """{{ client }} cannot reach port 7070 of store. It may reach no port but {{ port }}."""
    looks.refused(scene, scene.value("space"), f"app={scene.value('client')}", f"{_store(scene)}:{MAKER}")
    for port in (1, MAKER, int(scene.value("port")) - 1, int(scene.value("port")) + 1, 65535):
        _closed(scene, _clients(scene), port)


def client_still_gets_in(scene: Scene, _: object) -> None:
    """{{ client }} reaches port {{ port }} of store, and new pods of {{ client }} will, too."""
    selector, port = f"app={scene.value('client')}", int(scene.value("port"))
    looks.connects(scene, scene.value("space"), selector, f"{_store(scene)}:{port}")
    policies = looks.policy.policies(scene, scene.value("space"))
    for store in _ends(scene, "store"):
        for end in map(looks.policy.renewed, _clients(scene)):
            open_ = looks.policy.lets(policies, store, end, "Ingress", port)
            looks.wrong(not open_, f"the policies do not let in a pod of {scene.value('client')} with a new address")


def store_may_go_out(scene: Scene, _: object) -> None:
    """store can still open connections to other pods."""
    other = looks.pods_ready(scene, scene.value("elsewhere"), "app=visitor", 1)[0]["status"]["podIP"]
    looks.connects(scene, scene.value("space"), "app=store", f"{other}:{MAKER}")
    policies = looks.policy.policies(scene, scene.value("space"))
    shut = [end for end in _ends(scene, "store") if looks.policy.chosen(policies, end, "Egress")]
    outside = looks.policy.End(name="an address outside", address="203.0.113.7")
    narrow = [end for end in shut if not looks.policy.lets(policies, end, outside, "Egress", 65535)]
    looks.wrong(narrow, "a policy limits the connections that store may open")


def _closed(scene: Scene, others: list[looks.policy.End], port: int | None = None) -> None:
    """Raise `Wrong` if the policies let one of these ends into a pod of store."""
    policies = looks.policy.policies(scene, scene.value("space"))
    for store in _ends(scene, "store"):
        for end in others:
            asked = port or int(scene.value("port"))
            open_ = end.name != store.name and looks.policy.lets(policies, store, end, "Ingress", asked)
            looks.wrong(open_, f"the policies let {end.name} into store at port {asked}")


def _ends(scene: Scene, app: str) -> list[looks.policy.End]:
    found = looks.policy.ends(scene)
    return [end for end in found if end.namespace == scene.value("space") and end.labels.get("app") == app]


def _clients(scene: Scene) -> list[looks.policy.End]:
    return _ends(scene, scene.value("client"))


def _client(scene: Scene, end: looks.policy.End) -> bool:
    return end.labels.get("app") == scene.value("client")
