"""Graders of applications: probes, rollouts, settings, classes, volumes and operators are judged by what they mean."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import graders_data
import pytest

READY = {"conditions": [{"type": "Ready", "status": "True"}]}
SHOP = "/apis/apps/v1/namespaces/shop/deployments"


def deployment(pod: Mapping[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a deployment of two that is complete, with this pod template."""
    return {
        "metadata": {"generation": 1, "uid": "d-1"},
        "spec": {"replicas": 2, "strategy": {"type": "RollingUpdate"}, "template": {"spec": dict(pod)}, **spec},
        "status": {"observedGeneration": 1, "updatedReplicas": 2, "readyReplicas": 2, "replicas": 2,
                   "conditions": [{"type": "Available", "status": "True", "lastTransitionTime": "T1"}]},
    }  # fmt: skip


def probed(box: Mapping[str, Any]) -> str:
    """Return what probes-kill says of the probes of a container."""
    whole = {"name": "app", "ports": [{"name": "web", "containerPort": 8080}], **box}
    lab = graders_data.Lab({f"{SHOP}/till": deployment({"containers": [whole]})}, space="shop", app="till")
    return graders_data.verdict(graders_data.check("probes-kill", "liveness_fits"), lab)


OWN = {"httpGet": {"path": "/healthz", "port": 8080}}
LATE = {**OWN, "initialDelaySeconds": 40}


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ({"livenessProbe": LATE}, ""),
        ({"livenessProbe": {"httpGet": {"port": "web"}, "initialDelaySeconds": 40}}, ""),
        ({"livenessProbe": {**LATE, "periodSeconds": 5, "failureThreshold": 8, "timeoutSeconds": 5}}, ""),
        ({"livenessProbe": OWN, "startupProbe": {**OWN, "periodSeconds": 1, "failureThreshold": 41}}, ""),
        ({"livenessProbe": {**OWN, "initialDelaySeconds": 20}}, ""),
        ({"livenessProbe": {**OWN, "initialDelaySeconds": 19}}, "not started after 39 s"),
        ({"livenessProbe": LATE, "startupProbe": {**OWN, "failureThreshold": 4}}, "not started after 30 s"),
        ({"livenessProbe": {**LATE, "failureThreshold": 5}}, "hangs is ended after 51 s"),
        ({"livenessProbe": {**LATE, "periodSeconds": 5, "failureThreshold": 9}}, "hangs is ended after 46 s"),
        ({}, "no liveness probe"),
        ({"livenessProbe": {"tcpSocket": {"port": 8080}, "initialDelaySeconds": 40}}, "does not ask by HTTP"),
        ({"livenessProbe": {"exec": {"command": ["true"]}, "initialDelaySeconds": 40}}, "does not ask by HTTP"),
        ({"livenessProbe": {**LATE, "httpGet": {"port": 8081}}}, "asks port 8081"),
        ({"livenessProbe": {**LATE, "httpGet": {"port": 8080, "host": "stock"}}}, "asks the host stock"),
        ({"livenessProbe": {**LATE, "httpGet": {"port": 8080, "scheme": "HTTPS"}}}, "not ask by plain HTTP"),
        ({"livenessProbe": {**LATE, "httpGet": {"port": "www"}}}, "no container has a port 'www'"),
        ({"livenessProbe": OWN, "startupProbe": {"exec": {"command": ["true"]}}}, "startup probe does not ask by HTTP"),
    ],
)
def test_a_liveness_probe_is_judged_by_its_times_and_its_target(box: Mapping[str, Any], said: str) -> None:
    """A slow start is no failure, a hang is one; the API server's defaults count where nothing is said."""
    found = probed(box)
    assert (said in found) if said else not found


def limited(exercise: str, now: str, **strategy: Any) -> str:
    """Return what an exercise's guard says of a deployment that is available since `now`."""
    row = deployment({"containers": []}, strategy=strategy)
    row["status"]["conditions"][0]["lastTransitionTime"] = now
    was = {("/apis/apps/v1/deployments", "shop", "till"): deployment({"containers": []})}
    lab = graders_data.Lab({f"{SHOP}/till": row}, before=was, space="shop", app="till")
    return graders_data.verdict(graders_data.check(exercise, "never_unavailable"), lab, [])


@pytest.mark.parametrize(
    ("most", "of_three", "of_two"),
    [(0, True, True), (1, True, True), ("25%", True, True), ("34%", True, True), ("50%", True, True),
     ("66%", True, True), ("67%", False, True), ("100%", False, False), (2, False, False)],
)  # fmt: skip
def test_one_replica_may_be_missing(most: object, of_three: bool, of_two: bool) -> None:
    """A percentage is rounded down, as the controller does it."""
    for exercise, good in (("rollout-stuck", of_three), ("settings-rolled-out", of_two)):
        said = limited(exercise, "T1", type="RollingUpdate", rollingUpdate={"maxUnavailable": most})
        assert (said == "") is good, exercise


