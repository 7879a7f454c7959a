"""Checks of policy-too-lax."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _store(scene: Scene) -> str:
    return str(looks.pods_ready(scene, scene.value("space"), "app=store", 1)[0]["status"]["podIP"])


def stranger_stays_out(scene: Scene) -> None:
    """stranger in {{ space }} does not reach port {{ port }} of store."""
    looks.refused(scene, scene.value("space"), "app=stranger", f"{_store(scene)}:{scene.value('port')}")


def other_namespace_stays_out(scene: Scene) -> None:
    """visitor in {{ elsewhere }} does not reach port {{ port }} of store."""
    looks.refused(scene, scene.value("elsewhere"), "app=visitor", f"{_store(scene)}:{scene.value('port')}")


def only_one_port(scene: Scene) -> None:
    """{{ client }} does not reach port 7070 of store."""
    looks.refused(scene, scene.value("space"), f"app={scene.value('client')}", f"{_store(scene)}:7070")


def client_still_gets_in(scene: Scene, _: object) -> None:
    """{{ client }} reaches port {{ port }} of store."""
    selector = f"app={scene.value('client')}"
    looks.connects(scene, scene.value("space"), selector, f"{_store(scene)}:{scene.value('port')}")


def store_may_go_out(scene: Scene, _: object) -> None:
    """store still reaches others."""
    other = looks.pods_ready(scene, scene.value("elsewhere"), "app=visitor", 1)[0]["status"]["podIP"]
    looks.connects(scene, scene.value("space"), "app=store", f"{other}:7070")
