"""The cluster's objects from before an exercise began, and the way back to them."""

from __future__ import annotations

import concurrent.futures
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors
from kubelab.checks import objects, wait
from kubelab.clients import kube_api, kube_discovery, patience
from kubelab.files import atomic, strictjson
from kubelab.render import volumes

FILE = "baseline.json"
BROKEN = "broken.json"
GONE = wait.WATCH_AGAIN + 20
"""Seconds for an object to go; a namespace with pods takes six once its controller hears of it."""

# In the order in which they are put back: first what can forbid all the rest.
_PATHS = """
/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations
/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations
/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings
/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies
/apis/apiregistration.k8s.io/v1/apiservices
/apis/rbac.authorization.k8s.io/v1/clusterroles
/apis/rbac.authorization.k8s.io/v1/clusterrolebindings
/api/v1/namespaces
/apis/rbac.authorization.k8s.io/v1/roles
/apis/rbac.authorization.k8s.io/v1/rolebindings
/api/v1/resourcequotas
/api/v1/limitranges
/apis/policy/v1/poddisruptionbudgets
/apis/scheduling.k8s.io/v1/priorityclasses
/apis/storage.k8s.io/v1/storageclasses
/api/v1/serviceaccounts
/api/v1/configmaps
/api/v1/secrets
/apis/networking.k8s.io/v1/networkpolicies
/apis/networking.k8s.io/v1/ingresses
/api/v1/services
/apis/apps/v1/deployments
/apis/apps/v1/daemonsets
/apis/apps/v1/statefulsets
/apis/apps/v1/replicasets
/apis/batch/v1/cronjobs
/apis/batch/v1/jobs
/apis/autoscaling/v2/horizontalpodautoscalers
/api/v1/pods
/api/v1/persistentvolumeclaims
/api/v1/persistentvolumes
/apis/certificates.k8s.io/v1/certificatesigningrequests
/apis/apiextensions.k8s.io/v1/customresourcedefinitions
/api/v1/nodes
"""
PATHS = tuple(_PATHS.split())
OWN = ("kube-root-ca.crt", "kube-apiserver-legacy-service-account-token-tracking", "extension-apiserver-authentication")
"""Names of objects that controllers keep up to date."""

LARGEST = 256 << 20
"""Bytes of the kept objects; a lab's have some hundred KB."""
DEEPEST = 128
"""Levels of an object: the schema of a custom resource has two for each of its own."""

Key = tuple[str, str, str]
"""Collection's path, namespace (empty without), name."""


@dataclass(frozen=True, kw_only=True)
class Objects:
    """Every object that an exercise may touch, by key, in the API's form."""

    found: Mapping[Key, kube_api.Json]


def take(door: kube_api.Api) -> Objects:
    """Return every object in its present state, without owned ones, which follow from their owners."""

    def one(path: str) -> list[tuple[Key, kube_api.Json]]:
        answer = door.get(path)
        kind = {"apiVersion": answer["apiVersion"], "kind": answer["kind"].removesuffix("List")}
        rows = [{**kind, **row} for row in answer["items"]]  # in a list, objects do not say what they are
        return [(key(path, row), row) for row in rows if not _follows(row)]

    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        return Objects(found={name: row for rows in pool.map(one, PATHS) for name, row in rows})


def key(path: str, row: kube_api.Json) -> Key:
    """Return an object's key."""
    return path, row["metadata"].get("namespace", ""), row["metadata"]["name"]


def address(name: Key) -> str:
    """Return the path of one object."""
    return kube_discovery.address(*name)


def collection(name: Key) -> str:
    """Return the path under which an object is created."""
    return address(name).rpartition("/")[0]


