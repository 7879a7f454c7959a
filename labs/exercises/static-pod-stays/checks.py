"""Checks of static-pod-stays."""

from collections.abc import Iterator, Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

FOLDER = "/etc/kubernetes/manifests"
MIRROR = "kubernetes.io/config.mirror"
FROM_THE_API = (
    "configMap", "configMapRef", "configMapKeyRef", "secret", "secretRef", "secretKeyRef", "persistentVolumeClaim",
    "serviceAccountToken", "serviceAccountName", "serviceAccount", "imagePullSecrets", "resourceClaims",
    "clusterTrustBundle", "podCertificate",
)  # fmt: skip
"""Keys of a pod's specification that name something that only the API server has."""
KINDS = ("deployments", "daemonsets", "statefulsets", "replicasets")


def _mirror(scene: Scene) -> Mapping[str, Any]:
    """Return the pod that stands in the API for the machine's static pod."""
    name = f"{scene.value('app')}-{scene.value('target')}"
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/pods/{name}")
    looks.wrong(row is None, f"there is no pod {name} in {scene.value('space')}")
    found: Mapping[str, Any] = row or {}
    looks.wrong(MIRROR not in (found["metadata"].get("annotations") or {}), f"{name} is no static pod")
    return found


def pod_runs(scene: Scene) -> None:
    """The static pod {{ app }} of {{ target }} is Ready, in the namespace {{ space }}."""
    _mirror(scene)
    looks.static_pod(scene, scene.value("app"), scene.value("target"), scene.value("space"))


def greeting_is_there(scene: Scene) -> None:
    """The container app of {{ app }} has the GREETING of the config map settings."""
    row = _mirror(scene)
    name = row["metadata"]["name"]
    first = row["spec"]["containers"][0].get("name")
    looks.wrong(first != "app", f"the first container of {name} is {first}, not app")
    states = {item["name"]: item.get("state") or {} for item in row["status"].get("containerStatuses") or []}
    looks.wrong("app" not in states, f"{name} has no container app that was started")
    looks.wrong("running" not in states["app"], f"the container app of {name} does not run")
    said = looks.execute(scene, scene.value("space"), name, ["sh", "-c", 'echo "$GREETING"']).strip()
    looks.wrong(said != scene.value("greeting"), f"the GREETING of {name} is {said[:40]!r}")


def machine_needs_no_help(scene: Scene) -> None:
    """The manifest on {{ target }} needs neither the API server nor a registry, and its programs are started again."""
    pod = looks.manifest.static(scene, scene.value("app"), scene.value("target"))
    space = pod["metadata"].get("namespace") or "default"
    looks.wrong(space != scene.value("space"), f"the manifest of {scene.value('app')} is for the namespace {space}")
    spec = pod.get("spec") or {}
    asked = sorted(set(_references(spec)))
    looks.wrong(asked, f"the manifest of {scene.value('app')} refers to the API: {', '.join(asked)}")
    pulled = [box.get("name") for box in spec.get("containers") or [] if _pulls(box)]
    looks.wrong(pulled, f"a registry is asked at every start of {', '.join(map(str, pulled))}")
    again = spec.get("restartPolicy") or "Always"
    looks.wrong(again != "Always", f"{scene.value('app')} has the restartPolicy {again}")


def _references(part: object) -> Iterator[str]:
    """Yield the keys in a specification, at any depth, that name an object of the API."""
    if isinstance(part, Mapping):
        yield from (str(key) for key, value in part.items() if key in FROM_THE_API and value)
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _pulls(box: Mapping[str, Any]) -> bool:
    """Return whether a container's image is asked for at every start: by its policy, or without one by its tag."""
    image = str(box.get("image") or "")
    tag = image.rpartition("/")[2].partition(":")[2]
    usual = "Always" if "@" not in image and tag in ("", "latest") else "IfNotPresent"
    return (box.get("imagePullPolicy") or usual) == "Always"


def kubelet_looks_there(scene: Scene, _: object) -> None:
    """The kubelet of {{ target }} reads its static pods where it did before."""
    path = "/etc/kubernetes/kubelet/config.yaml"
    found = looks.document(looks.file(scene, scene.value("target"), path), path).get("staticPodPath")
    same = str(found or "").rstrip("/") == FOLDER
    looks.wrong(not same, f"the kubelet of {scene.value('target')} reads static pods in {found or 'no folder'}")


def nothing_else_runs(scene: Scene, _: object) -> None:
    """No other pod and no workload is in {{ space }}."""
    space, own = scene.value("space"), f"{scene.value('app')}-{scene.value('target')}"
    rows = scene.items(f"/api/v1/namespaces/{space}/pods")
    found = [f"pods/{row['metadata']['name']}" for row in rows
             if row["metadata"]["name"] != own or MIRROR not in (row["metadata"].get("annotations") or {})]  # fmt: skip
    for kind in KINDS:
        rows = scene.items(f"/apis/apps/v1/namespaces/{space}/{kind}")
        found += [f"{kind}/{row['metadata']['name']}" for row in rows]
    looks.wrong(found, f"in {space} there is also {', '.join(found[:3])}")
