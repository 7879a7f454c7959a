"""Checks of autoscaler-stays-big."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

LEAST, MOST, AIM = 1, 3, 50
"""The fewest and the most replicas, and the percentage of their CPU requests that they should use."""
SOON = 60
"""Seconds in which replicas go that are not needed."""
USUAL = 300
"""Seconds of an autoscaler that says nothing about it."""
Row = Mapping[str, Any]


def _deployment(scene: Scene) -> Row:
    return scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}")


def fewer_are_wanted(scene: Scene) -> None:
    """The autoscaler {{ app }} keeps 1 to 3 replicas at 50 % of their CPU requests, lets them go soon, and wants 1."""
    space, app = scene.value("space"), scene.value("app")
    row = scene.find(f"/apis/autoscaling/v2/namespaces/{space}/horizontalpodautoscalers/{app}")
    looks.wrong(row is None, f"there is no autoscaler {space}/{app}")
    spec, status = (row or {})["spec"], (row or {}).get("status") or {}
    ref = spec["scaleTargetRef"]
    found = (str(ref.get("apiVersion", "")).rpartition("/")[0], ref.get("kind"), ref.get("name"))
    looks.wrong(found != ("apps", "Deployment", app), f"it is about {'/'.join(map(str, found))}")
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    looks.wrong((least, most) != (LEAST, MOST), f"it keeps {least} to {most} replicas, not {LEAST} to {MOST}")
    aims = [_aim(item) for item in spec.get("metrics") or []]
    looks.wrong(aims != [AIM], f"it does not go by {AIM} % of the CPU requests, or not by that alone")
    _lets_go(spec)
    wanted = status.get("desiredReplicas", 0)
    looks.wrong(wanted != LEAST, f"it wants {wanted} replicas")
    active = {item.get("type"): item.get("status") for item in status.get("conditions") or []}
    looks.wrong(active.get("ScalingActive") != "True", "it has no figures to go by")


def _aim(metric: Row) -> object:
    """Return the percentage of CPU requests that a metric aims at, of pods or of the container app; else None."""
    found: Row = metric.get("resource") or metric.get("containerResource") or {}
    ours = found.get("name") == "cpu" and found.get("container", "app") == "app"
    return (found.get("target") or {}).get("averageUtilization") if ours else None


def _lets_go(spec: Row) -> None:
    """Raise `Wrong` unless an autoscaler may remove replicas, and soon."""
    down = (spec.get("behavior") or {}).get("scaleDown") or {}
    how = down.get("selectPolicy") or "Max"
    looks.wrong(how == "Disabled", "it may not remove replicas: spec.behavior forbids it")
    window = down.get("stabilizationWindowSeconds")
    waits = USUAL if window is None else window
    looks.wrong(waits > SOON, f"it waits {waits} s before it removes replicas")
    # Of several policies the one that removes the most counts, or, if it says so, the one that removes the fewest.
    periods = [item["periodSeconds"] for item in down.get("policies") or []] or [0]
    pause = max(periods) if how == "Min" else min(periods)
    looks.wrong(pause > SOON, f"it removes some replicas in {pause} s, and no more")


def replicas_leave(scene: Scene) -> None:
    """One replica of {{ app }} runs and is Ready, and no other is there."""
    asked = _deployment(scene)["spec"]["replicas"]
    looks.wrong(asked != LEAST, f"{scene.value('app')} is to have {asked} replicas")
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    found = looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", LEAST)
    looks.wrong(len(found) != LEAST, f"there are {len(found)} pods of {scene.value('app')}")


def program_stays(scene: Scene, _: object) -> None:
    """The container app is as before, with what it asks for and may use."""
    key = ("/apis/apps/v1/deployments", scene.value("space"), scene.value("app"))
    old, new = (_app(row) for row in (scene.before().found.get(key) or {}, _deployment(scene)))
    looks.wrong(not old, f"{scene.value('app')} had no container app before: break.sh is wrong")
    looks.wrong(not new, "there is no container app")
    for part in ("image", "command", "args"):
        looks.wrong((new.get(part) or None) != (old.get(part) or None), f"app has another {part}")
    for part in ("requests", "limits"):
        for name in ("cpu", "memory"):
            had, has = (_amount(box, part, name) for box in (old, new))
            looks.wrong(has != had, f"the {name} of app's {part} is {has}, and was {had}")


def _app(deployment: Row) -> Row:
    rows = deployment.get("spec", {}).get("template", {}).get("spec", {}).get("containers") or []
    return next((row for row in rows if row.get("name") == "app"), {})


def _amount(box: Row, part: str, name: str) -> object:
    found = ((box.get("resources") or {}).get(part) or {}).get(name)
    return None if found is None else looks.quantity(found)
