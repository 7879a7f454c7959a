"""Checks of rbac-robot."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def _robot(scene: Scene) -> str:
    return f"system:serviceaccount:{scene.value('space')}:{scene.value('robot')}"


def _wanted(scene: Scene) -> set[tuple[str, str]]:
    """Return the rights that the task allows: verb and `resource[.group][/subresource]`."""
    return {(scene.value("verb"), scene.value("resource")), (scene.value("also"), scene.value("object"))}


def robot_may(scene: Scene) -> None:
    """{{ robot }} exists and may {{ verb }} {{ resource }} in {{ space }}."""
    path = f"/api/v1/namespaces/{scene.value('space')}/serviceaccounts/{scene.value('robot')}"
    looks.wrong(scene.find(path) is None, f"there is no service account {scene.value('space')}/{scene.value('robot')}")
    _may(scene, scene.value("verb"), scene.value("resource"))


def robot_may_that_too(scene: Scene) -> None:
    """{{ robot }} may {{ also }} {{ object }} in {{ space }}."""
    _may(scene, scene.value("also"), scene.value("object"))


def _may(scene: Scene, verb: str, what: str) -> None:
    allowed = looks.can(scene, _robot(scene), verb, what, namespace=scene.value("space"))
    looks.wrong(not allowed, f"{scene.value('robot')} may not {verb} {what}")


def pod_is_the_robot(scene: Scene) -> None:
    """The pods of worker run as {{ robot }}, and are Ready."""
    looks.deployment_ready(scene, scene.value("space"), "worker")
    names = {row["spec"].get("serviceAccountName") for row in looks.pods(scene, scene.value("space"), "app=worker")}
    looks.wrong(
        names != {scene.value("robot")},
        f"the pods of worker run as {', '.join(map(str, names))}, not as {scene.value('robot')}",
    )


def nothing_more(scene: Scene, _: object) -> None:
    """{{ robot }} has no other rights in {{ space }}, by any rule."""
    found = looks.beyond(scene, _robot(scene), _wanted(scene), namespace=scene.value("space"))
    here = [str(item) for item in found if item.namespace == scene.value("space")]
    looks.wrong(here, f"{scene.value('robot')} may also {', '.join(here[:4])}")


def only_here(scene: Scene, _: object) -> None:
    """{{ robot }} has no rights anywhere else."""
    found = looks.beyond(scene, _robot(scene), _wanted(scene), namespace=scene.value("space"))
    away = [str(item) for item in found if item.namespace != scene.value("space")]
    looks.wrong(away, f"{scene.value('robot')} may {', '.join(away[:4])}")


def only_the_robot(scene: Scene, _: object) -> None:
    """No account, user or group other than {{ robot }} gained these rights."""
    more = looks.gainers(scene, _robot(scene), _wanted(scene), namespace=scene.value("space"))
    looks.wrong(more, f"others gained these rights: {', '.join(more[:4])}")
