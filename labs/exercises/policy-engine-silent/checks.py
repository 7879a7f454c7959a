"""Checks of policy-engine-silent."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

READY = "http://127.0.0.1:9099/readiness"
"""calico-node is ready when it has read the policies from etcd."""


def engine_runs(scene: Scene) -> None:
    """Both parts of the policy engine run: the controllers, and calico-node on every worker."""
    looks.static_pod(scene, "calico-kube-controllers", namespace="calico-system")
    for machine in scene.lab.workers:
        looks.unit(scene, machine, "calico-node.service")
        said = scene.read(machine, f"sh -c 'curl -s -o /dev/null -m 3 -w %{{http_code}} {READY}; true'").strip()
        looks.wrong(said not in ("200", "204"), f"calico-node of {machine.name} does not say that it is ready")


def policy_holds(scene: Scene) -> None:
    """visitor cannot connect to safe in {{ space }}, as the policy says."""
    safe = looks.pods_ready(scene, scene.value("space"), "app=safe", 1)[0]
    looks.pods_ready(scene, scene.value("space"), "app=visitor", 1)
    looks.refused(scene, scene.value("space"), "app=visitor", f"{safe['status']['podIP']}:8080")