@pytest.mark.parametrize("exercise", ["rollout-stuck", "settings-rolled-out"])
def test_a_deployment_that_was_away_is_seen_afterwards(exercise: str) -> None:
    """Since when it is available tells; and a strategy without overlap is refused."""
    assert limited(exercise, "T1", type="RollingUpdate") == ""
    assert "was unavailable on the way" in limited(exercise, "T2", type="RollingUpdate")
    assert "may end more than 1" in limited(exercise, "T1", type="Recreate")


LIMIT = {"name": "LIMIT", "valueFrom": {"configMapKeyRef": {"name": "today", "key": "limit"}}}
MOUNT = {"name": "access", "mountPath": "/etc/app"}
SECRET = {"name": "access", "secret": {"secretName": "access"}}


@pytest.mark.parametrize(
    ("box", "volume", "said"),
    [
        ({"env": [LIMIT], "volumeMounts": [MOUNT]}, SECRET, ""),
        ({"envFrom": [{"configMapRef": {"name": "x"}}], "volumeMounts": [MOUNT]}, SECRET, ""),
        ({"env": [LIMIT], "volumeMounts": [{"name": "access", "mountPath": "/etc/app/password"}]}, SECRET, ""),
        ({"env": [LIMIT], "volumeMounts": [MOUNT]},
         {"name": "access", "projected": {"sources": [{"secret": {"name": "access"}}]}}, ""),
        ({"env": [{"name": "LIMIT", "value": "80"}], "volumeMounts": [MOUNT]}, SECRET, "comes from no ConfigMap"),
        ({"envFrom": [{"configMapRef": {}}], "env": [{"name": "LIMIT", "value": "80"}], "volumeMounts": [MOUNT]},
         SECRET, "comes from no ConfigMap"),
        ({"envFrom": [{"secretRef": {"name": "x"}}], "volumeMounts": [MOUNT]}, SECRET, "comes from no ConfigMap"),
        ({"env": [LIMIT], "volumeMounts": [MOUNT]}, {"name": "access", "configMap": {}}, "comes from no Secret"),
        ({"env": [LIMIT], "volumeMounts": [MOUNT]},
         {"name": "access", "projected": {"sources": [{"configMap": {"name": "access"}}]}}, "comes from no Secret"),
        ({"env": [LIMIT]}, SECRET, "comes from no Secret"),
    ],
)  # fmt: skip
def test_settings_come_from_the_objects_that_are_for_them(
    box: Mapping[str, Any], volume: Mapping[str, Any], said: str
) -> None:
    """In whatever form a pod may take them, and never written into the pod."""
    found = {f"{SHOP}/till": deployment({"containers": [box], "volumes": [volume]})}
    lab = graders_data.Lab(found, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("settings-rolled-out", "values_come_from_objects"), lab, [])
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("text", "good"),
    [("other", True), ("it is cedar-5508.", False), (base64.b64encode(b"cedar-5508").decode(), False)],
)
def test_a_password_is_found_wherever_it_is_written(text: str, good: bool) -> None:
    """As it is or in base64, in any key of any ConfigMap."""
    found = {
        "/api/v1/namespaces/shop/configmaps": [{"metadata": {"name": "notes"}, "data": {"x": text}}],
        SHOP: [{"metadata": {"name": "till"}, "spec": {}}],
    }
    lab = graders_data.Lab(found, space="shop", word="cedar-5508")
    seen = graders_data.verdict(graders_data.check("settings-rolled-out", "password_is_secret"), lab, [])
    assert (seen == "") is good


CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
LOCAL = {"metadata": {"name": "local", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
         "provisioner": "p/local", "volumeBindingMode": "WaitForFirstConsumer", "reclaimPolicy": "Delete"}  # fmt: skip
KEEPS = {**LOCAL, "metadata": {"name": "vault"}, "reclaimPolicy": "Retain"}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (KEEPS, ""),
        ({**KEEPS, "parameters": {"x": "y"}, "allowVolumeExpansion": True}, ""),
        ({**KEEPS, "provisioner": "p/locals"}, "made by p/locals"),
        ({**KEEPS, "volumeBindingMode": "Immediate"}, "binding mode of vault is Immediate"),
        ({key: value for key, value in KEEPS.items() if key != "reclaimPolicy"}, "reclaim policy Delete"),
        ({key: value for key, value in KEEPS.items() if key != "volumeBindingMode"}, "is Immediate"),
        ({**KEEPS, "allowedTopologies": [{"matchLabelExpressions": []}]}, "may not be on every node"),
        (None, "no class vault"),
    ],
)
def test_a_class_is_judged_by_what_the_next_claim_gets(own: Mapping[str, Any] | None, said: str) -> None:
    """The defaults of the API count; what decides nothing is free."""
    found = {f"{CLASSES}/vault": own, f"{CLASSES}/local": LOCAL}
    look = graders_data.check("class-serves-nobody", "next_claim_is_served")
    values: dict[str, Any] = {"class": "vault"}  # no name for a keyword
    seen = graders_data.verdict(look, graders_data.Lab(found, **values))
    assert (said in seen) if said else not seen


