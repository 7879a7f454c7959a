"""Checks of pods-pending."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

TEN = 10
"""Pods to which the quota may be raised, unless it was larger."""
ENOUGH = Decimal("0.1")
"""CPU for which a replica may ask."""
MASTERS = "node-role.kubernetes.io/control-plane"
SHUT = ("NoSchedule", "NoExecute")


def pods_run(scene: Scene) -> None:
    """All three replicas of {{ app }} in {{ space }} run, each on a worker."""
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))
    workers = {machine.name for machine in scene.lab.workers}
    for row in looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", 3):
        node = row["spec"].get("nodeName")
        looks.wrong(node not in workers, f"{row['metadata']['name']} is on {node}, which is no worker")


def next_one_runs_too(scene: Scene) -> None:
    """One more replica has room: a worker takes it, it asks for 0.1 CPU at most, and the quota allows it."""
    pods_run(scene)
    pod = _template(scene)
    nodes = [scene.get(f"/api/v1/nodes/{machine.name}")["spec"] for machine in scene.lab.workers]
    looks.wrong(
        not any(_takes(node, pod) for node in nodes),
        f"no worker takes a pod of {scene.value('app')}: each is cordoned or has a taint against it",
    )
    asked = sum((_cpu(box) for box in pod["containers"]), Decimal(0))
    looks.wrong(asked > ENOUGH, f"a pod of {scene.value('app')} asks for {asked} CPU, not for {ENOUGH} or less")
    _quota(scene)


def control_plane_is_spared(scene: Scene, _: object) -> None:
    """The control plane is closed to other pods: it has its taint, and {{ app }} does not tolerate it."""
    row = scene.get(f"/api/v1/nodes/{scene.value('control_plane')}")
    own = [item for item in row["spec"].get("taints") or [] if item["key"] == MASTERS and item["effect"] in SHUT]
    looks.wrong(not own, "the control plane's taint is gone")
    borne = all(looks.tolerates(_template(scene).get("tolerations"), taint) for taint in own)
    looks.wrong(borne, f"{scene.value('app')} tolerates the control plane's taint")


def _template(scene: Scene) -> Mapping[str, Any]:
    """Return the specification of the deployment's pods."""
    path = f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}"
    return scene.get(path)["spec"]["template"]["spec"]


def _takes(node: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    taints = [item for item in node.get("taints") or [] if item["effect"] in SHUT]
    return not node.get("unschedulable") and all(looks.tolerates(pod.get("tolerations"), taint) for taint in taints)


def _cpu(box: Mapping[str, Any]) -> Decimal:
    return looks.quantity((box.get("resources", {}).get("requests") or {}).get("cpu", "0"))


def _quota(scene: Scene) -> None:
    """Raise `Wrong` unless the namespace's quota leaves room and still sets a limit."""
    quota = scene.get(f"/api/v1/namespaces/{scene.value('space')}/resourcequotas/{scene.value('space')}")
    hard, used = (quota["status"].get(key) or {} for key in ("hard", "used"))
    names = [name for name in ("pods", "count/pods") if name in hard and name in quota["spec"].get("hard", {})]
    looks.wrong(not names, "the quota limits no pods")
    least = min(looks.quantity(hard[name]) for name in names)
    most = max(looks.quantity(scene.value("hard")), Decimal(TEN))
    looks.wrong(least > most, f"the quota allows {least} pods, not {most} or fewer")
    full = [name for name in names if looks.quantity(used.get(name, "0")) >= looks.quantity(hard[name])]
    looks.wrong(full, f"the quota of {least} pods is used up")
