"""Checks of policy-engine-silent."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def engine_runs(scene: Scene) -> None:
    """Both parts of the policy engine run: the controllers, and calico-node on every worker."""
    looks.static_pod(scene, "calico-kube-controllers", namespace="calico-system")
    for machine in scene.lab.workers:
        looks.unit(scene, machine, "calico-node.service")
        said = scene.read(machine, "sh -c 'cat /etc/calico/calico-node.env'")
        looks.wrong(":2379" not in said, f"calico-node of {machine.name} looks for etcd elsewhere")


def policy_holds(scene: Scene) -> None:
    """visitor cannot connect to safe in {{ space }}, as the policy says."""
    safe = looks.pods_ready(scene, scene.value("space"), "app=safe", 1)[0]
    looks.pods_ready(scene, scene.value("space"), "app=visitor", 1)
    looks.refused(scene, scene.value("space"), "app=visitor", f"{safe['status']['podIP']}:8080")
