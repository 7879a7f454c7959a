"""Checks of debug-without-shell."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

NEVER = ("StartError", "ContainerCannotRun")
"""Why a container has ended whose program was not there."""


def _pod(scene: Scene) -> Mapping[str, Any]:
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/pods/{scene.value('app')}")
    looks.wrong(row is None, f"there is no pod {scene.value('space')}/{scene.value('app')}")
    found: Mapping[str, Any] = row or {}
    return found


def answer_is_right(scene: Scene) -> None:
    """The config map answer in {{ space }} has the word of /state/{{ file }}."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/configmaps/answer")
    looks.wrong(row is None, f"there is no config map {scene.value('space')}/answer")
    given = str(((row or {}).get("data") or {}).get("word", "")).strip()
    looks.wrong(not given, "the config map answer has no word")
    looks.wrong(given != scene.value("word"), f"{given[:40]!r} is not the word")


def debugger_was_there(scene: Scene) -> None:
    """An ephemeral container of {{ app }} has run, and has seen the processes of the container {{ app }}."""
    row, app = _pod(scene), scene.value("app")
    asked = row["spec"].get("ephemeralContainers") or []
    looks.wrong(not asked, f"{app} has no ephemeral container")
    aimed = {item["name"] for item in asked if item.get("targetContainerName") == app}
    looks.wrong(not aimed, f"no ephemeral container of {app} sees the processes of the container {app}")
    states = {item["name"]: item.get("state") or {} for item in row["status"].get("ephemeralContainerStatuses") or []}
    ran = [name for name in aimed if _ran(states.get(name, {}))]
    waits = [(states.get(name, {}).get("waiting") or {}).get("reason") or "no word" for name in aimed]
    looks.wrong(not ran, f"no ephemeral container of {app} has started yet: {', '.join(sorted(waits))}")


def _ran(state: Mapping[str, Any]) -> bool:
    """Return whether a container's program was started: it runs, or it has ended and could be started before."""
    return "running" in state or (state.get("terminated") or {}).get("reason", "StartError") not in NEVER


def program_goes_on(scene: Scene, _: object) -> None:
    """The program of {{ app }} runs, and was never restarted."""
    counts = {item["name"]: item for item in _pod(scene)["status"].get("containerStatuses") or []}
    own = counts.get(scene.value("app")) or {}
    looks.wrong("running" not in (own.get("state") or {}), f"the container {scene.value('app')} does not run")
    looks.wrong(own.get("restartCount") != 0, f"the container {scene.value('app')} was restarted")
