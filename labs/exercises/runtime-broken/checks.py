"""Checks of runtime-broken."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def runtime_answers(scene: Scene) -> None:
    """The container runtime of {{ target }} answers the kubelet, and starts at boot."""
    looks.unit(scene, scene.target, "containerd.service")
    scene.read(scene.target, "timeout 4 /opt/bin/crictl ps -q", timeout=8)


def node_works(scene: Scene) -> None:
    """{{ target }} is Ready and runs its pods."""
    runtime_answers(scene)
    looks.node_ready(scene, scene.value("target"))
    looks.takes_pods(scene, scene.value("target"))
    looks.static_pod(scene, "kube-proxy", scene.value("target"))
