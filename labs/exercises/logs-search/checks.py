"""Checks of logs-search."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

ALL = range(1, 9)
"""The numbers of the pods."""


def _answer(scene: Scene) -> dict[str, str]:
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/configmaps/answer")
    looks.wrong(row is None, f"there is no config map {scene.value('space')}/answer")
    return {str(name): str(word).strip() for name, word in ((row or {}).get("data") or {}).items()}


def pod_is_named(scene: Scene) -> None:
    """The config map answer in {{ space }} names the pod that has refused a card."""
    given = _answer(scene).get("pod", "").rpartition("/")[2]
    looks.wrong(not given, "the config map answer has no pod")
    looks.wrong(given != f"{scene.value('app')}-{scene.value('culprit')}", f"{given} has refused no card")


def code_is_named(scene: Scene) -> None:
    """The config map answer has the code of the refused card."""
    given = _answer(scene).get("code", "").upper()
    looks.wrong(not given, "the config map answer has no code")
    looks.wrong(given != scene.value("code"), f"{given} is not the code of the refused card")


def pods_are_left_alone(scene: Scene, _: object) -> None:
    """The eight pods of {{ app }} are the same as before, and none was restarted since."""
    before = scene.before().found
    for number in ALL:
        name = f"{scene.value('app')}-{number}"
        was = before.get(("/api/v1/pods", scene.value("space"), name))
        looks.wrong(was is None, f"{name} was not there before: break.sh is wrong")
        row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/pods/{name}")
        same = row is not None and row["metadata"].get("uid") == (was or {})["metadata"].get("uid")
        looks.wrong(not same, f"{name} was deleted")
        ends = [item.get("restartCount", 0) for item in (row or {})["status"].get("containerStatuses") or []]
        looks.wrong(len(ends) != 2, f"{name} does not say how often its containers were started")
        looks.wrong(sum(ends) != 1, f"{name} was restarted")
