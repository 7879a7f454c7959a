"""Checks of urgent-waits."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

BERTH = "kubelab.example/berth"
CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
PREEMPTS = "PreemptLowerPriority"
"""What a class and a pod do that say nothing."""


def ferry_runs(scene: Scene) -> None:
    """ferry in {{ space }} runs, and its pods have a higher priority than any barge."""
    looks.deployment_ready(scene, scene.value("space"), "ferry")
    barges = [row["spec"].get("priority") or 0 for row in looks.pods(scene, scene.value("space"), "app=barges")]
    most = max([*barges, _freight(scene)])
    for row in looks.pods_ready(scene, scene.value("space"), "app=ferry", 1):
        name, has = row["metadata"]["name"], row["spec"].get("priority") or 0
        looks.wrong(has <= most, f"{name} has the priority {has}, and barges have {most}")
        policy = row["spec"].get("preemptionPolicy", PREEMPTS)
        looks.wrong(policy != PREEMPTS, f"{name} has the preemptionPolicy {policy}: no barge makes room for it")


def _freight(scene: Scene) -> int:
    """Return the priority of the next barge."""
    return int(scene.get(f"{CLASSES}/freight")["value"])


def ferry_goes_first(scene: Scene) -> None:
    """The next pod of ferry has the class {{ class }}, and a barge makes room for it."""
    name = _template(scene, "ferry").get("priorityClassName") or "none"
    looks.wrong(name != scene.value("class"), f"the pods of ferry have the priority class {name}")
    row = scene.find(f"{CLASSES}/{scene.value('class')}")
    looks.wrong(row is None, f"there is no priority class {scene.value('class')}")
    found, least = row or {}, _freight(scene)
    looks.wrong(found["value"] <= least, f"the value of {name} is {found['value']}, and that of freight is {least}")
    policy = found.get("preemptionPolicy", PREEMPTS)
    looks.wrong(policy != PREEMPTS, f"the preemptionPolicy of {name} is {policy}: its pods wait for a berth")


def _template(scene: Scene, name: str) -> Mapping[str, Any]:
    path = f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{name}"
    found: Mapping[str, Any] = scene.get(path)["spec"]["template"]["spec"]
    return found


def ferry_needs_a_berth(scene: Scene, _: object) -> None:
    """A pod of ferry still asks for one berth."""
    rows = [box.get("resources") or {} for box in _template(scene, "ferry")["containers"]]
    asked = sum(looks.quantity(_berths(row)) for row in rows)
    looks.wrong(asked != 1, f"a pod of ferry asks for {asked} berths")


def _berths(resources: Mapping[str, Any]) -> str:
    """Return the berths that a container asks for: without a request its limit is one."""
    found = [(resources.get(part) or {}).get(BERTH) for part in ("requests", "limits")]
    return str(next((amount for amount in found if amount is not None), "0"))


def berths_stay(scene: Scene, _: object) -> None:
    """Each worker has one berth, and no other machine has any."""
    workers = {machine.name for machine in scene.lab.workers}
    for machine in scene.lab.nodes:
        given = (scene.get(f"/api/v1/nodes/{machine.name}")["status"].get("allocatable") or {}).get(BERTH, "0")
        wanted = 1 if machine.name in workers else 0
        looks.wrong(looks.quantity(given) != wanted, f"{machine.name} has {given} berths, not {wanted}")


def only_the_ferry(scene: Scene, _: object) -> None:
    """No class is the default of pods that name none."""
    names = [row["metadata"]["name"] for row in scene.items(CLASSES) if row.get("globalDefault")]
    looks.wrong(names, f"every pod that names no class gets the class {', '.join(names)}")
