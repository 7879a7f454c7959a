"""Checks of drain-with-budget."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def node_is_closed(scene: Scene) -> None:
    """{{ target }} takes no new pods."""
    row = scene.get(f"/api/v1/nodes/{scene.value('target')}")
    looks.wrong(not row["spec"].get("unschedulable"), "it is open")


def node_is_empty(scene: Scene) -> None:
    """No pod of {{ space }} is on {{ target }}."""
    node_is_closed(scene)
    here = [row["metadata"]["name"] for row in looks.pods(scene, scene.value("space"))
            if row["spec"].get("nodeName") == scene.value("target")]  # fmt: skip
    looks.wrong(here, f"still there: {', '.join(here)}")
    app_serves(scene)


def app_serves(scene: Scene) -> None:
    """{{ app }} has as many ready replicas as its budget wants, none of them on {{ target }}."""
    row = scene.get(f"/apis/policy/v1/namespaces/{scene.value('space')}/poddisruptionbudgets/{scene.value('app')}")
    healthy, wanted = (row["status"].get(key, 0) for key in ("currentHealthy", "desiredHealthy"))
    looks.wrong(healthy < wanted or healthy < int(scene.value("replicas")), f"{healthy} of {wanted} are healthy")
    pods = looks.pods_ready(scene, scene.value("space"), f"app={scene.value('app')}", int(scene.value("replicas")))
    looks.wrong(any(row["spec"].get("nodeName") == scene.value("target") for row in pods), "one is on the closed node")


def node_is_there(scene: Scene, _: object) -> None:
    """{{ target }} is still a node of the cluster, and Ready."""
    looks.node_ready(scene, scene.value("target"))


def not_fewer(scene: Scene, _: object) -> None:
    """{{ app }} asks for {{ replicas }} replicas or more."""
    row = scene.get(f"/apis/apps/v1/namespaces/{scene.value('space')}/deployments/{scene.value('app')}")
    looks.wrong(row["spec"]["replicas"] < int(scene.value("replicas")), f"it asks for {row['spec']['replicas']}")
