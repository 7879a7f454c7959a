"""Checks of operator-stuck."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

GROUP = "fair.kubelab.example"
OLD = ("apples", "pears")
"""Stalls that exist before, each with as many places as its name has letters."""
VERBS = ("get", "list", "watch", "patch", "update")


def _data(scene: Scene, name: str) -> Mapping[str, Any] | None:
    """Return what a ConfigMap of the namespace holds; None without it."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/configmaps/{name}")
    return None if row is None else row.get("data") or {}


def _open(scene: Scene, name: str, places: int) -> None:
    """Raise `Wrong` unless a stall is as it was asked for, and the operator has opened it."""
    row = scene.find(f"/apis/{GROUP}/v1/namespaces/{scene.value('space')}/stalls/{name}")
    looks.wrong(row is None, f"there is no stall {name}, or the API serves no version v1 of it")
    found = row or {}
    spec, status, meta = found["spec"], found.get("status") or {}, found["metadata"]
    looks.wrong(spec.get("goods") != name or spec.get("places") != places, f"the stall {name} has another spec")
    looks.wrong(meta.get("deletionTimestamp"), f"the stall {name} is being deleted")
    current = status.get("observedGeneration") == meta.get("generation")
    looks.wrong(
        status.get("phase") != "Open" or not current, f"the stall {name} is {status.get('phase', '(no phase)')}"
    )
    config = scene.find(f"/api/v1/namespaces/{scene.value('space')}/configmaps/stall-{name}")
    looks.wrong(config is None, f"there is no ConfigMap stall-{name}")
    data = (config or {}).get("data") or {}
    looks.wrong(dict(data) != {"goods": name, "places": str(places)}, f"stall-{name} says something else")
    owners = [owner.get("uid") for owner in (config or {})["metadata"].get("ownerReferences") or []]
    looks.wrong(
        meta.get("uid") not in owners, f"the operator has not made stall-{name}: it does not belong to the stall"
    )


def stalls_are_open(scene: Scene) -> None:
    """The operator has opened apples and pears in {{ space }}."""
    for name in OLD:
        _open(scene, name, len(name))


def removal_is_finished(scene: Scene) -> None:
    """The stall plums is gone, and there is a receipt for it."""
    row = scene.find(f"/apis/{GROUP}/v1/namespaces/{scene.value('space')}/stalls/plums")
    looks.wrong(row is not None, "the stall plums is still there")
    data = _data(scene, "receipt-plums")
    looks.wrong(data is None, "there is no receipt-plums: the operator did not finish its work")
    looks.wrong((data or {}).get("goods") != "plums", "receipt-plums is for something else")
    looks.wrong(not scene.get(f"/apis/{GROUP}/v1").get("resources"), f"the API serves no version v1 of {GROUP}")


def new_stall_is_open(scene: Scene) -> None:
    """There is a stall {{ name }} with {{ places }} places, and the operator has opened it."""
    _open(scene, scene.value("name"), int(scene.value("places")))


def operator_may_no_more(scene: Scene, _: object) -> None:
    """The operator may look after stalls and ConfigMaps of {{ space }}, and do nothing else."""
    wanted = {(verb, f"stalls.{GROUP}{part}") for verb in VERBS for part in ("", "/status", "/finalizers")}
    wanted |= {(verb, "configmaps") for verb in (*VERBS, "create")}
    user = f"system:serviceaccount:{scene.value('space')}:operator"
    found = looks.beyond(scene, user, wanted, namespace=scene.value("space"))
    looks.wrong(found, f"the operator may also {', '.join(str(item) for item in list(found)[:4])}")
