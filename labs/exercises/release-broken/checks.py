"""Checks of release-broken."""

import base64
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from kubelab import checks
from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

TYPE = "helm.sh/release.v1"
CHART = "counter"
LARGEST = 4 << 20
"""Bytes of a release: this chart's has some 4 KB."""
OBJECTS = 20
"""Objects of a release that are compared."""
PATHS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
}
GOOD = ("deployed", "superseded")
KEPT = 10
"""Revisions that Helm keeps."""
WHOLE = ("env", "envFrom", "command", "args")
"""Lists of a container that have nothing but what a release says; the API server fills in none of them."""
CLOSED = {*WHOLE, "containers", "selector", "matchLabels", "data"}
"""Fields in which more than the release says is a difference."""


def _decoded(secret: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the release that a Secret of Helm holds: base64 of a gzipped JSON, of a bounded size."""
    name = secret["metadata"]["name"]
    try:
        packed = base64.b64decode(base64.b64decode(str((secret.get("data") or {}).get("release", ""))))
        found = json.loads(zlib.decompressobj(wbits=31).decompress(packed, LARGEST))
    except (ValueError, zlib.error, RecursionError) as problem:
        raise checks.Wrong(f"{name} holds no release that Helm could read") from problem
    looks.wrong(not isinstance(found, dict) or not isinstance(found.get("version"), int), f"{name} holds no release")
    return dict(found)


def _part(release: Mapping[str, Any], *keys: str) -> Any:
    """Return a part of a release; None if it is not there."""
    found: Any = release
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _ours(scene: Scene, secret: Mapping[str, Any]) -> bool:
    labels = secret["metadata"].get("labels") or {}
    named = labels.get("owner") == "helm" and labels.get("name") == scene.value("app")
    return bool(secret.get("type") == TYPE and named)


def _newest(scene: Scene) -> Mapping[str, Any]:
    """Return the newest revision of the release."""
    rows = scene.items(f"/api/v1/namespaces/{scene.value('space')}/secrets", labelSelector="owner=helm")
    found = [_decoded(row) for row in rows if _ours(scene, row)]
    looks.wrong(not found, f"{scene.value('space')} has no release {scene.value('app')}")
    return max(found, key=lambda row: int(row["version"]))


def release_is_right(scene: Scene) -> None:
    """The newest revision of {{ app }} is deployed, of the chart counter, with the values of the task."""
    newest = _newest(scene)
    revision, status = f"revision {newest['version']}", _part(newest, "info", "status")
    looks.wrong(status != "deployed", f"{revision} of {scene.value('app')} is {status}")
    chart = _part(newest, "chart", "metadata", "name")
    looks.wrong(chart != CHART, f"{revision} is of the chart {chart}")
    wanted = {
        "image": scene.value("image"),
        "replicas": scene.value("replicas"),
        "greeting": f"{scene.value('word')}, come in",
    }
    values = {**(_part(newest, "chart", "values") or {}), **(_part(newest, "config") or {})}
    for name, value in wanted.items():
        looks.wrong(str(values.get(name)) != value, f"{revision} has the {name} {str(values.get(name))[:80]!r}")


def _manifest(release: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a release's manifest."""
    texts = [text for text in re.split(r"(?m)^---\s*$", str(release.get("manifest") or "")) if text.strip()]
    looks.wrong(not texts, f"revision {release['version']} has no objects")
    looks.wrong(len(texts) > OBJECTS, f"revision {release['version']} has {len(texts)} objects")
    for text in texts:
        row = looks.parsed_yaml(text)
        known = isinstance(row, dict) and row.get("kind") in PATHS and isinstance(row.get("metadata"), dict)
        looks.wrong(not known, f"revision {release['version']} has an object that the chart {CHART} does not make")
        for box in _part(row, "spec", "template", "spec", "containers") or []:
            box.update({key: box.get(key) or [] for key in WHOLE})
        yield row


def cluster_is_as_released(scene: Scene) -> None:
    """Every object of {{ app }}'s last deployed revision is in the cluster as the release says."""
    rows = scene.items(f"/api/v1/namespaces/{scene.value('space')}/secrets", labelSelector="owner=helm")
    found = [_decoded(row) for row in rows if _ours(scene, row)]
    deployed = [row for row in found if _part(row, "info", "status") == "deployed"]
    looks.wrong(not deployed, f"{scene.value('space')} has no deployed release {scene.value('app')}")
    for wanted in _manifest(max(deployed, key=lambda row: int(row["version"]))):
        name = f"{wanted['kind']} {wanted['metadata'].get('name')}"
        row = scene.find(f"{PATHS[wanted['kind']].format(scene.value('space'))}/{wanted['metadata'].get('name')}")
        looks.wrong(row is None, f"there is no {name}")
        differing = checks.objects.differences(wanted, row, closed=_closed, same=checks.objects.served)
        places = sorted({".".join(item.field) for item in differing} - {"apiVersion", "kind", "metadata.namespace"})
        looks.wrong(places, f"{name} differs from the release in {', '.join(places[:3])}")


def _closed(place: tuple[str | int, ...], _: Any) -> bool:
    """Return whether more than the release says is a difference there."""
    return bool(place) and place[-1] in CLOSED


def replicas_greet(scene: Scene) -> None:
    """Every replica of {{ app }} is ready and has the greeting of the task in its environment."""
    space, app = scene.value("space"), scene.value("app")
    looks.deployment_ready(scene, space, app)
    for row in looks.pods_ready(scene, space, f"app={app}", int(scene.value("replicas"))):
        name = row["metadata"]["name"]
        said = looks.execute(scene, space, name, ["sh", "-c", 'echo "$GREETING"']).strip()
        looks.wrong(said != f"{scene.value('word')}, come in", f"{name} greets with {said[:60] or 'nothing'!r}")


def nothing_deleted(scene: Scene, _: object) -> None:
    """The good revisions in {{ app }}'s history and its deployment were kept."""
    space, app = scene.value("space"), scene.value("app")
    found = scene.before().found
    was = found.get(("/apis/apps/v1/deployments", space, app))
    row = scene.find(f"/apis/apps/v1/namespaces/{space}/deployments/{app}")
    gone = was and (row is None or row["metadata"]["uid"] != was["metadata"]["uid"])
    looks.wrong(gone, f"the deployment {app} was deleted")
    secrets = [item for key, item in found.items() if key[:2] == ("/api/v1/secrets", space) and _ours(scene, item)]
    good = {int(_decoded(item)["version"]): item for item in secrets if _part(_decoded(item), "info", "status") in GOOD}
    if not good:
        return
    last = int(_newest(scene)["version"])
    now = {item["metadata"]["uid"] for item in scene.items(f"/api/v1/namespaces/{space}/secrets")}
    for version, item in sorted(good.items()):
        lost = version > last - KEPT and item["metadata"]["uid"] not in now
        looks.wrong(lost, f"revision {version} of {app} is gone")
