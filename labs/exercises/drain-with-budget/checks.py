"""Checks of drain-with-budget."""

import shlex

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def node_is_closed(scene: Scene) -> None:
    """{{ target }} takes no new pods."""
    row = scene.get(f"/api/v1/nodes/{scene.value('target')}")
    looks.wrong(not row["spec"].get("unschedulable"), f"{scene.value('target')} takes new pods")


def node_is_empty(scene: Scene) -> None:
    """No pod of {{ space }} is on {{ target }}."""
    node_is_closed(scene)
    here = [row["metadata"]["name"] for row in looks.pods(scene, scene.value("space"))
            if row["spec"].get("nodeName") == scene.value("target")]  # fmt: skip
    looks.wrong(here, f"still on {scene.value('target')}: {', '.join(here)}")
    app_serves(scene)


def app_serves(scene: Scene) -> None:
    """{{ app }} has as many ready replicas as its budget demands, none of them on {{ target }}."""
    row = scene.get(f"/apis/policy/v1/namespaces/{scene.value('space')}/poddisruptionbudgets/{scene.value('app')}")
    healthy, wanted = (row["status"].get(key, 0) for key in ("currentHealthy", "desiredHealthy"))
    looks.wrong(
        healthy < wanted or healthy < int(scene.value("replicas")),
        f"{healthy} pods of {scene.value('app')} are healthy, not {max(wanted, int(scene.value('replicas')))} or more",
    )
    pods = looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", int(scene.value("replicas")))
    looks.wrong(
        any(row["spec"].get("nodeName") == scene.value("target") for row in pods),
        f"a pod of {scene.value('app')} is on {scene.value('target')}",
    )


def node_is_there(scene: Scene, _: object) -> None:
    """{{ target }} is still a node of the cluster, and Ready."""
    looks.node_ready(scene, scene.value("target"))


def nobody_deleted(scene: Scene, _: object) -> None:
    """The pods of {{ app }} went by eviction or by a rollout, and none was deleted past the budget."""
    made = scene.get(f"/api/v1/namespaces/{scene.value('space')}")["metadata"]["creationTimestamp"]
    wanted = (
        f'select(.objectRef.namespace == "{scene.value("space")}" and .objectRef.resource == "pods")'
        f' | select((.verb == "delete" or .verb == "deletecollection") and .requestReceivedTimestamp >= "{made}")'
        " | select(.responseStatus.code < 300)"
        ' | select(.user.username | startswith("system:") or . == "kubelab-grader" | not)'
        f' | select((.objectRef.name // "{scene.value("app")}-") | startswith("{scene.value("app")}-"))'
        ' | .user.username + " " + (.objectRef.name // "all of them")'
    )
    here = shlex.quote(f'"namespace":"{scene.value("space")}"')
    command = f"grep -hF {here} /var/log/kubernetes/audit*.log | jq -rR {shlex.quote(f'fromjson? | {wanted}')}"
    said = scene.read(scene.value("control_plane"), f"bash -c {shlex.quote(command)}").splitlines()
    looks.wrong(said, f"deleted, not evicted: {', '.join(said[:3])}")


def not_fewer(scene: Scene, _: object) -> None:
    """{{ app }} still asks for {{ replicas }} replicas or more."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}")
    looks.wrong(
        row["spec"]["replicas"] < int(scene.value("replicas")),
        f"{scene.value('app')} asks for {row['spec']['replicas']} replicas, not {scene.value('replicas')} or more",
    )