def essence(name: Key, row: kube_api.Json) -> kube_api.Json:
    """Return the decided part of an object, without controllers' fields."""
    if name[0].endswith("/nodes"):
        taints = [item for item in row["spec"].get("taints", []) if "node.kubernetes.io/" not in item["key"]]
        return {"labels": row["metadata"].get("labels", {}), "taints": taints, "cordoned": bool(_cordoned(row))}
    plain = objects.decided(row)
    if name[0].endswith("/persistentvolumes"):
        claim = plain["spec"].get("claimRef") or {}
        plain["spec"]["claimRef"] = {part: claim.get(part) for part in ("namespace", "name")} if claim else None
    if name[0].endswith("/persistentvolumeclaims") and volumes.served(row):
        plain["spec"].pop("volumeName", None)
    return plain


def recognised(before: Objects, now: Objects) -> Objects:
    """Return objects with their present UIDs: one that was deleted and restored counts as unchanged."""
    found = {}
    for name, row in before.found.items():
        uid = now.found.get(name, row)["metadata"].get("uid")
        found[name] = {**row, "metadata": {**row["metadata"], "uid": uid}}
    return Objects(found=found)


def differences(before: Objects, now: Objects) -> dict[Key, str]:
    """Return key to `missing`, `changed` or `extra` for every object that differs from before."""
    found = {}
    for name in sorted(before.found.keys() | now.found.keys(), key=lambda item: (PATHS.index(item[0]), item)):
        was, row = before.found.get(name), now.found.get(name)
        if _came_or_went(was, row):
            continue
        if was is None:
            found[name] = "extra"
        elif row is None:
            found[name] = "missing"
        elif row["metadata"].get("deletionTimestamp"):
            found[name] = "extra"
        elif essence(name, was) != essence(name, row):
            found[name] = "changed"
    return found


def _came_or_went(was: kube_api.Json | None, row: kube_api.Json | None) -> bool:
    """Return whether this is a volume that was made for a claim, and goes with it."""
    stays = was is not None and row is not None and not row["metadata"].get("deletionTimestamp")
    either = row or was or {}
    return not stays and either.get("kind") == "PersistentVolume" and volumes.made(either)


def restore(door: kube_api.Api, before: Objects) -> dict[Key, str]:
    """Restore every object, wait until new ones are gone, and return the differences."""
    now = take(door)
    found = differences(before, now)
    extras = [name for name, how in found.items() if how == "extra" and found.get(_namespace(name)) != "extra"]
    for name in extras:
        remove(door, name, now.found[name])
    for name, how in found.items():
        if how == "extra" and name not in extras:  # it goes with its namespace, if nothing holds it
            _let_go(door, name, now.found[name])
    gone(door, extras)
    _volumes_gone(door)
    for name, how in found.items():
        if how == "changed" or (how == "missing" and not _inside_missing(name, before)):
            _put_back(door, name, before.found[name], now.found.get(name))
    return found


def _volumes_gone(door: kube_api.Api) -> None:
    """Wait until no volume outlives the claim that it was made for: its folder is being removed from its node."""
    for _ in patience.polls(GONE):
        if not any(_leaving(row) for row in door.items(volumes.COLLECTION)):
            return


