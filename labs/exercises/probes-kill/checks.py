"""Checks of probes-kill."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

START = 40
"""Seconds that the program may need to start."""
HANG = 45
"""Seconds within which one that hangs is ended."""
PORT = 8080


def replicas_live(scene: Scene) -> None:
    """Both replicas of {{ app }} are Ready, and none of their containers was restarted."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    for row in looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 2):
        counts = [item.get("restartCount", 0) for item in row["status"].get("containerStatuses") or []]
        looks.wrong(not counts, f"{row['metadata']['name']} does not say how often it was started")
        looks.wrong(any(counts), f"{row['metadata']['name']} was restarted {sum(counts)} times")


def liveness_fits(scene: Scene) -> None:
    """The liveness probe of {{ app }} asks the program itself, lets it start, and ends one that hangs in time."""
    box = _box(scene)
    probe = box.get("livenessProbe")
    looks.wrong(not probe, "there is no liveness probe: a program that hangs is never ended")
    _asks_itself(box, probe or {}, "liveness")
    starts = box.get("startupProbe")
    if starts:
        _asks_itself(box, starts, "startup")
    room = _room(starts or probe or {})
    looks.wrong(room < START, f"a program that has not started after {room} s is ended; it may need {START}")
    times, pause = _number(probe, "failureThreshold", 3), _number(probe, "periodSeconds", 10)
    hang = times * pause + _number(probe, "timeoutSeconds", 1)
    looks.wrong(hang > HANG, f"a program that hangs is ended after {hang} s, not within {HANG}")


def _box(scene: Scene) -> Mapping[str, Any]:
    """Return the container of the deployment's template that is the program."""
    path = f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}"
    boxes = scene.get(path)["spec"]["template"]["spec"]["containers"]
    named = [row for row in boxes if row.get("name") == "app"]
    looks.wrong(not named, f"{scene.value('app')} has no container app")
    found: Mapping[str, Any] = named[0]
    return found


def _asks_itself(box: Mapping[str, Any], probe: Mapping[str, Any], kind: str) -> None:
    """Raise `Wrong` unless a probe asks the program by HTTP at its own port."""
    asked = probe.get("httpGet")
    looks.wrong(not asked, f"the {kind} probe does not ask by HTTP")
    asked = asked or {}
    looks.wrong((asked.get("host") or "") != "", f"the {kind} probe asks the host {asked.get('host')}, not the pod")
    looks.wrong(str(asked.get("scheme", "HTTP")).upper() != "HTTP", f"the {kind} probe does not ask by plain HTTP")
    found = looks.port_number(asked.get("port"), box.get("ports") or [])
    looks.wrong(found != PORT, f"the {kind} probe asks port {found}, and the program listens on {PORT}")


def _room(probe: Mapping[str, Any]) -> int:
    """Return the seconds from a container's start to its end by a probe that never succeeds."""
    again = (_number(probe, "failureThreshold", 3) - 1) * _number(probe, "periodSeconds", 10)
    return _number(probe, "initialDelaySeconds", 0) + again


def _number(probe: Mapping[str, Any] | None, name: str, otherwise: int) -> int:
    """Return a number of a probe; the API server's default if it has none."""
    found = (probe or {}).get(name, otherwise)
    looks.wrong(not isinstance(found, int), f"a probe has no number as its {name}")
    return int(found)


def readiness_stays(scene: Scene, _: object) -> None:
    """A replica of {{ app }} that cannot answer gets no requests: its readiness probe asks it by HTTP."""
    box = _box(scene)
    probe = box.get("readinessProbe")
    looks.wrong(not probe, "there is no readiness probe")
    _asks_itself(box, probe or {}, "readiness")


def program_stays(scene: Scene, _: object) -> None:
    """The program of {{ app }} is started as before."""
    key = ("/apis/apps/v1/deployments", scene.value("space"), scene.value("app"))
    was = scene.before().found.get(key, {}).get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    old: Mapping[str, Any] = next((row for row in was if row.get("name") == "app"), {})
    for part in ("image", "command", "args"):
        looks.wrong((_box(scene).get(part) or None) != (old.get(part) or None), f"the program has another {part}")


def stock_stays_closed(scene: Scene, _: object) -> None:
    """The service stock stays closed: it has no pods."""
    path = f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/stock"
    looks.wrong(scene.get(path)["spec"].get("replicas") != 0, "stock was opened")
    slices = f"/apis/discovery.k8s.io/v1/namespaces/{scene.value('space')}/endpointslices"
    ends = [
        address
        for item in scene.items(slices, labelSelector="kubernetes.io/service-name=stock")
        for end in item.get("endpoints") or []
        for address in end.get("addresses") or []
    ]
    looks.wrong(ends, f"something answers for stock: {', '.join(ends[:3])}")
