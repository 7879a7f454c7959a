"""Checks of pod-eats-node."""

import re
from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

ENDINGS = ("", "-next", "-new")
"""The ends of the namespaces' names."""
NAMES = ("till", "scales", "lamp")
"""The deployments of each namespace."""
DEPLOYMENTS = "/apis/apps/v1/deployments"
Row = Mapping[str, Any]


def _home(scene: Scene) -> str:
    """Return the namespace of the pod that is looked for."""
    return f"{scene.value('space')}{scene.value('ending')}"


def _answer(scene: Scene) -> dict[str, str]:
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/configmaps/answer")
    looks.wrong(row is None, f"there is no config map {scene.value('space')}/answer")
    return {str(name): str(word).strip() for name, word in ((row or {}).get("data") or {}).items()}


def pod_is_named(scene: Scene) -> None:
    """The config map answer in {{ space }} names the pod that uses the most {{ what }}, and its namespace."""
    given = _answer(scene)
    space, pod = given.get("namespace", ""), given.get("pod", "").rpartition("/")[2]
    looks.wrong(not space, "the config map answer has no namespace")
    looks.wrong(not pod, "the config map answer has no pod")
    # A pod of a deployment: its name, that of the replica set, and five letters.
    ours = re.fullmatch(rf"{scene.value('culprit')}-[a-z0-9]+-[a-z0-9]{{5}}", pod)
    looks.wrong(space != _home(scene) or not ours, f"{space}/{pod} is not the pod")


def container_is_named(scene: Scene) -> None:
    """The config map answer also names the container, beside the right pod."""
    pod_is_named(scene)
    given = _answer(scene).get("container", "")
    looks.wrong(not given, "the config map answer has no container")
    looks.wrong(given != scene.value("container"), f"{given} is not the container")


def culprit_is_stopped(scene: Scene) -> None:
    """No pod uses so much {{ what }} any more: its deployment asks for no replica, and has none."""
    space, name = _home(scene), scene.value("culprit")
    row = scene.find(f"/apis/apps/v1/namespaces/{space}/deployments/{name}")
    looks.wrong(row is None, "its deployment is gone")
    looks.wrong((row or {})["spec"].get("replicas", 1), "its deployment still asks for a replica")
    # Whatever its labels say now: every pod whose name begins with that of the deployment.
    left = [item for item in looks.pods(scene, space) if item["metadata"]["name"].startswith(f"{name}-")]
    looks.wrong(left, "the pod that uses so much still runs, or another one of its deployment")


def others_go_on(scene: Scene, _: object) -> None:
    """The eight other deployments are as before, and their pods run and are the same as before."""
    found = scene.before().found
    answer = found.get(("/api/v1/configmaps", scene.value("space"), "answer")) or {"metadata": {}}
    begun = answer["metadata"].get("creationTimestamp", "")
    looks.wrong(not begun, "the config map answer was not there before: break.sh is wrong")
    for ending in ENDINGS:
        space = f"{scene.value('space')}{ending}"
        for name in NAMES:
            if (space, name) != (_home(scene), scene.value("culprit")):
                _same(scene, space, name)
                pods = looks.pods_ready(scene, space, f"app={name}", 1)
                new = [row["metadata"]["name"] for row in pods if row["metadata"]["creationTimestamp"] > begun]
                looks.wrong(new, f"{space}/{name} has another pod than before: {', '.join(new)}")


def culprit_is_kept(scene: Scene, _: object) -> None:
    """The deployment that was stopped is otherwise as before."""
    _same(scene, _home(scene), scene.value("culprit"), but=("replicas",))


def _same(scene: Scene, space: str, name: str, but: tuple[str, ...] = ()) -> None:
    """Raise `Wrong` unless a deployment is the one from before, with its spec, but for some keys of it."""
    was = scene.before().found.get((DEPLOYMENTS, space, name))
    looks.wrong(was is None, f"{space}/{name} was not there before: break.sh is wrong")
    row = scene.find(f"/apis/apps/v1/namespaces/{space}/deployments/{name}")
    looks.wrong(row is None, f"the deployment {space}/{name} is gone")
    had, has = was or {}, row or {}
    looks.wrong(has["metadata"]["uid"] != had["metadata"]["uid"], f"{space}/{name} was deleted and made anew")
    parts = sorted({*had["spec"], *has["spec"]} - set(but))
    differ = [part for part in parts if had["spec"].get(part) != has["spec"].get(part)]
    looks.wrong(differ, f"{space}/{name} differs from before in {', '.join(differ)}")