def _leaving(row: kube_api.Json) -> bool:
    ends = row["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
    return volumes.made(row) and ends and row["status"].get("phase") == "Released"


def gone(door: kube_api.Api, removed: Iterable[Key]) -> None:
    """Wait until removed objects are gone; raise `exercise-unclean` if one stays."""
    names = list(removed)
    for _ in patience.polls(GONE):
        names = [name for name in names if door.request("GET", address(name)).status_code != 404]
        if not names:
            return
    left = ", ".join(address(name) for name in names[:5])
    raise errors.LabError("exercise-unclean", f"still there after {GONE:.0f} s: {left}")


def remove(door: kube_api.Api, name: Key, row: kube_api.Json) -> None:
    """Delete an object, with its finalizers and, of a namespace, its pods at once."""
    where = address(name)
    _let_go(door, name, row)
    how = {"propagationPolicy": "Background", "gracePeriodSeconds": 0 if name[0] == "/api/v1/pods" else None}
    door.request("DELETE", where, how)
    if name[0] == "/api/v1/namespaces":  # only now: before, their controllers would have made new ones
        door.request("DELETE", f"{where}/pods", {"gracePeriodSeconds": 0})


def _let_go(door: kube_api.Api, name: Key, row: kube_api.Json) -> None:
    """Remove the finalizers of an object, except those that protect storage in use."""
    if row["metadata"].get("finalizers") and not name[0].endswith(("/persistentvolumes", "/persistentvolumeclaims")):
        door.request("PATCH", address(name), {"metadata": {"finalizers": None}})


def load(path: Path) -> Objects:
    """Return the objects that `save` kept; raise `exercise-unclean` without any."""
    try:
        rows = strictjson.rows(strictjson.content(path, most=LARGEST), most=LARGEST, deepest=DEEPEST, values=10_000_000)
        found = {tuple(row["key"]): row["object"] for row in rows}
        for key, row in found.items():
            if [type(part) for part in key] != [str, str, str] or not isinstance(row["metadata"], dict):
                raise ValueError("another shape")
        return Objects(found=found)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        what = "the state of the lab before the exercise was not kept"
        raise errors.LabError("exercise-unclean", what, details=[problem]) from problem


def save(path: Path, found: Objects) -> None:
    """Keep objects, atomically and 0600: there are secrets among them."""
    rows = [{"key": list(name), "object": row} for name, row in found.found.items()]
    atomic.write(path, json.dumps(rows))


def _put_back(door: kube_api.Api, name: Key, was: kube_api.Json, row: kube_api.Json | None) -> None:
    where = address(name)
    if name[0].endswith("/nodes"):
        spec = {"taints": was["spec"].get("taints"), "unschedulable": _cordoned(was) or None}
        more = row["metadata"].get("labels", {}) if row else {}
        kept = was["metadata"].get("labels", {})
        door.request("PATCH", where, {"metadata": {"labels": {**dict.fromkeys(more), **kept}}, "spec": spec})
        return
    wanted = objects.bare(was)
    if name[0].endswith("/persistentvolumes") and wanted["spec"].get("claimRef"):
        for part in ("uid", "resourceVersion"):
            wanted["spec"]["claimRef"].pop(part, None)
    if name[0].endswith("/persistentvolumeclaims") and volumes.served(was):
        _unbind(wanted, row)
    if row is not None and door.request("PUT", where, wanted).ok:
        return
    if row is not None:  # a part of it cannot be changed: make it anew
        remove(door, name, row)
        gone(door, [name])
    door.request("POST", collection(name), wanted)


def _unbind(wanted: kube_api.Json, row: kube_api.Json | None) -> None:
    """Let a restored claim have its present volume, or a new one: the old one went with it."""
    wanted["spec"].pop("volumeName", None)
    if row is not None and row["spec"].get("volumeName"):
        wanted["spec"]["volumeName"] = row["spec"]["volumeName"]
    notes = wanted["metadata"].get("annotations", {})
    kept = (row or {}).get("metadata", {}).get("annotations", {})
    mine = {name: value for name, value in notes.items() if not objects.NOTES.match(name)}
    theirs = {name: value for name, value in kept.items() if objects.NOTES.match(name)}
    wanted["metadata"]["annotations"] = {**mine, **theirs}


def _cordoned(row: kube_api.Json) -> bool:
    return bool(row["spec"].get("unschedulable"))


def _follows(row: kube_api.Json) -> bool:
    meta = row["metadata"]
    mirrored = "kubernetes.io/config.mirror" in meta.get("annotations", {})
    default = row.get("kind") == "ServiceAccount" and meta["name"] == "default"
    return bool(meta.get("ownerReferences")) or mirrored or default or meta["name"] in OWN


def _namespace(name: Key) -> Key:
    return "/api/v1/namespaces", "", name[1]


def _inside_missing(name: Key, before: Objects) -> bool:
    """Return whether an object lived in a namespace that is new, too."""
    return bool(name[1]) and _namespace(name) not in before.found
