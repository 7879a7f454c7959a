"""Checks of build-network."""

import shlex
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

FELIX = 9099


def flannel_runs(scene: Scene) -> None:
    """Step 1: flanneld runs as a unit of {{ target }}, starts at boot, is healthy, and has its tunnel."""
    looks.unit(scene, scene.target, "flanneld.service")
    _healthy(scene, f"http://127.0.0.1:{scene.value('health')}/healthz", "flanneld")
    said = scene.read(scene.target, "ip -d link show flannel.1")
    looks.wrong(
        f"local {scene.value('target_address')} " not in said,
        f"flannel.1 does not send from {scene.value('target_address')}",
    )


def policy_is_enforced(scene: Scene) -> None:
    """Step 2: calico-node runs as a unit of {{ target }}, starts at boot, and is ready."""
    looks.unit(scene, scene.target, "calico-node.service")
    _healthy(scene, f"http://127.0.0.1:{FELIX}/readiness", "calico-node")


def node_has_a_network(scene: Scene) -> None:
    """Step 3: the runtime of {{ target }} has its list of plugins, and the node is Ready."""
    text = looks.file(scene, scene.target, "/etc/cni/net.d/10-flannel-calico.conflist")
    plugins = looks.document(text, "the list of plugins").get("plugins") or []
    names = {name for row in plugins for name in _nodes(row)}
    looks.wrong(
        names != {scene.value("target")},
        f"the list of plugins has the node name {', '.join(sorted(names)) or '(none)'}, not {scene.value('target')}",
    )
    looks.node_ready(scene, scene.value("target"))


def pods_reach_each_other(scene: Scene) -> None:
    """Step 4: the pod of walker on {{ target }} runs, and reaches the pod on another node and is reached by it."""
    found = looks.pods_ready(scene, scene.value("space"), "app=walker", 2)
    pods = {row["spec"]["nodeName"]: row for row in found}
    here, there = pods.get(scene.value("target")), pods.get(scene.value("other_worker"))
    looks.wrong(here is None or there is None, "walker does not run on both workers")
    assert here is not None  # noqa: S101 (for the type checker: just looked at)
    assert there is not None  # noqa: S101 (as above)
    for one, other in ((here, there), (there, here)):
        address = f"{other['status']['podIP']}:8080"
        looks.connect(scene, scene.value("space"), one["metadata"]["name"], address)


def plain_pods(scene: Scene, _: object) -> None:
    """The pods of walker use the pod network, not the machine's."""
    row = scene.find(f"/apis/apps/v1/namespaces/{scene.value('space')}/daemonsets/walker")
    looks.wrong(row is None, f"there is no daemon set {scene.value('space')}/walker")
    looks.wrong((row or {})["spec"]["template"]["spec"].get("hostNetwork"), "walker uses the machine's network")


def _nodes(plugin: dict[str, Any]) -> set[str]:
    """Return the node names in the settings of a plugin and of the plugin to which it delegates."""
    more = plugin.get("delegate") or {}
    return {str(row["nodename"]) for row in (plugin, more) if isinstance(row, dict) and row.get("nodename")}


def _healthy(scene: Scene, url: str, who: str) -> None:
    said = scene.read(scene.target, f"sh -c {shlex.quote(f'curl -s -o /dev/null -m 3 -w %{{http_code}} {url}; true')}")
    looks.wrong(said.strip() not in ("200", "204"), f"{who} does not report at {url} that it is healthy")
