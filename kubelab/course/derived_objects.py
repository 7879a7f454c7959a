"""What a cluster derives from replayed objects, and the few decisions that exist only in a status.

Statuses are not replayed: controllers write them again. Three of them hold what follows from no spec: that a
certificate request was approved, that the scheduler and no person chose a pod's node, and which volume was made for a
claim. Names and addresses from another lab are left out where this one must give its own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from kubelab.checks import objects
from kubelab.clients import kube_api, patience
from kubelab.exercises import baseline_objects

REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
PODS, SERVICES = "/api/v1/pods", "/api/v1/services"
VOLUMES, CLAIMS = "/api/v1/persistentvolumes", "/api/v1/persistentvolumeclaims"
PROVISIONED = "pv.kubernetes.io/provisioned-by"
BOUND = ("pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller")
ADDRESSES = ("clusterIP", "clusterIPs")
SIGNED = 20.0
"""Seconds for a signer; one is usual."""
APPROVED = {
    "type": "Approved",
    "status": "True",
    "reason": "Regraded",
    "message": "It was approved in the student's lab.",
}
Body = dict[str, Any]


def decided(path: str, row: Mapping[str, Any]) -> Body:
    """Return the part of an object that is kept as evidence: its decided part, without what the cluster derives."""
    body: Body = objects.bare(row)
    conditions = row.get("status", {}).get("conditions") or []
    if path == REQUESTS:
        kept = [{"type": item["type"], "status": item.get("status", "")} for item in conditions if item.get("type")]
        body["status"] = {"conditions": kept}
    if path == PODS and any(item.get("type") == "PodScheduled" for item in conditions):
        body["spec"] = {part: value for part, value in body["spec"].items() if part != "nodeName"}
    return body


def laid(
    before: Mapping[baseline_objects.Key, kube_api.Json], rows: Mapping[baseline_objects.Key, Body | None]
) -> dict[baseline_objects.Key, Body]:
    """Return the objects that a lab is to have: its own, and over them a student's; None: it was gone there.

    A volume that was made for a claim is left out, and the claim asks for one anew. A service whose address is taken
    here gets a new one.
    """
    found = {name: row for name, row in before.items() if name not in rows}
    made = {name[2] for name, body in rows.items() if body and name[0] == VOLUMES and _notes(body).get(PROVISIONED)}
    taken = _addresses(row for name, row in found.items() if name[0] == SERVICES)
    for name, body in rows.items():
        if body is None or (name[0] == VOLUMES and name[2] in made):
            continue
        body = copy.deepcopy(body)  # noqa: PLW2901 (what was handed in stays as it is)
        spec = _mapping(body.get("spec"))
        if name[0] == CLAIMS and spec.get("volumeName") in made:
            body["spec"] = {part: value for part, value in spec.items() if part != "volumeName"}
            _mapping(body["metadata"])["annotations"] = {k: v for k, v in _notes(body).items() if k not in BOUND}
        if name[0] == SERVICES and _addresses([body]) & taken:
            body["spec"] = {part: value for part, value in spec.items() if part not in ADDRESSES}
        found[name] = body
    return found


def _mapping(value: object) -> Body:
    return value if isinstance(value, dict) else {}


def _notes(body: Mapping[str, Any]) -> Body:
    return _mapping(_mapping(body.get("metadata")).get("annotations"))


def _addresses(services: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the addresses of services; one without any, or a headless one, has none."""
    return {str(_mapping(row.get("spec")).get("clusterIP")) for row in services} - {"None", ""}


def approved(rows: Mapping[baseline_objects.Key, Body | None]) -> list[baseline_objects.Key]:
    """Return the certificate requests that a student had approved.

    Evidence of an older version does not record approvals: there all count as approved, because no repair that rests on
    one could be confirmed otherwise.
    """
    found = []
    for name, body in rows.items():
        if name[0] != REQUESTS or body is None:
            continue
        given = _mapping(body.get("status")).get("conditions")
        kinds = [_mapping(item).get("type") for item in given] if isinstance(given, list) else ["Approved"]
        if "Approved" in kinds and "Denied" not in kinds:
            found.append(name)
    return found


def approve(door: kube_api.Api, names: Iterable[baseline_objects.Key]) -> None:
    """Approve replayed certificate requests, and wait a moment for their signer."""
    waiting = []
    for name in names:
        answer = door.request("GET", baseline_objects.address(name))
        if answer.ok:
            row = answer.json()
            row["status"] = {**row.get("status", {}), "conditions": [APPROVED]}
            door.request("PUT", f"{baseline_objects.address(name)}/approval", row)
            waiting.append(baseline_objects.address(name))
    for _ in patience.polls(SIGNED):
        waiting = [path for path in waiting if not _signed(door, path)]
        if not waiting:
            break


def _signed(door: kube_api.Api, path: str) -> bool:
    answer = door.request("GET", path)
    return not answer.ok or bool(answer.json().get("status", {}).get("certificate"))
