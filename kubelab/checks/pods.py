"""Why a pod is not Ready, and whether waiting can help."""

from __future__ import annotations

import re

from kubelab.checks.view import Hopeless, View, Wrong
from kubelab.clients import doors, kube_api

NO_IMAGE = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull")
NEVER = ("InvalidImageName", "CreateContainerConfigError")
"""Reasons of a container that waits in vain: a wrong name, a missing Secret or ConfigMap."""
BACK_OFF = re.compile(r"back-off (?:(\d+)m)?(?:(\d+)s)?")
CRASHES = 40.0
"""Seconds of back-off after which a crashing container is judged hopeless: the third time."""
PASSING = ("not-ready", "unreachable", "network-unavailable", "uninitialized", "no nodes available")
"""The scheduler's words about nodes that are still coming."""


def why(pod: kube_api.Json) -> str:
    """Return in a few words what a pod that is not Ready waits for."""
    for row in states(pod):
        state = row["state"].get("waiting") or row["state"].get("terminated")
        if state:
            return str(state.get("reason", "waiting"))
    for row in pod["status"].get("conditions", []):
        if row["type"] == "PodScheduled" and row["status"] != "True":
            return str(row.get("message", row.get("reason")))
    return str(pod["status"].get("reason") or pod["status"].get("phase", "unknown"))


def states(pod: kube_api.Json) -> list[kube_api.Json]:
    """Return the status of each container, init containers included."""
    status = pod["status"]
    rows = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return [row for row in rows if "state" in row]


def all_ready(view: View, pods: list[kube_api.Json]) -> None:
    """Every one of these pods is Ready; `Hopeless` if waiting cannot help."""
    unready = [pod for pod in pods if not _ready(pod)]
    if not unready:
        return
    stuck = {pod["metadata"]["name"]: reason for pod in unready if (reason := hopeless(view, pod))}
    names = {pod["metadata"]["name"]: why(pod) for pod in unready}
    words = f"not Ready: {', '.join(f'{name} ({stuck.get(name, said)})' for name, said in sorted(names.items()))}"
    raise Hopeless(words, stuck) if stuck else Wrong(words)


def hopeless(view: View, pod: kube_api.Json) -> str | None:
    """Return why waiting does not help a pod that is not Ready; None if it may."""
    phase = pod["status"].get("phase")
    if phase in ("Succeeded", "Failed"):
        return f"it has ended ({pod['status'].get('reason') or phase}), and has to run"
    for row in states(pod):
        state = row["state"].get("waiting") or {}
        reason = state.get("reason")
        if reason in NEVER or (reason == "CrashLoopBackOff" and _crashes(state)):
            return f"{reason}: {' '.join(str(state.get('message', '')).split())[:160]}"
        if reason in NO_IMAGE and not _there(view, pod, str(row.get("image"))):
            return f"{reason}: image {row.get('image')} is not on {pod['spec'].get('nodeName')}"
    for row in pod["status"].get("conditions", []):
        if row["type"] == "PodScheduled" and row["status"] != "True" and row.get("reason") == "Unschedulable":
            message = str(row.get("message"))
            return None if any(word in message for word in PASSING) else f"no node takes it: {message}"
    return None


def _crashes(state: kube_api.Json) -> bool:
    found = BACK_OFF.search(str(state.get("message")))
    return found is not None and int(found[1] or 0) * 60 + int(found[2] or 0) >= CRASHES


def _there(view: View, pod: kube_api.Json, image: str) -> bool:
    """Return whether the node reports that it has the image, so that the next try succeeds."""
    try:
        node = view.api.get(f"/api/v1/nodes/{pod['spec'].get('nodeName')}")
    except doors.DoorError:
        return True  # who cannot be asked is no proof
    known = {name for row in node["status"].get("images", []) for name in row.get("names", [])}
    return bool(known & {image, f"docker.io/library/{image}", f"docker.io/{image}"})


def _ready(pod: kube_api.Json) -> bool:
    found = pod.get("status", {}).get("conditions", [])
    return any(row["type"] == "Ready" and row["status"] == "True" for row in found)
