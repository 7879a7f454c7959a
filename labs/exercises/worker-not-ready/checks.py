"""Checks of worker-not-ready."""

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

CONFIG = "/etc/kubernetes/kubelet/config.yaml"


def node_reports(scene: Scene) -> None:
    """The kubelet of {{ target }} has reported within the last seconds, and the node is Ready."""
    looks.node_ready(scene, scene.value("target"))
    looks.takes_pods(scene, scene.value("target"))
    looks.fresh_lease(scene, scene.value("target"))


def reports_since(scene: Scene) -> None:
    """The kubelet of {{ target }} reports."""
    looks.node_ready(scene, scene.value("target"))
    looks.fresh_lease(scene, scene.value("target"), 12)  # less than the wait: a lease of before the restart is none


def kubelet_lasts(scene: Scene) -> None:
    """The kubelet of {{ target }} runs, starts at boot, and is healthy."""
    looks.unit(scene, scene.target, "kubelet.service")
    said = scene.read(scene.target, "sh -c 'curl -sf --max-time 2 http://127.0.0.1:10248/healthz; true'")
    looks.wrong(said.strip() != "ok", "the kubelet's own health check does not answer")
    looks.fresh_lease(scene, scene.value("target"))


def kubelet_asks(scene: Scene, _: object) -> None:
    """The kubelet refuses every client that it does not know."""
    try:
        said = scene.get(f"/api/v1/nodes/{scene.value('target')}/proxy/configz")["kubeletconfig"]
    except (checks.Wrong, checks.Silent):  # it does not run, or cannot be reached: then what it would read
        said = looks.document(looks.file(scene, scene.target, CONFIG), CONFIG)
    anonymous = (said.get("authentication") or {}).get("anonymous") or {}
    looks.wrong(anonymous.get("enabled", False), "the kubelet's configuration allows anonymous access")
    mode = (said.get("authorization") or {}).get("mode", "Webhook")
    looks.wrong(mode != "Webhook", f"the kubelet's authorization mode is {mode}, not Webhook")


def where_to_look(scene: Scene) -> str:
    """Say where to look next."""
    try:
        looks.unit(scene, scene.target, "kubelet.service")
    except checks.Wrong as problem:
        return f"{problem}: `systemctl status kubelet` and `journalctl -u kubelet -n 20` on {scene.value('target')}."
    return "The kubelet runs and does not reach the API server: compare its kubeconfig's server with another node's."
