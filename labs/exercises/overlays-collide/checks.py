"""Checks of overlays-collide."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

STAGES = ("prod", "dev")
LAST = "kubectl.kubernetes.io/last-applied-configuration"
LETTERS = str.maketrans("013ae", "ghkmt")
"""Kustomize writes these letters of a hash in place of the digits, so that no word appears."""
LISTS = ("env", "envFrom", "args")
CLOSED = {*LISTS, "containers", "resources", "limits", "requests", "matchLabels", "labels"}
"""Fields of a Deployment in which more than was applied is an edit; the API server fills in none of them."""
PARTS = 20
"""Parts of a ConfigMap's name that are looked at."""


def _path(scene: Scene, kind: str, name: str = "") -> str:
    group = "/apis/apps/v1" if kind in ("deployments", "replicasets") else "/api/v1"
    return f"{group}/namespaces/{scene.value('space')}/{kind}" + (f"/{name}" if name else "")


def prod_is_right(scene: Scene) -> None:
    """prod-till: {{ replicas }} replicas with 64Mi and its greeting, generated; its Service leads to them alone."""
    _right(scene, "prod", int(scene.value("replicas")), "64Mi", scene.value("word"))


def dev_is_right(scene: Scene) -> None:
    """dev-till: one replica with 32Mi and its greeting, generated, and its Service; nothing of another name is left."""
    _right(scene, "dev", 1, "32Mi", f"test-{scene.value('word')}")
    for kind in ("deployments", "services"):
        names = {row["metadata"]["name"] for row in scene.items(_path(scene, kind))}
        left = sorted(names - {f"{stage}-till" for stage in STAGES})
        looks.wrong(left, f"{kind} of other names are left: {', '.join(left[:5])}")


def _right(scene: Scene, stage: str, replicas: int, memory: str, greeting: str) -> None:
    space, name = scene.value("space"), f"{stage}-till"
    looks.deployment_ready(scene, space, name)
    row = scene.get(_path(scene, "deployments", name))
    looks.wrong(row["spec"]["replicas"] != replicas, f"{name} asks for {row['spec']['replicas']} replicas")
    pods = _pods_of(scene, row)
    looks.wrong(len(pods) != replicas, f"{name} has {len(pods)} replicas")
    for pod in pods:
        box = pod["spec"]["containers"][0]
        limit = ((box.get("resources") or {}).get("limits") or {}).get("memory", "0")
        looks.wrong(looks.quantity(limit) != looks.quantity(memory), f"{pod['metadata']['name']} has the limit {limit}")
        said = looks.execute(scene, space, pod["metadata"]["name"], ["sh", "-c", 'echo "$GREETING"']).strip()
        looks.wrong(said != greeting, f"{pod['metadata']['name']} greets with {said[:60] or 'nothing'!r}")
    _generated(scene, name, row["spec"]["template"]["spec"]["containers"][0], greeting)
    _leads_to(scene, name, {pod["metadata"]["name"] for pod in pods})


