"""Probes of what keeps workloads from running: claims and volumes, quotas, requests, webhooks, stuck namespaces."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

from kubelab.clients import kube_api
from kubelab.diagnosis import evidence, policy_probes
from kubelab.diagnosis.findings import Finding
from kubelab.render import volumes as storage

SUFFIXES: Mapping[str, float] = {
    "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40,
}  # fmt: skip
HOOKS: Mapping[str, str] = {
    "validatingwebhookconfiguration": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "mutatingwebhookconfiguration": "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
}


def claims(view: evidence.Evidence) -> Iterator[Finding]:
    """Every claim of the lab's own is bound, unless it waits for its first pod and would find a volume."""
    classes = {item["metadata"]["name"]: item for item in view.cluster.items("/apis/storage.k8s.io/v1/storageclasses")}
    if "/apis/storage.k8s.io/v1/storageclasses" not in view.cluster.lists:
        return
    used = view.own.claims(view.cluster.pods())
    for claim in view.cluster.items("/api/v1/persistentvolumeclaims"):
        about, phase = claim["metadata"], claim["status"].get("phase")
        if not view.own.has("PersistentVolumeClaim", claim) and (about["namespace"], about["name"]) not in used:
            continue
        reason = None if phase == "Bound" or about.get("deletionTimestamp") else _unbound(view, claim, classes)
        if reason:
            anew = shlex.quote(json.dumps(storage.grantable(claim)))
            values = {"namespace": about["namespace"], "object": about["name"], "anew": anew}
            line = f"claim {about['namespace']}/{about['name']} is {phase}: {reason}"
            yield Finding(cause="claim-unbound", lines=(line,), values=values)


def _unbound(view: evidence.Evidence, claim: kube_api.Json, classes: Mapping[str, kube_api.Json]) -> str | None:
    """Return why a claim cannot be bound; None if it only waits."""
    spec = claim["spec"]
    name = spec.get("storageClassName")
    wanted = amount(spec["resources"]["requests"]["storage"])
    if claim["status"].get("phase") == "Lost":
        return f"its volume {spec.get('volumeName')} is gone"
    if not name and name is not None:
        name = ""
    if name and name not in classes:
        return f"there is no storage class {name}; there are: {', '.join(sorted(classes)) or 'none'}"
    known = view.cluster.items(storage.COLLECTION)
    asked = spec.get("volumeName")
    if asked and not any(volume["metadata"]["name"] == asked for volume in known):
        return f"it asks for the volume {asked}: there is none"
    provisioner = classes[name].get("provisioner") if name else None
    if provisioner and provisioner != storage.STATIC and not asked:
        return storage.ungranted(spec, str(name), provisioner)
    free = [
        volume
        for volume in known
        if volume["status"].get("phase") == "Available" and volume["spec"].get("storageClassName", "") == (name or "")
    ]
    fits = [
        volume
        for volume in free
        if amount(volume["spec"]["capacity"]["storage"]) >= wanted
        and set(spec.get("accessModes", [])) <= set(volume["spec"].get("accessModes", []))
        and spec.get("volumeName") in (None, "", volume["metadata"]["name"])
    ]
    return None if fits else f"none of the {len(free)} free volumes of class {name!r} fits it"


def volumes(view: evidence.Evidence) -> Iterator[Finding]:
    """The folder behind every local volume is on its node, but for volumes that are being deleted, folder first."""
    for volume in view.cluster.items(storage.COLLECTION):
        if volume["metadata"].get("deletionTimestamp") or _given_up(volume):
            continue
        path = volume["spec"].get("local", {}).get("path")
        box = view.boxes.get(storage.node(volume))
        if path and box and box.has("volumes") and path not in box.section("volumes"):
            there = box.section("volumes")
            line = f"volume {volume['metadata']['name']} is {path} on {box.name}: there is no such folder"
            renamed = next((folder for folder in there if folder.startswith(path)), None)
            words = ["mv", "-T", renamed, path] if renamed else ["install", "-d", "-m", "0777", path]
            shown = (line, f"folders there: {', '.join(there) or 'none'}")
            values = {"path": shlex.quote(path), "restore": shlex.join(words)}
            yield Finding(cause="volume-folder-gone", box=box.name, lines=shown, values=values)


def _given_up(volume: kube_api.Json) -> bool:
    """Return whether a volume's claim is gone, and the volume goes with it."""
    deleted = volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
    return deleted and volume["status"].get("phase") in ("Released", "Failed")


def quotas(view: evidence.Evidence) -> Iterator[Finding]:
    """Every quota leaves room for a pod, in namespaces with something of the lab's."""
    for quota in view.cluster.items("/api/v1/resourcequotas"):
        about = quota["metadata"]
        if about["namespace"] not in view.own.spaces:
            continue
        for name, hard in quota["spec"].get("hard", {}).items():
            counts = name in ("pods", "count/pods") or "cpu" in name or "memory" in name
            if counts and amount(hard) <= 0:
                values = {"namespace": about["namespace"], "object": about["name"]}
                line = f"quota {about['namespace']}/{about['name']} allows {name}: {hard}"
                yield Finding(cause="quota-zero", lines=(line,), values=values)


