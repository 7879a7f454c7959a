"""Graders of autoscaling: what the autoscaler may do, wants and knows counts, in any spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graders_data
import pytest

Row = Mapping[str, Any]
HPA = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/till"
TILL = "/apis/apps/v1/namespaces/shop/deployments/till"
TILL_BEFORE = ("/apis/apps/v1/deployments", "shop", "till")
PODS = "/api/v1/namespaces/shop/pods"
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
CPU: dict[str, Any] = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}
APIS = "/apis/apiregistration.k8s.io/v1/apiservices"
METRICS = f"{APIS}/v1beta1.metrics.k8s.io"
SERVER = "/apis/apps/v1/namespaces/metrics-server/deployments/metrics-server"


def spec(**changes: Any) -> dict[str, Any]:
    """Return an autoscaler's spec as the task wants it, with changes."""
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "till"}
    return {"scaleTargetRef": ref, "minReplicas": 1, "maxReplicas": 3, "metrics": [CPU], **changes}


def ref(**changes: str) -> dict[str, Any]:
    """Return a reference to the workload, with changes."""
    return {"apiVersion": "apps/v1", "kind": "Deployment", "name": "till", **changes}


def of_container(name: str) -> Row:
    """Return the metric of CPU with the right target, of one container."""
    return {"type": "ContainerResource", "containerResource": {**CPU["resource"], "container": name}}


def target(**values: Any) -> list[Row]:
    """Return the metrics of an autoscaler that goes by CPU with another target."""
    return [{"type": "Resource", "resource": {"name": "cpu", "target": values}}]


