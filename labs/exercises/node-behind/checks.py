"""Checks of node-behind."""

import datetime
import shlex

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

PROCESS = "/proc/$(systemctl show --property=MainPID --value kubelet)/exe --version"
STARTED = "systemctl show --timestamp=unix --property=ExecMainStartTimestamp --value kubelet"


def kubelet_is_new(scene: Scene) -> None:
    """The kubelet of {{ target }} runs in the version of the API server, by its unit, and its node is Ready."""
    target, wanted = scene.value("target"), _wanted(scene)
    looks.unit(scene, scene.target, "kubelet.service")
    runs = scene.read(scene.target, f"sh -c {shlex.quote(PROCESS)}").strip().rpartition(" ")[2]
    looks.wrong(runs != wanted, f"the kubelet that runs on {target} is {runs}, the API server {wanted}")
    looks.node_ready(scene, target)
    told = _kubelet(scene, target)
    looks.wrong(told != wanted, f"the node {target} says {told}, the API server is {wanted}")


def kubectl_is_new(scene: Scene) -> None:
    """/opt/bin/kubectl of {{ target }} is of the version of the API server."""
    said = scene.read(scene.target, "/opt/bin/kubectl version --client --output=json")
    found, wanted = looks.document(said, "the answer of kubectl")["clientVersion"]["gitVersion"], _wanted(scene)
    looks.wrong(found != wanted, f"/opt/bin/kubectl of {scene.value('target')} is {found}, the API server {wanted}")


def proxy_is_new(scene: Scene) -> None:
    """kube-proxy of {{ target }} runs in the version of the API server."""
    found, wanted = _tag(scene, f"kube-proxy-{scene.value('target')}"), _wanted(scene)
    looks.wrong(found != wanted, f"kube-proxy of {scene.value('target')} is {found}, the API server {wanted}")
    looks.static_pod(scene, "kube-proxy", scene.value("target"))


def was_drained(scene: Scene) -> None:
    """The pods of {{ space }} left {{ target }} by eviction before its present kubelet was started."""
    kubelet_is_new(scene)
    said = scene.read(scene.target, STARTED).strip().lstrip("@")
    looks.wrong(not said.isdigit(), f"when the kubelet of {scene.value('target')} was started is not known: {said!r}")
    began = int(said)
    early = [when for when in _evictions(scene) if when <= began + 1]
    looks.wrong(not early, f"no pod of {scene.value('space')} was evicted before this kubelet was started")
    older = [
        row["metadata"]["name"]
        for row in looks.pods(scene, scene.value("space"))
        if row["spec"].get("nodeName") == scene.value("target")
        and _seconds(row["metadata"]["creationTimestamp"]) < began - 1
    ]
    looks.wrong(older, f"{', '.join(older)} stayed on {scene.value('target')} while its kubelet changed")


def node_serves(scene: Scene) -> None:
    """{{ target }} is upgraded, takes pods again, and {{ app }} has all of its replicas."""
    kubelet_is_new(scene)
    looks.takes_pods(scene, scene.value("target"))
    looks.deployment_ready(scene, scene.value("space"), scene.value("app"))


def others_stay_new(scene: Scene, _: object) -> None:
    """Every other node takes pods, and its kubelet and kube-proxy are of the version of the API server."""
    wanted = _wanted(scene)
    for machine in scene.lab.nodes:
        if machine.name != scene.value("target"):
            looks.takes_pods(scene, machine.name)
            found = {_kubelet(scene, machine.name), _tag(scene, f"kube-proxy-{machine.name}")}
            looks.wrong(found != {wanted}, f"{machine.name} has {', '.join(sorted(found))}, not {wanted} everywhere")


def nobody_deleted(scene: Scene, _: object) -> None:
    """No pod of {{ app }} was deleted past its budget."""
    chosen = (
        'select(.verb == "delete" or .verb == "deletecollection")'
        f' | select((.objectRef.name // "{scene.value("app")}-") | startswith("{scene.value("app")}-"))'
    )
    said = _audited(scene, f'{chosen} | .user.username + " " + (.objectRef.name // "all of them")')
    looks.wrong(said, f"deleted, not evicted: {', '.join(said[:3])}")


def _wanted(scene: Scene) -> str:
    return _tag(scene, f"kube-apiserver-{scene.value('control_plane')}")


def _tag(scene: Scene, pod: str) -> str:
    """Return the tag of the image that a static pod was made of."""
    row = scene.get(f"/api/v1/namespaces/kube-system/pods/{pod}")
    return str(row["spec"]["containers"][0]["image"]).rpartition(":")[2]


def _kubelet(scene: Scene, node: str) -> str:
    return str(scene.get(f"/api/v1/nodes/{node}")["status"]["nodeInfo"]["kubeletVersion"])


def _evictions(scene: Scene) -> list[float]:
    """Return when pods of the application were evicted, in seconds since 1970."""
    chosen = (
        'select(.verb == "create" and .objectRef.subresource == "eviction")'
        f' | select(.objectRef.name | startswith("{scene.value("app")}-"))'
    )
    return [_seconds(text) for text in _audited(scene, f"{chosen} | .requestReceivedTimestamp")]


def _audited(scene: Scene, chosen: str) -> list[str]:
    """Return what a filter says of the granted requests of people about pods of the namespace."""
    space = scene.value("space")
    made = scene.get(f"/api/v1/namespaces/{space}")["metadata"]["creationTimestamp"]
    wanted = (
        f'select(.objectRef.namespace == "{space}" and .objectRef.resource == "pods")'
        f' | select(.requestReceivedTimestamp >= "{made}" and .responseStatus.code < 300)'
        ' | select(.user.username | startswith("system:") or . == "kubelab-grader" | not)'
        f" | {chosen}"
    )
    here = shlex.quote(f'"namespace":"{space}"')
    command = f"grep -hF {here} /var/log/kubernetes/audit*.log | jq -rR {shlex.quote(f'fromjson? | {wanted}')}"
    return scene.read(scene.value("control_plane"), f"bash -c {shlex.quote(command)}").splitlines()


def _seconds(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()