def requests(view: evidence.Evidence) -> Iterator[Finding]:
    """Nothing of the lab's own asks for more CPU or memory than the largest node has."""
    nodes = view.cluster.items("/api/v1/nodes")
    mine = [item for item in view.cluster.items("/apis/apps/v1/deployments") if view.own.has("Deployment", item)]
    for item in mine if nodes else ():
        for resource in ("cpu", "memory"):
            largest = max(amount(node["status"].get("allocatable", {}).get(resource, "0")) for node in nodes)
            rows = item["spec"]["template"]["spec"]["containers"]
            asked = sum(amount(row.get("resources", {}).get("requests", {}).get(resource, "0")) for row in rows)
            if asked > largest:
                about = item["metadata"]
                name = f"{about['namespace']}/{about['name']}"
                line = f"deployment {name} asks for {asked:g} of {resource}; the largest node has {largest:g}"
                values = {"namespace": about["namespace"], "object": about["name"], "manifest": _manifest(view, item)}
                yield Finding(cause="request-too-large", lines=(line,), values=values)


def _manifest(view: evidence.Evidence, item: kube_api.Json) -> str:
    about = item["metadata"]
    for path, rows in view.manifests.items():
        if any(row["kind"] == "Deployment" and row["metadata"]["name"] == about["name"] for row in rows):
            return path
    return "MANIFEST"


def webhooks(view: evidence.Evidence) -> Iterator[Finding]:
    """Every webhook that is asked about something of the lab's own has a ready pod."""
    for kind, path in HOOKS.items():
        for item in view.cluster.items(path):
            for hook in item.get("webhooks", []):
                if hook.get("failurePolicy", "Fail") == "Fail" and _concerns(view, hook):
                    line = _unserved(view, hook)
                    name = item["metadata"]["name"]
                    if line:
                        shown = (f"{kind} {name}, {hook['name']}: {line}", f"it is asked about: {_asked(hook)}")
                        yield Finding(cause="webhook-dead", lines=shown, values={"kind": kind, "object": name})


def _concerns(view: evidence.Evidence, hook: kube_api.Json) -> bool:
    """Return whether a webhook is asked about Kubernetes' own kinds in a namespace where the lab has something."""
    groups = {group for row in hook.get("rules", []) for group in row.get("apiGroups", [])}
    if not any(group in ("", "*", "apps", "batch") or group.endswith(".k8s.io") for group in groups):
        return False
    selector = hook.get("namespaceSelector") or {}
    return any(
        policy_probes.matches(selector, item["metadata"].get("labels") or {})
        for item in view.cluster.items("/api/v1/namespaces")
        if not view.own.spaces or item["metadata"]["name"] in view.own.spaces
    )


def _unserved(view: evidence.Evidence, hook: kube_api.Json) -> str | None:
    service = hook["clientConfig"].get("service")
    if not service:
        return None
    ready = [
        end
        for item in view.cluster.items("/apis/discovery.k8s.io/v1/endpointslices")
        if item["metadata"]["namespace"] == service["namespace"]
        and item["metadata"].get("labels", {}).get("kubernetes.io/service-name") == service["name"]
        for end in item.get("endpoints") or []
        if end["conditions"].get("ready")
    ]
    return None if ready else f"service {service['namespace']}/{service['name']} has no ready backend"


def _asked(hook: kube_api.Json) -> str:
    rules = hook.get("rules", [])
    return "; ".join(f"{', '.join(row['operations'])} of {', '.join(row['resources'])}" for row in rules)


def namespaces(view: evidence.Evidence) -> Iterator[Finding]:
    """No namespace of the lab's own is kept by a finalizer without a controller."""
    for item in view.cluster.items("/api/v1/namespaces"):
        about = item["metadata"]
        if not about.get("deletionTimestamp") or not view.own.has("Namespace", item):
            continue
        held = {row["type"]: row for row in item["status"].get("conditions", []) if row["status"] == "True"}
        remaining = held.get("NamespaceFinalizersRemaining") or held.get("NamespaceDeletionContentFailure")
        own = [*about.get("finalizers", []), *(n for n in item["spec"].get("finalizers", []) if n != "kubernetes")]
        holder = _holder(view, about["name"])
        if remaining or own or holder:
            kind, name = holder or ("namespace", about["name"])
            words = remaining.get("message", "") if remaining else f"held by {kind}/{name}"
            line = f"namespace {about['name']} is to go since {about['deletionTimestamp']}: {words}"
            values = {"namespace": about["name"], "kind": kind, "object": name}
            yield Finding(cause="namespace-finalizer", lines=(line,), values=values)


def _holder(view: evidence.Evidence, space: str) -> tuple[str, str] | None:
    """Return kind and name of an object that keeps its namespace by a finalizer unknown to Kubernetes."""
    for path, items in view.cluster.lists.items():
        for item in items:
            about = item["metadata"]
            foreign = [name for name in about.get("finalizers", []) if not name.startswith("kubernetes.io/")]
            if about.get("namespace") == space and foreign:
                return path.rpartition("/")[2], about["name"]
    return None


def amount(text: str) -> float:
    """Return a quantity as a number: cores or bytes."""
    text = str(text)
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * SUFFIXES[suffix]
    return float(text)
