"""Checks of kube-proxy-broken."""

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene


def service_is_known(scene: Scene) -> None:
    """The service answers at {{ target_address }}:{{ port }}."""
    looks.backends(scene, scene.value("space"), scene.value("app"))
    looks.http(scene, f"http://{scene.value('target_address')}:{scene.value('port')}/hostname")


def proxy_runs(scene: Scene) -> None:
    """kube-proxy runs on {{ target }}, is Ready, and keeps its rules up to date."""
    looks.static_pod(scene, "kube-proxy", scene.value("target"))
    text = scene.read(scene.target, "sh -c 'curl -s --max-time 2 http://127.0.0.1:10256/healthz; true'")
    looks.wrong("lastUpdated" not in text, f"the health check of kube-proxy on {scene.value('target')} does not answer")
    service_is_known(scene)
