"""Checks of autoscaler-idle."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

LEAST, MOST, AIM = 1, 3, 50
"""The fewest and the most replicas, and the percentage of their CPU requests that they should use."""
APISERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
METRICS = "v1beta1.metrics.k8s.io"
SERVER = "/apis/apps/v1/namespaces/metrics-server/deployments/metrics-server"
LAX = "--kubelet-insecure-tls"
"""The option of metrics-server that makes it believe every kubelet."""
Row = Mapping[str, Any]


def _autoscaler(scene: Scene) -> Row:
    space, app = scene.value("space"), scene.value("app")
    found: Row | None = scene.find(f"/apis/autoscaling/v2/namespaces/{space}/horizontalpodautoscalers/{app}")
    looks.wrong(found is None, f"there is no autoscaler {space}/{app}")
    return found or {}


def _deployment(scene: Scene) -> Row:
    return scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}")


def use_is_measured(scene: Scene) -> None:
    """The autoscaler {{ app }} in {{ space }} measures how much of its CPU requests the workload uses."""
    status = _autoscaler(scene).get("status") or {}
    said = {row.get("type"): row for row in status.get("conditions") or []}
    for name in ("AbleToScale", "ScalingActive"):
        row = said.get(name) or {"reason": "no controller has told it yet"}
        reason = ": ".join(str(row[part])[:200] for part in ("reason", "message") if row.get(part))
        looks.wrong(row.get("status") != "True", f"{name} is not True: {reason}")
    figures = [_cpu(row).get("current") or {} for row in status.get("currentMetrics") or []]
    known = [row for row in figures if isinstance(row.get("averageUtilization"), int)]
    looks.wrong(not known, "the autoscaler has no figure of the CPU that the requests are used by")


def _cpu(metric: Row) -> Row:
    """Return the part of a metric that is about CPU, of pods or of the container app; empty for another metric."""
    found: Row = metric.get("resource") or metric.get("containerResource") or {}
    ours = found.get("name") == "cpu" and found.get("container", "app") == "app"
    return found if ours else {}


def more_is_wanted(scene: Scene) -> None:
    """The autoscaler keeps 1 to 3 replicas at 50 % of their CPU requests, may add some, and wants 3 now."""
    row = _autoscaler(scene)
    spec, wanted = row["spec"], (row.get("status") or {}).get("desiredReplicas", 0)
    _looks_at_the_workload(scene, spec["scaleTargetRef"])
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    looks.wrong((least, most) != (LEAST, MOST), f"it keeps {least} to {most} replicas, not {LEAST} to {MOST}")
    metrics = spec.get("metrics") or []
    aims = [(_cpu(item).get("target") or {}).get("averageUtilization") for item in metrics]
    looks.wrong(aims != [AIM], f"it does not go by {AIM} % of the CPU requests, or not by that alone")
    up = (spec.get("behavior") or {}).get("scaleUp") or {}
    looks.wrong(up.get("selectPolicy") == "Disabled", "it may not add replicas: spec.behavior forbids it")
    looks.wrong(wanted != MOST, f"it wants {wanted} replicas")


def _looks_at_the_workload(scene: Scene, ref: Row) -> None:
    """Raise `Wrong` unless a reference leads to the deployment; any version of the group does."""
    found = (str(ref.get("apiVersion", "")).rpartition("/")[0], ref.get("kind"), ref.get("name"))
    looks.wrong(found != ("apps", "Deployment", scene.value("app")), f"it is about {'/'.join(map(str, found))}")


def replicas_follow(scene: Scene) -> None:
    """Three replicas of {{ app }} run and are Ready."""
    asked = _deployment(scene)["spec"]["replicas"]
    looks.wrong(asked != MOST, f"{scene.value('app')} is to have {asked} replicas")
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", MOST)


def program_stays(scene: Scene, _: object) -> None:
    """The container app is as before, with what it asks for and may use, and clock is beside it."""
    key = ("/apis/apps/v1/deployments", scene.value("space"), scene.value("app"))
    old, new = _boxes(scene.before().found.get(key) or {}), _boxes(_deployment(scene))
    looks.wrong("app" not in old, f"{scene.value('app')} had no container app before: break.sh is wrong")
    for name, box in old.items():
        looks.wrong(name not in new, f"there is no container {name}")
        for part in ("image", "command", "args"):
            looks.wrong((new[name].get(part) or None) != (box.get(part) or None), f"{name} has another {part}")
    for part in ("requests", "limits"):
        had, has = (_amount(boxes["app"], part) for boxes in (old, new))
        looks.wrong(has != had, f"the CPU of app's {part} is {has}, and was {had}")


def _boxes(deployment: Row) -> dict[str, Row]:
    rows = deployment.get("spec", {}).get("template", {}).get("spec", {}).get("containers") or []
    return {str(row.get("name")): row for row in rows}


def _amount(box: Row, part: str) -> object:
    found = ((box.get("resources") or {}).get(part) or {}).get("cpu")
    return None if found is None else looks.quantity(found)


def metrics_are_verified(scene: Scene, _: object) -> None:
    """The API server verifies metrics-server, and metrics-server verifies the kubelets."""
    was = scene.before(broken=False).found.get((APISERVICES, "", METRICS))
    looks.wrong(was is None, f"{METRICS} was not there before: the lab has no metrics")
    now = scene.find(f"{APISERVICES}/{METRICS}")
    looks.wrong(now is None, f"the APIService {METRICS} is gone")
    spec, had = (now or {}).get("spec", {}), (was or {}).get("spec", {})
    looks.wrong(spec.get("insecureSkipTLSVerify"), "the API server believes whoever says that it is metrics-server")
    looks.wrong(spec.get("caBundle") != had.get("caBundle"), f"{METRICS} trusts another authority than before")
    server = scene.find(SERVER)
    looks.wrong(server is None, "metrics-server is gone")
    for box in _boxes(server or {}).values():
        for word in (*(box.get("command") or []), *(box.get("args") or [])):
            name, _, value = str(word).partition("=")
            looks.wrong(name == LAX and value != "false", f"metrics-server believes every kubelet: {word}")
