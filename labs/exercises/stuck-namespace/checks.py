"""Checks of stuck-namespace."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def namespace_is_gone(scene: Scene) -> None:
    """The namespace {{ space }} is gone."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}")
    looks.wrong(row is not None, f"it is {(row or {}).get('status', {}).get('phase', 'there')}")


def _item(scene: Scene) -> str:
    kind = "services" if scene.value("wrong") == "service" else "configmaps"
    return f"/api/v1/namespaces/{scene.value('space')}-next/{kind}/{scene.value('item')}"


def neighbour_stays(scene: Scene, _: object) -> None:
    """The namespace {{ space }}-next is in use, with its {{ item }}."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}-next")
    looks.wrong(row is None or row["status"]["phase"] != "Active", "it is gone, or going")
    looks.wrong(scene.find(_item(scene)) is None, f"its {scene.value('item')} is gone")


def finalizer_of_neighbour_stays(scene: Scene, _: object) -> None:
    """The {{ item }} of {{ space }}-next is as it was, with what protects it."""
    row = scene.find(_item(scene)) or {"metadata": {}}
    wanted = scene.value("wrong") != "apiservice"
    looks.wrong(wanted and not row["metadata"].get("finalizers"), "its finalizer is gone")
