"""Checks of agents-in-maintenance."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

KEY = "maintenance"
MASTERS = "node-role.kubernetes.io/control-plane"
EFFECTS = ("NoSchedule", "NoExecute")
ELSE = "kubelab.example/something-else"
"""The key of a taint that nobody has thought of."""


def agents_stay(scene: Scene) -> None:
    """{{ agent }} has a Ready pod on every worker, and tolerates the maintenance of {{ target }} without a limit."""
    taint, name = _taint(scene), scene.value("agent")
    first = next((row for row in _tolerations(scene, "daemonsets", name) if looks.tolerates([row], taint)), None)
    looks.wrong(first is None, f"{name} does not tolerate the taint of {scene.value('target')}")
    limit = (first or {}).get("tolerationSeconds")
    short = limit is not None and taint["effect"] == "NoExecute"
    looks.wrong(short, f"{name} tolerates the taint of {scene.value('target')} for {limit} s only")
    pods = looks.pods_ready(scene, scene.value("space"), f"app={name}", 1)
    there = {row["spec"].get("nodeName") for row in pods}
    missing = [machine.name for machine in scene.lab.workers if machine.name not in there]
    looks.wrong(missing, f"no pod of {name} is on {', '.join(missing)}")


def till_has_left(scene: Scene) -> None:
    """till runs whole, none of its pods is on {{ target }}, and none comes there while the maintenance lasts."""
    borne = looks.tolerates(_tolerations(scene, "deployments", "till"), _taint(scene))
    looks.wrong(borne, f"till tolerates the taint of {scene.value('target')}")
    looks.deployment_ready(scene, scene.value("space"), "till")
    pods = looks.pods_ready(scene, scene.value("space"), "app=till", 1)
    here = [row["metadata"]["name"] for row in pods if row["spec"].get("nodeName") == scene.value("target")]
    looks.wrong(here, f"still on {scene.value('target')}: {', '.join(here)}")


def _taint(scene: Scene) -> dict[str, str]:
    """Return the taint of the maintenance as it was set."""
    return {"key": KEY, "value": scene.value("reason"), "effect": scene.value("effect")}


def _tolerations(scene: Scene, kind: str, name: str) -> list[Mapping[str, Any]]:
    """Return the tolerations of a workload's pods, in their order: the first one that fits a taint counts."""
    path = f"/apis/apps/v1/namespaces/{scene.value('space')}/{kind}/{name}"
    return list(scene.get(path)["spec"]["template"]["spec"].get("tolerations") or [])


def maintenance_stays(scene: Scene, _: object) -> None:
    """{{ target }} is in maintenance, and the other workers are open."""
    for machine in scene.lab.workers:
        spec = scene.get(f"/api/v1/nodes/{machine.name}")["spec"]
        own = [row for row in spec.get("taints") or [] if row["key"] == KEY]
        marked = [{part: row.get(part) or "" for part in ("key", "value", "effect")} for row in own]
        wanted = [_taint(scene)] if machine.name == scene.value("target") else []
        looks.wrong(marked != wanted, f"the taint {KEY} of {machine.name} is not as it was: {_spelled(marked)}")
        looks.wrong(spec.get("unschedulable"), f"{machine.name} is cordoned: it takes no pods")


def _spelled(taints: list[dict[str, str]]) -> str:
    return ", ".join(f"{row['value']}:{row['effect']}" for row in taints) or "it has none"


def nothing_else_is_tolerated(scene: Scene, _: object) -> None:
    """{{ agent }} and till tolerate neither the control plane's taint nor any that has nothing to do with this."""
    for kind, name in (("daemonsets", scene.value("agent")), ("deployments", "till")):
        for key in (MASTERS, ELSE):
            borne = [
                effect
                for effect in EFFECTS
                if looks.tolerates(_tolerations(scene, kind, name), {"key": key, "effect": effect})
            ]
            looks.wrong(borne, f"{name} tolerates {key}:{', '.join(borne)}")
