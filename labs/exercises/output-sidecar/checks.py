"""Checks of output-sidecar."""

import shlex
from collections.abc import Mapping
from typing import Any

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

LINES = 500
"""Lines of the file that are looked for in the output: more than a pod writes while it is looked at."""


def _pods(scene: Scene, count: int) -> list[Any]:
    found = looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", count)
    for row in found:
        spec = row["spec"]
        names = [box.get("name") for box in (*(spec.get("initContainers") or []), *spec["containers"])]
        looks.wrong("app" not in names, f"{row['metadata']['name']} has no container app")
        looks.wrong("teller" not in names, f"{row['metadata']['name']} has no container teller")
    return found


def replicas_run(scene: Scene) -> None:
    """Both replicas of {{ app }} run and are Ready, each with a teller."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    _pods(scene, 2)


def sales_are_told(scene: Scene) -> None:
    """Every line of {{ folder }}/sold.log is in the output of the teller of the same pod."""
    for row in _pods(scene, 1):
        name = row["metadata"]["name"]
        said = _file(scene, row)
        looks.wrong(not said, f"{name} has written no sale")
        looks.eventually(lambda name=name, said=said: _told(scene, name, said))


def _file(scene: Scene, pod: Mapping[str, Any]) -> list[str]:
    """Return the first lines of a pod's file and the last one: all that `LINES` allows.

    The pod's own node is asked, for the container app: `kubectl exec` takes the first one that the pod lists.
    """
    states = pod.get("status", {}).get("containerStatuses") or []
    idents = [str(row.get("containerID")).rpartition("/")[2] for row in states if row.get("name") == "app"]
    looks.wrong(not idents, f"{pod['metadata']['name']} has no container app")
    here = [node for node in scene.lab.nodes if node.name == pod["spec"].get("nodeName")]
    looks.wrong(not here, f"{pod['metadata']['name']} is on no machine of the lab")
    path = f"{scene.value('folder')}/sold.log"
    words = ["/opt/bin/crictl", "exec", "-s", idents[0], "sh", "-c", f"head -n {LINES} {path}; tail -n 1 {path}"]
    said = scene.read(here[0], shlex.join(words))
    return [line for line in said.splitlines() if line.strip()]


def _told(scene: Scene, pod: str, lines: list[str]) -> None:
    path = f"/api/v1/namespaces/{scene.value('space')}/pods/{pod}/log"
    reply = checks.asked(lambda: scene.view.api.request("GET", path, container="teller"))
    looks.wrong(not reply.ok, f"the teller of {pod} has no output: {reply.text[:150]}")
    told = set(reply.text.splitlines())
    missing = [line for line in lines if line not in told]
    looks.wrong(missing, f"the teller of {pod} has not told {len(missing)} of {len(lines)} sales: {missing[:1]}")


def teller_is_a_sidecar(scene: Scene) -> None:
    """The teller starts before the program and ends after it: it is a sidecar."""
    pod = _template(scene)
    early = {row.get("name"): row for row in pod.get("initContainers") or []}
    looks.wrong("teller" not in early, "the teller does not start before the program")
    again = early["teller"].get("restartPolicy")
    looks.wrong(again != "Always", "the program only starts when the teller has ended")
    twice = [row for row in pod["containers"] if row.get("name") != "app"]
    looks.wrong(len(twice) == len(pod["containers"]), "there is no container app")


def _template(scene: Scene) -> Mapping[str, Any]:
    path = f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}"
    found: Mapping[str, Any] = scene.get(path)["spec"]["template"]["spec"]
    return found


def program_stays(scene: Scene, _: object) -> None:
    """The program of {{ app }} is started as before."""
    key = ("/apis/apps/v1/deployments", scene.value("space"), scene.value("app"))
    was = scene.before().found.get(key, {}).get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    old: Mapping[str, Any] = next((row for row in was if row.get("name") == "app"), {})
    now: Mapping[str, Any] = next((row for row in _template(scene)["containers"] if row.get("name") == "app"), {})
    looks.wrong(not now, "there is no container app")
    for part in ("image", "command", "args"):
        looks.wrong((now.get(part) or None) != (old.get(part) or None), f"the program has another {part}")
