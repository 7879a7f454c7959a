"""The end of an exercise removes ReplicaSets that rollouts left, and none that is older or in use."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from kubelab import checks
from kubelab.exercises import stale_replicasets

BEGUN = "2026-11-24T12:00:00+00:00"


def replica_set(name: str, made: str, pods: int) -> dict[str, object]:
    """Return a replica set of a deployment."""
    meta = {"name": name, "namespace": "shop", "creationTimestamp": made, "ownerReferences": [{"kind": "Deployment"}]}
    return {"metadata": meta, "spec": {"replicas": pods}, "status": {"replicas": pods}}


def deployment(ready: int) -> dict[str, object]:
    """Return a deployment of two pods of which some are ready."""
    status = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": ready, "observedGeneration": 3}
    return {"metadata": {"generation": 3}, "spec": {"replicas": 2}, "status": status}


class Cluster:
    """An API with two rollouts; it refuses what it does not know."""

    def __init__(self) -> None:
        """Begin with a deployment that is on its way."""
        self.ready, self.deleted = 1, list[str]()

    def items(self, path: str) -> list[dict[str, object]]:
        """Return a list; the deployment is ready at the second look."""
        if path == stale_replicasets.DEPLOYMENTS:
            self.ready += 1
            return [deployment(self.ready - 1)]
        assert path == stale_replicasets.REPLICA_SETS
        assert self.ready > 2, "looked at before the rollout ended"
        return [
            replica_set("before", "2026-11-24T11:59:59Z", 0),
            replica_set("left", "2026-11-24T12:00:00Z", 0),
            replica_set("used", "2026-11-24T12:10:00Z", 2),
        ]

    def delete(self, path: str) -> None:
        """Note what is deleted."""
        self.deleted.append(path)


def test_only_what_the_exercise_left_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty and younger than the attempt; an older one is somebody's history, one with pods is in use."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    cluster = Cluster()
    stale_replicasets.remove_empty(cast("checks.View", SimpleNamespace(api=cluster)), BEGUN)
    assert cluster.deleted == ["/apis/apps/v1/namespaces/shop/replicasets/left"]
