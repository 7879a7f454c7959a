"""Checks of rbac-robot."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _robot(scene: Scene) -> str:
    return f"system:serviceaccount:{scene.value('space')}:{scene.value('robot')}"


def _may(scene: Scene, verb: str, what: str, space: str | None = None, user: str | None = None) -> bool:
    return looks.can(scene, user or _robot(scene), verb, what, namespace=space or scene.value("space"))


def robot_may(scene: Scene) -> None:
    """{{ robot }} exists and may {{ verb }} {{ resource }} in {{ space }}."""
    path = f"/api/v1/namespaces/{scene.value('space')}/serviceaccounts/{scene.value('robot')}"
    looks.wrong(scene.find(path) is None, "there is no such service account")
    looks.wrong(not _may(scene, scene.value("verb"), scene.value("resource")), "it may not")


def robot_may_that_too(scene: Scene) -> None:
    """{{ robot }} may {{ also }} {{ object }} in {{ space }}."""
    looks.wrong(not _may(scene, scene.value("also"), scene.value("object")), "it may not")


def pod_is_the_robot(scene: Scene) -> None:
    """The pods of worker run as {{ robot }}, and are Ready."""
    looks.deployment_ready(scene, scene.value("space"), "worker")
    names = {row["spec"].get("serviceAccountName") for row in looks.pods(scene, scene.value("space"), "app=worker")}
    looks.wrong(names != {scene.value("robot")}, f"they run as {', '.join(map(str, names))}")


def nothing_more(scene: Scene, _: object) -> None:
    """{{ robot }} may do nothing else: no other verb, nothing with {{ never }}."""
    for verb in ("get", "list", "create", "update", "delete", "deletecollection"):
        looks.wrong(_may(scene, verb, scene.value("never")), f"it may {verb} {scene.value('never')}")
    for verb in ("create", "update", "delete", "deletecollection", "watch", "escalate"):
        asked = verb in (scene.value("verb"), scene.value("also"))
        too_much = not asked and _may(scene, verb, scene.value("resource"))
        looks.wrong(too_much, f"it may {verb} {scene.value('resource')}")


def only_here(scene: Scene, _: object) -> None:
    """{{ robot }} may nothing of it in other namespaces."""
    for space in ("default", "guestbook", "kube-system"):
        looks.wrong(_may(scene, scene.value("verb"), scene.value("resource"), space), f"it may in {space}, too")


def only_the_robot(scene: Scene, _: object) -> None:
    """The default service account of {{ space }} got no rights."""
    other = f"system:serviceaccount:{scene.value('space')}:default"
    allowed = _may(scene, scene.value("verb"), scene.value("resource"), user=other)
    looks.wrong(allowed, "every pod of the namespace may do it")
