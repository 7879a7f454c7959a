"""Checks of rollout-stuck."""

from collections.abc import Mapping
from typing import Any

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

MOST = 1
"""Replicas that may be missing at a time."""


def _deployment(scene: Scene) -> Mapping[str, Any]:
    return scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}")


def _edition(pod: Mapping[str, Any]) -> str:
    """Return the EDITION that a pod's first container is given."""
    rows = pod["containers"][0].get("env") or []
    return next((str(row.get("value", "")) for row in reversed(rows) if row.get("name") == "EDITION"), "")


def every_replica_is_right(scene: Scene) -> None:
    """All three replicas of {{ app }} run the edition {{ want }}, with the image and the probe of that revision."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    pods = looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 3)
    for row in (*pods, {"metadata": {"name": "the template"}, **_deployment(scene)["spec"]["template"]}):
        name = scene.value("app") if row in pods else "the template"
        found = _edition(row["spec"])
        looks.wrong(found != scene.value("want"), f"{name} has the edition {found or '(none)'}")
        box = row["spec"]["containers"][0]
        looks.wrong(box.get("image") != scene.value("image"), f"{name} has the image {box.get('image')}")
        looks.wrong(not box.get("readinessProbe"), f"{name} has no readiness probe: it counts as ready at once")


def nothing_is_half_way(scene: Scene) -> None:
    """The rollout of {{ app }} is complete and not paused: no replica set but the newest asks for pods."""
    row = _deployment(scene)
    looks.wrong(row["spec"].get("paused"), f"{scene.value('app')} is paused: the next change would not begin")
    looks.wrong(
        row["status"].get("observedGeneration", 0) < row["metadata"]["generation"],
        f"no controller has acted on {scene.value('app')}'s change yet",
    )
    new, all_ = (row["status"].get(key, 0) for key in ("updatedReplicas", "replicas"))
    looks.wrong(new < all_ or not new, f"{new} of {all_} pods are of the newest template")
    looks.wrong(checks.condition(row, "ReplicaFailure"), f"pods of {scene.value('app')} are refused")
    ours = [
        item for item in scene.items(f"/apis/apps/v1/namespaces/{scene.value('space')}/replicasets")
        if any(owner.get("uid") == row["metadata"]["uid"] for owner in item["metadata"].get("ownerReferences") or [])
    ]  # fmt: skip
    asking = [item["metadata"]["name"] for item in ours if item["spec"].get("replicas", 1)]
    looks.wrong(len(asking) != 1, f"{len(asking)} replica sets ask for pods: {', '.join(asking)}")


def never_unavailable(scene: Scene, _: object) -> None:
    """{{ app }} was available all the time, and may not lose more than one replica in a rollout."""
    key = ("/apis/apps/v1/deployments", scene.value("space"), scene.value("app"))
    was, now = (_available(row) for row in (scene.before().found.get(key), _deployment(scene)))
    looks.wrong(not was, f"{scene.value('app')} was not available before: break.sh is wrong")
    looks.wrong(now != was, f"{scene.value('app')} was unavailable on the way")
    strategy = _deployment(scene)["spec"]["strategy"]
    asked = str((strategy.get("rollingUpdate") or {}).get("maxUnavailable", "25%"))
    most = int(asked[:-1]) * 3 // 100 if asked.endswith("%") else int(asked)
    looks.wrong(strategy.get("type") == "Recreate" or most > MOST, f"a rollout may end more than {MOST} replica")


def _available(row: Mapping[str, Any] | None) -> str:
    """Return since when a deployment is available; empty if it is not."""
    rows = (row or {}).get("status", {}).get("conditions") or []
    return next((str(item.get("lastTransitionTime")) for item in rows
                 if item.get("type") == "Available" and item.get("status") == "True"), "")  # fmt: skip
