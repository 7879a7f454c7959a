"""Checks of stuck-namespace."""

from collections.abc import Iterator

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

SERVED = "/apis/apiregistration.k8s.io/v1/apiservices"


def namespace_is_gone(scene: Scene) -> None:
    """The namespace {{ space }} is gone."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}")
    looks.wrong(
        row is not None, f"the namespace still exists, as {(row or {}).get('status', {}).get('phase', '(no phase)')}"
    )


def nothing_is_left(scene: Scene) -> None:
    """No object of it is left in etcd, and every API group answers, so the next namespace can be deleted."""
    for row in scene.items(SERVED):
        name = row["metadata"]["name"]
        looks.wrong(
            not checks.condition(row, "Available"),
            f"{name} is not available: the next deletion of a namespace waits for it",
        )
    left = [f"{kind}/{name}" for kind, name in _left(scene)]
    looks.wrong(left, f"etcd still has objects of {scene.value('space')}: {', '.join(left[:4])}")


def _left(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of every object stored under the namespace, even if the namespace is gone.

    What another server answers (metrics.k8s.io, say) is not in etcd, and its lists need have no version.
    """
    elsewhere = {
        f"{row['spec']['group']}/{row['spec']['version']}" for row in scene.items(SERVED) if row["spec"].get("service")
    }
    groups = {row["preferredVersion"]["groupVersion"] for row in scene.get("/apis")["groups"]} - elsewhere
    for place in ("/api/v1", *(f"/apis/{name}" for name in sorted(groups))):
        for kind in scene.get(place)["resources"]:
            if kind["namespaced"] and "list" in kind["verbs"] and "/" not in kind["name"]:
                path = f"{place}/namespaces/{scene.value('space')}/{kind['name']}"
                # `items` believes no empty list of a namespace that is gone; this one has to be empty.
                yield from ((kind["name"], row["metadata"]["name"]) for row in scene.get(path).get("items") or [])


def _item(scene: Scene) -> str:
    kind = "services" if scene.value("wrong") == "service" else "configmaps"
    return f"/api/v1/namespaces/{scene.value('space')}-next/{kind}/{scene.value('item')}"


def neighbour_stays(scene: Scene, _: object) -> None:
    """The namespace {{ space }}-next is in use, with its {{ item }}."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}-next")
    looks.wrong(
        row is None or row["status"]["phase"] != "Active", f"the namespace {scene.value('space')}-next is not Active"
    )
    looks.wrong(scene.find(_item(scene)) is None, f"there is no {scene.value('item')} in {scene.value('space')}-next")


def finalizer_of_neighbour_stays(scene: Scene, _: object) -> None:
    """The {{ item }} of {{ space }}-next is as it was, and still protected."""
    row = scene.find(_item(scene)) or {"metadata": {}}
    wanted = scene.value("wrong") != "apiservice"
    looks.wrong(
        wanted and not row["metadata"].get("finalizers"),
        f"{scene.value('item')} of {scene.value('space')}-next has no finalizer",
    )
    looks.wrong(
        row["metadata"].get("deletionTimestamp"),
        f"{scene.value('item')} of {scene.value('space')}-next is being deleted",
    )