@pytest.mark.parametrize(
    ("changes", "wanted", "said"),
    [
        ({}, 3, ""),
        ({}, 1, "wants 1 replicas"),
        ({"scaleTargetRef": ref(apiVersion="apps/v1beta2")}, 3, ""),
        ({"scaleTargetRef": ref(name="till-old")}, 3, "is about apps/Deployment/till-old"),
        ({"scaleTargetRef": ref(kind="StatefulSet")}, 3, "is about apps/StatefulSet/till"),
        ({"scaleTargetRef": ref(apiVersion="v1")}, 3, "is about /Deployment/till"),
        ({"minReplicas": 3}, 3, "3 to 3 replicas"),
        ({"maxReplicas": 4}, 3, "1 to 4 replicas"),
        ({"metrics": [of_container("app")]}, 3, ""),
        ({"metrics": [of_container("clock")]}, 3, "does not go by 50 %"),
        ({"metrics": target(type="AverageValue", averageValue="10m")}, 3, "does not go by 50 %"),
        ({"metrics": target(type="Utilization", averageUtilization=10)}, 3, "does not go by 50 %"),
        ({"metrics": [CPU, CPU]}, 3, "or not by that alone"),
        ({"metrics": [{"type": "Resource", "resource": {**CPU["resource"], "name": "memory"}}]}, 3, "does not go by"),
        ({"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}}, 3, "may not add replicas"),
        ({"behavior": {"scaleUp": {"selectPolicy": "Min"}, "scaleDown": {"selectPolicy": "Disabled"}}}, 3, ""),
    ],
)  # fmt: skip
def test_an_autoscaler_is_as_the_task_says(changes: Row, wanted: int, said: str) -> None:
    """Its target in any version, its bounds, its aim by pods or by the container, and that it may add replicas."""
    row = {"spec": spec(**changes), "status": {"desiredReplicas": wanted}}
    lab = graders_data.Lab({HPA: row}, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("autoscaler-idle", "more_is_wanted"), lab)
    assert (said in seen) if said else not seen


def test_what_the_api_fills_in_is_meant_where_nothing_is_said() -> None:
    """One replica at least, and no word of behavior: as `kubectl autoscale` makes it."""
    row = {"spec": spec(), "status": {"desiredReplicas": 3}}
    del row["spec"]["minReplicas"]
    lab = graders_data.Lab({HPA: row}, space="shop", app="till")
    assert not graders_data.verdict(graders_data.check("autoscaler-idle", "more_is_wanted"), lab)


ABLE = {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"}
ACTIVE = {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"}
BLIND = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": "no request"}
USED: dict[str, Any] = {"name": "cpu", "current": {"averageUtilization": 320, "averageValue": "80m"}}
FIGURE: dict[str, Any] = {"type": "Resource", "resource": USED}


@pytest.mark.parametrize(
    ("conditions", "figures", "said"),
    [
        ([ABLE, ACTIVE], [FIGURE], ""),
        ([ABLE, ACTIVE], [{"type": "ContainerResource", "containerResource": {**USED, "container": "app"}}], ""),
        ([ABLE, ACTIVE], [{**FIGURE, "resource": {"name": "cpu", "current": {"averageUtilization": 0}}}], ""),
        ([ABLE, BLIND], [FIGURE], "FailedGetResourceMetric: no request"),
        ([{**ABLE, "status": "False", "reason": "FailedGetScale"}, ACTIVE], [FIGURE], "FailedGetScale"),
        ([ABLE], [FIGURE], "ScalingActive is not True: no controller"),
        ([], [], "AbleToScale is not True: no controller"),
        ([ABLE, ACTIVE], [], "no figure"),
        ([ABLE, ACTIVE], [{"type": ""}], "no figure"),
        ([ABLE, ACTIVE], [{**FIGURE, "resource": {"name": "cpu", "current": {"averageValue": "80m"}}}], "no figure"),
        ([ABLE, ACTIVE], [{**FIGURE, "resource": {**USED, "name": "memory"}}], "no figure"),
    ],
)  # fmt: skip
def test_an_autoscaler_has_measured(conditions: Sequence[Row], figures: Sequence[Row], said: str) -> None:
    """It can reach its target, has a figure, and that is one of CPU by requests; how high it is does not matter."""
    status = {"conditions": conditions, "currentMetrics": figures}
    lab = graders_data.Lab({HPA: {"spec": spec(), "status": status}}, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("autoscaler-idle", "use_is_measured"), lab)
    assert (said in seen) if said else not seen


def test_no_autoscaler_measures_nothing() -> None:
    """Neither goal holds without one of that name."""
    for goal in ("use_is_measured", "more_is_wanted"):
        lab = graders_data.Lab(space="shop", app="till")
        assert "no autoscaler shop/till" in graders_data.verdict(graders_data.check("autoscaler-idle", goal), lab)


def deployment(replicas: int, ready: int, boxes: Sequence[Row] = ()) -> dict[str, Any]:
    """Return a deployment that asks for some replicas, of which some are ready and up to date."""
    return {
        "metadata": {"uid": "u-1", "generation": 1},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": list(boxes)}}},
        "status": {"observedGeneration": 1, "updatedReplicas": ready, "readyReplicas": ready},
    }


@pytest.mark.parametrize(("asked", "ready", "good"), [(3, 3, True), (1, 1, False), (3, 2, False), (4, 4, False)])
def test_replicas_are_those_that_are_wanted(asked: int, ready: int, good: bool) -> None:
    """Three are asked for, and three are ready."""
    pods = [{"metadata": {"name": f"till-{number}"}, "status": READY} for number in range(ready)]
    lab = graders_data.Lab({TILL: deployment(asked, ready), PODS: pods}, space="shop", app="till")
    look = graders_data.check("autoscaler-idle", "replicas_follow")
    assert (not graders_data.verdict(look, lab)) is good


def boxes(app: Row, clock: Row | None = None) -> list[Row]:
    """Return the two containers of a pod, the first with these resources."""
    rows = [{"name": "app", "image": "i", "command": ["sh"], "resources": app}]
    return rows + ([{"name": "clock", "image": "i", "args": ["pause"], **clock}] if clock is not None else [])


WAS = {"requests": {"cpu": "20m", "memory": "8Mi"}, "limits": {"cpu": "80m"}}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (boxes(WAS, {}), ""),
        (boxes(WAS, {"resources": {"requests": {"cpu": "5m"}}}), ""),
        (boxes({"requests": {"cpu": "0.02"}, "limits": {"cpu": 0.08}}, {}), ""),
        (boxes(WAS), "no container clock"),
        (boxes(WAS, {"args": ["netexec"]}), "clock has another args"),
        (boxes({"requests": {"cpu": "1m"}, "limits": {"cpu": "80m"}}, {}), "the CPU of app's requests"),
        (boxes({"requests": {"cpu": "20m"}}, {}), "the CPU of app's limits"),
        ([{**boxes(WAS)[0], "command": ["sleep"]}, *boxes(WAS, {})[1:]], "app has another command"),
    ],
)
def test_the_program_stays_and_asks_for_as_much(now: Sequence[Row], said: str) -> None:
    """Amounts in any spelling; requests beside it may come, and nothing that ran may go."""
    was = {TILL_BEFORE: deployment(1, 1, boxes(WAS, {}))}
    lab = graders_data.Lab({TILL: deployment(3, 3, now)}, before=was, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("autoscaler-idle", "program_stays"), lab, [])
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("service", "args", "said"),
    [
        ({"caBundle": "A"}, ["--secure-port=10250"], ""),
        ({"caBundle": "A", "insecureSkipTLSVerify": False}, ["--kubelet-insecure-tls=false"], ""),
        ({"insecureSkipTLSVerify": True}, [], "believes whoever"),
        ({"caBundle": "B"}, [], "trusts another authority"),
        ({"caBundle": "A"}, ["--kubelet-insecure-tls"], "believes every kubelet"),
        ({"caBundle": "A"}, ["--kubelet-insecure-tls=true"], "believes every kubelet"),
        (None, [], "is gone"),
    ],
)
def test_metrics_are_verified_on_both_ways(service: Row | None, args: Sequence[str], said: str) -> None:
    """The API server and metrics-server believe nobody whose certificate they do not verify."""
    was = {(APIS, "", "v1beta1.metrics.k8s.io"): {"metadata": {}, "spec": {"caBundle": "A"}}}
    server = deployment(1, 1, [{"name": "metrics-server", "args": list(args)}])
    found = {METRICS: service and {"spec": service}, SERVER: server}
    seen = graders_data.verdict(
        graders_data.check("autoscaler-idle", "metrics_are_verified"), graders_data.Lab(found, before=was), []
    )
    assert (said in seen) if said else not seen


DOWN = {"stabilizationWindowSeconds": 30}


@pytest.mark.parametrize(
    ("changes", "wanted", "said"),
    [
        ({}, 1, ""),
        ({}, 3, "wants 3 replicas"),
        ({"maxReplicas": 1}, 1, "1 to 1 replicas"),
        ({"minReplicas": 2}, 1, "2 to 3 replicas"),
        ({"scaleTargetRef": ref(name="lamp")}, 1, "is about apps/Deployment/lamp"),
        ({"metrics": [of_container("app")]}, 1, ""),
        ({"metrics": [of_container("clock")]}, 1, "does not go by 50 %"),
        ({"metrics": [CPU, {"type": "Resource", "resource": {**USED, "name": "memory"}}]}, 1, "not by that alone"),
        ({"metrics": target(type="Utilization", averageUtilization=90)}, 1, "does not go by 50 %"),
        ({"behavior": None}, 1, "waits 300 s"),
        ({"behavior": {"scaleUp": DOWN}}, 1, "waits 300 s"),
        ({"behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}}, 1, ""),
        ({"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3600}}}, 1, "waits 3600 s"),
        ({"behavior": {"scaleDown": {**DOWN, "selectPolicy": "Disabled"}}}, 1, "may not remove replicas"),
    ],
)
def test_an_autoscaler_lets_replicas_go_as_the_task_says(changes: Row, wanted: int, said: str) -> None:
    """Its bounds, its aim alone, and that it may remove replicas soon; the usual window is too long."""
    status = {"desiredReplicas": wanted, "conditions": [ABLE, ACTIVE]}
    row = {"spec": {**spec(behavior={"scaleDown": DOWN}), **changes}, "status": status}
    lab = graders_data.Lab({HPA: row}, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("autoscaler-stays-big", "fewer_are_wanted"), lab)
    assert (said in seen) if said else not seen


FAST, SLOW = ({"type": "Pods", "value": 4, "periodSeconds": seconds} for seconds in (15, 1800))


@pytest.mark.parametrize(
    ("how", "policies", "good"),
    [
        ("Max", [FAST], True),
        (None, [FAST, SLOW], True),
        ("Max", [SLOW], False),
        ("Min", [FAST, SLOW], False),
        ("Min", [FAST], True),
    ],
)
def test_policies_let_replicas_go_soon(how: str | None, policies: Sequence[Row], good: bool) -> None:
    """The fastest policy counts, or the slowest if the autoscaler says so."""
    down = {**DOWN, "selectPolicy": how, "policies": policies}
    status = {"desiredReplicas": 1, "conditions": [ACTIVE]}
    lab = graders_data.Lab(
        {HPA: {"spec": spec(behavior={"scaleDown": down}), "status": status}}, space="shop", app="till"
    )
    assert (not graders_data.verdict(graders_data.check("autoscaler-stays-big", "fewer_are_wanted"), lab)) is good


def test_what_has_no_figures_wants_nothing_by_itself() -> None:
    """An autoscaler whose workload has one replica anyway wants one, and has to have measured that."""
    row = {"spec": spec(behavior={"scaleDown": DOWN}), "status": {"desiredReplicas": 1, "conditions": [ABLE, BLIND]}}
    lab = graders_data.Lab({HPA: row}, space="shop", app="till")
    look = graders_data.check("autoscaler-stays-big", "fewer_are_wanted")
    assert "no figures" in graders_data.verdict(look, lab)


@pytest.mark.parametrize(
    ("asked", "ready", "pods", "said"),
    [
        (1, 1, [READY], ""),
        (3, 3, [READY] * 3, "to have 3 replicas"),
        (1, 1, [READY, READY], "there are 2 pods"),
        (1, 1, [READY, {"conditions": []}], "not Ready"),
        (1, 0, [], "0 of 1 ready"),
    ],
)
def test_one_replica_is_left(asked: int, ready: int, pods: Sequence[Row], said: str) -> None:
    """It is asked for, it is Ready, and no other pod stands beside it."""
    rows = [{"metadata": {"name": f"till-{number}"}, "status": status} for number, status in enumerate(pods)]
    lab = graders_data.Lab({TILL: deployment(asked, ready), PODS: rows}, space="shop", app="till")
    seen = graders_data.verdict(graders_data.check("autoscaler-stays-big", "replicas_leave"), lab)
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (boxes({"requests": {"cpu": "0.02", "memory": "8192Ki"}, "limits": {"cpu": "80m"}}), ""),
        (boxes({**WAS, "requests": {"cpu": "20m", "memory": "60Mi"}}), "the memory of app's requests"),
        (boxes({**WAS, "requests": {"cpu": "2", "memory": "8Mi"}}), "the cpu of app's requests"),
        ([{**boxes(WAS)[0], "image": "j"}], "app has another image"),
        (boxes(WAS, {})[1:], "no container app"),
    ],
)
def test_the_idle_program_stays_as_it_is(now: Sequence[Row], said: str) -> None:
    """What it asks for is what an autoscaler measures by: neither CPU nor memory may change."""
    lab = graders_data.Lab(
        {TILL: deployment(1, 1, now)}, before={TILL_BEFORE: deployment(3, 3, boxes(WAS))}, space="shop", app="till"
    )
    seen = graders_data.verdict(graders_data.check("autoscaler-stays-big", "program_stays"), lab, [])
    assert (said in seen) if said else not seen