def _pods_of(scene: Scene, row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the lasting pods of a deployment, by their owners."""
    sets = {item["metadata"]["uid"] for item in scene.items(_path(scene, "replicasets")) if _owned(item, row)}
    found = looks.pods(scene, scene.value("space"))
    return [pod for pod in found if any(item.get("uid") in sets for item in _owners(pod))]


def _owners(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(row["metadata"].get("ownerReferences") or [])


def _owned(item: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return any(owner.get("uid") == row["metadata"]["uid"] for owner in _owners(item))


def _leads_to(scene: Scene, name: str, pods: set[str]) -> None:
    """Look whether a Service leads to these pods, all of them and no others."""
    looks.wrong(scene.find(_path(scene, "services", name)) is None, f"there is no Service {name}")
    path = f"/apis/discovery.k8s.io/v1/namespaces/{scene.value('space')}/endpointslices"
    slices = scene.items(path, labelSelector=f"kubernetes.io/service-name={name}")
    ours = [row for row in slices if (row["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == name]
    ends = [
        end for row in ours for end in row.get("endpoints") or [] if (end.get("conditions") or {}).get("ready", True)
    ]
    found = {str((end.get("targetRef") or {}).get("name")) for end in ends}
    looks.wrong(pods - found, f"the Service {name} does not lead to {', '.join(sorted(pods - found)[:3])}")
    looks.wrong(found - pods, f"the Service {name} leads to {', '.join(sorted(found - pods)[:3])} as well")


def _generated(scene: Scene, name: str, box: Mapping[str, Any], greeting: str) -> None:
    """Look whether a container takes its greeting from a ConfigMap that is named after its content."""
    own = [row for row in box.get("env") or [] if row.get("name") == "GREETING"]
    keys = [((row.get("valueFrom") or {}).get("configMapKeyRef") or {}).get("name") for row in own]
    whole = [(row.get("configMapRef") or {}).get("name") for row in box.get("envFrom") or []]
    sources = keys if own else whole
    maps = [scene.find(_path(scene, "configmaps", source)) for source in sources if source]
    found = [row for row in maps if row and greeting in (row.get("data") or {}).values()]
    looks.wrong(not found, f"the greeting of {name} comes from no ConfigMap")
    for row in found:
        called = row["metadata"]["name"]
        looks.wrong(not _named_by_content(row), f"{called} would have the same name with another greeting")


def _named_by_content(row: Mapping[str, Any]) -> bool:
    """Return whether a ConfigMap's name ends with the hash that Kustomize gives its content.

    Kustomize of today leaves the name out of it; older ones took the name before prefixes and suffixes, which are words
    of the name between dashes.
    """
    *words, last = row["metadata"]["name"].split("-")[:PARTS]
    names = {"-".join(words[one:end]) for one in range(len(words)) for end in range(one + 1, len(words) + 1)}
    return last in {_hash(row, name) for name in {"", *names}}


def _hash(row: Mapping[str, Any], name: str) -> str:
    """Return the hash that Kustomize gives a ConfigMap: of its kind, name and data, as Go writes them in JSON."""
    content = {"kind": "ConfigMap", "name": name, "data": dict(row["data"]) if row.get("data") else ""}
    if row.get("binaryData"):
        content["binaryData"] = dict(row["binaryData"])
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return hashlib.sha256(text.encode()).hexdigest()[:10].translate(LETTERS)


def as_applied(scene: Scene, _: object) -> None:
    """The Deployments prod-till and dev-till are as they were applied last: nothing was edited in the cluster."""
    for stage in STAGES:
        row = scene.find(_path(scene, "deployments", f"{stage}-till"))
        if row is None:
            continue
        name, note = f"{stage}-till", (row["metadata"].get("annotations") or {}).get(LAST)
        if note is None:
            _by_server(name, row)
            continue
        differing = checks.objects.differences(
            _applied(name, str(note)), row["spec"], closed=_closed, same=checks.objects.served
        )
        places = sorted({".".join(item.field) for item in differing})
        looks.wrong(places, f"{name} was edited after it was applied: {', '.join(places[:3])}")


def _applied(name: str, note: str) -> dict[str, Any]:
    """Return the spec that was applied last, with the lists that a container may leave out."""
    found = looks.parsed_yaml(note)
    spec = found.get("spec") if isinstance(found, dict) else None
    looks.wrong(not isinstance(spec, dict), f"{name} does not say what was applied")
    pod = ((spec.get("template") or {}).get("spec") or {}) if isinstance(spec, dict) else {}
    for box in pod.get("containers") or []:
        box.update({"resources": box.get("resources") or {}, **{key: box.get(key) or [] for key in LISTS}})
    return dict(spec or {})


def _closed(place: tuple[str | int, ...], _: Any) -> bool:
    """Return whether more than was applied is an edit there."""
    return bool(place) and place[-1] in CLOSED


def _by_server(name: str, row: Mapping[str, Any]) -> None:
    """Look whether the API server has noted an apply of a deployment's template, and no other change of its spec."""
    writers = [item for item in row["metadata"].get("managedFields") or [] if "f:spec" in (item.get("fieldsV1") or {})]
    applied = [item for item in writers if item.get("operation") == "Apply"]
    looks.wrong(not applied, f"{name} was not applied")
    others = [str(item.get("manager")) for item in writers if item.get("operation") != "Apply"]
    looks.wrong(others, f"{name} was edited after it was applied, by {', '.join(others[:3])}")
