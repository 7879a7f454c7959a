"""Checks of pod-network-one-node."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def pods_run_everywhere(scene: Scene) -> None:
    """Every worker runs its pod of probe in {{ space }}, and is Ready."""
    for machine in scene.lab.workers:
        looks.node_ready(scene, machine.name)
    looks.pods_ready(scene, scene.value("space"), "app=probe", len(scene.lab.workers))
    pods_reach_each_other(scene)


def pods_reach_each_other(scene: Scene) -> None:
    """Each probe reaches every other one at its pod's address."""
    found = looks.pods_ready(scene, scene.value("space"), "app=probe", len(scene.lab.workers))
    for source in found:
        for other in found:
            if other is not source:
                address = f"{other['status']['podIP']}:8080"
                looks.connect(scene, scene.value("space"), source["metadata"]["name"], address)


def no_host_network(scene: Scene, _: object) -> None:
    """The probes use the pod network, not their machine's."""
    for row in looks.pods(scene, scene.value("space"), "app=probe"):
        looks.wrong(row["spec"].get("hostNetwork"), f"{row['metadata']['name']} uses its machine's network")
