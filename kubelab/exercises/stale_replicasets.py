"""Removes leftovers of a rollout: replica sets without pods, which nothing else would delete."""

from __future__ import annotations

from kubelab import checks
from kubelab.clients import kube_api, patience

DEPLOYMENTS, REPLICA_SETS = "/apis/apps/v1/deployments", "/apis/apps/v1/replicasets"
ROLLED_OUT = 60.0
"""Seconds for restored deployments to have their pods."""
SECONDS = len("2026-11-24T12:00:00")


def remove_empty(view: checks.View, since: str) -> None:
    """Delete the empty replica sets that were made since a moment (ISO 8601, UTC), once no deployment is in progress.

    Raises as the API does.
    """
    for _ in patience.polls(ROLLED_OUT):
        if all(map(_settled, view.api.items(DEPLOYMENTS))):
            break
    for row in view.api.items(REPLICA_SETS):
        meta = row["metadata"]
        young = meta["creationTimestamp"][:SECONDS] >= since[:SECONDS]
        if young and meta.get("ownerReferences") and not row["spec"]["replicas"] and not row["status"]["replicas"]:
            view.api.delete(f"/apis/apps/v1/namespaces/{meta['namespace']}/replicasets/{meta['name']}")


def _settled(row: kube_api.Json) -> bool:
    status, wanted = row.get("status", {}), row["spec"]["replicas"]
    counts = (status.get("replicas", 0), status.get("updatedReplicas", 0), status.get("readyReplicas", 0))
    return status.get("observedGeneration") == row["metadata"]["generation"] and set(counts) == {wanted}