def test_there_is_one_default_class() -> None:
    """Two are as bad as none or another one."""
    look = graders_data.check("class-serves-nobody", "one_default")
    second = {**KEEPS, "metadata": {**LOCAL["metadata"], "name": "vault"}}  # type: ignore[dict-item]
    for rows, good in (([LOCAL, KEEPS], True), ([LOCAL, second], False), ([second], False), ([KEEPS], False)):
        assert (graders_data.verdict(look, graders_data.Lab({CLASSES: rows}), []) == "") is good


STALL = {
    "metadata": {"name": "figs", "uid": "s-1", "generation": 2},
    "spec": {"goods": "figs", "places": 7},
    "status": {"phase": "Open", "observedGeneration": 2},
}
KEPT = {
    "metadata": {"name": "stall-figs", "ownerReferences": [{"uid": "s-1"}]},
    "data": {"goods": "figs", "places": "7"},
}


@pytest.mark.parametrize(
    ("stall", "kept", "said"),
    [
        (STALL, KEPT, ""),
        ({**STALL, "status": {"phase": "Open", "observedGeneration": 1}}, KEPT, "the stall figs is Open"),
        ({**STALL, "status": None}, KEPT, "(no phase)"),
        ({**STALL, "spec": {"goods": "figs", "places": 3}}, KEPT, "another spec"),
        ({**STALL, "metadata": {**STALL["metadata"], "deletionTimestamp": "now"}}, KEPT, "being deleted"),
        (STALL, {**KEPT, "metadata": {"name": "stall-figs"}}, "has not made stall-figs"),
        (STALL, {**KEPT, "data": {"goods": "figs", "places": "3"}}, "says something else"),
        (STALL, None, "no ConfigMap stall-figs"),
        (None, KEPT, "no stall figs"),
    ],
)
def test_a_stall_is_open_when_the_operator_has_opened_it(
    stall: Mapping[str, Any] | None, kept: Mapping[str, Any] | None, said: str
) -> None:
    """Its present generation, with a ConfigMap that belongs to it: one written by hand does not."""
    found = {
        "/apis/fair.kubelab.example/v1/namespaces/shop/stalls/figs": stall,
        "/api/v1/namespaces/shop/configmaps/stall-figs": kept,
    }
    lab = graders_data.Lab(found, space="shop", name="figs", places="7")
    seen = graders_data.verdict(graders_data.check("operator-stuck", "new_stall_is_open"), lab)
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("pod", "said"),
    [
        ({"initContainers": [{"name": "teller", "restartPolicy": "Always"}], "containers": [{"name": "app"}]}, ""),
        ({"initContainers": [{"name": "teller"}], "containers": [{"name": "app"}]}, "only starts when the teller"),
        ({"containers": [{"name": "app"}, {"name": "teller"}]}, "does not start before"),
        (
            {"initContainers": [{"name": "teller", "restartPolicy": "Always"}], "containers": [{"name": "x"}]},
            "no contain",
        ),
    ],
)
def test_a_sidecar_starts_first_and_goes_on(pod: Mapping[str, Any], said: str) -> None:
    """An init container that never ends blocks; a container beside the program starts at any time."""
    lab = graders_data.Lab({f"{SHOP}/till": deployment(pod)}, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("output-sidecar", "teller_is_a_sidecar"), lab)
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("uid", "restarts", "said"),
    [("p-1", [1, 0], ""), ("p-1", [2, 0], "was restarted"), ("p-1", [1, 1], "was restarted"),
     ("p-2", [1, 0], "was deleted"), ("p-1", [], "does not say")],
)  # fmt: skip
def test_pods_that_were_only_read_are_as_they_were(uid: str, restarts: list[int], said: str) -> None:
    """Each was restarted once, before anybody looked."""
    names = [f"till-{number}" for number in range(1, 9)]
    pods = {
        name: {"metadata": {"name": name, "uid": "p-1"},
               "status": {"containerStatuses": [{"restartCount": count} for count in (1, 0)]}}
        for name in names
    }  # fmt: skip
    was = {("/api/v1/pods", "shop", name): row for name, row in pods.items()}
    last = {"metadata": {"uid": uid}, "status": {"containerStatuses": [{"restartCount": count} for count in restarts]}}
    found = {f"/api/v1/namespaces/shop/pods/{name}": row for name, row in {**pods, "till-8": last}.items()}
    lab = graders_data.Lab(found, before=was, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("logs-search", "pods_are_left_alone"), lab, [])
    assert (said in seen) if said else not seen
