"""Graders of priorities, taints, static pods and ephemeral containers: what was meant counts, in any spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import graders_data
import labs_data
import pytest

READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def workload(pod: Mapping[str, Any]) -> dict[str, Any]:
    """Return a workload with this pod template."""
    return {"metadata": {"uid": "w-1"}, "spec": {"template": {"spec": dict(pod)}}}


CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
BERTH = "kubelab.example/berth"


@pytest.mark.parametrize(
    ("pod", "own", "said"),
    [
        ({"priorityClassName": "express"}, {"value": 101}, ""),
        ({"priorityClassName": "express"}, {"value": 1000, "preemptionPolicy": "PreemptLowerPriority"}, ""),
        ({"priorityClassName": "express"}, {"value": 100}, "the value of express is 100"),
        ({"priorityClassName": "express"}, {"value": 1000, "preemptionPolicy": "Never"}, "is Never"),
        ({"priorityClassName": "express"}, None, "no priority class express"),
        ({"priorityClassName": "system-cluster-critical"}, {"value": 101}, "class system-cluster-critical"),
        ({}, {"value": 101}, "class none"),
    ],
)
def test_the_next_pod_goes_first_by_its_class(pod: Mapping[str, Any], own: Mapping[str, Any] | None, said: str) -> None:
    """By the class that the task names, above the others' value, and with a policy that makes room."""
    found = {"/apis/apps/v1/namespaces/dock/deployments/ferry": workload(pod), f"{CLASSES}/freight": {"value": 100}}
    values: dict[str, Any] = {"space": "dock", "class": "express"}
    lab = graders_data.Lab({**found, f"{CLASSES}/express": own}, **values)
    seen = graders_data.verdict(graders_data.check("urgent-waits", "ferry_goes_first"), lab)
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("resources", "asked"),
    [
        ({"limits": {BERTH: "1"}}, ""),
        ({"limits": {BERTH: 1}, "requests": {"cpu": "20m"}}, ""),
        ({"limits": {BERTH: "1"}, "requests": {BERTH: "1"}}, ""),
        ({"requests": {"cpu": "20m"}}, "asks for 0 berths"),
        ({"limits": {BERTH: "2"}}, "asks for 2 berths"),
        (None, "asks for 0 berths"),
    ],
)
def test_a_limit_without_a_request_is_one(resources: Mapping[str, Any] | None, asked: str) -> None:
    """An extended resource is asked for by its limit alone, in any spelling of the number."""
    pod = {"containers": [{"name": "app", "resources": resources}]}
    lab = graders_data.Lab({"/apis/apps/v1/namespaces/dock/deployments/ferry": workload(pod)}, space="dock")
    seen = graders_data.verdict(graders_data.check("urgent-waits", "ferry_needs_a_berth"), lab, [])
    assert (asked in seen) if asked else not seen


OWN_TAINT = {"key": "maintenance", "value": "disk"}


@pytest.mark.parametrize(
    ("effect", "tolerations", "said"),
    [
        ("NoSchedule", [{"key": "maintenance", "operator": "Exists"}], ""),
        ("NoExecute", [{**OWN_TAINT, "effect": "NoExecute"}], ""),
        ("NoSchedule", [{"key": "maintenance", "operator": "Exists", "tolerationSeconds": 4}], ""),
        ("NoSchedule", [{"key": "maintenance", "operator": "Exists", "effect": "NoExecute"}], "does not tolerate"),
        ("NoSchedule", [{"key": "maintenance", "value": "fan"}], "does not tolerate"),
        ("NoSchedule", [{"key": "maintenance"}], "does not tolerate"),
        ("NoExecute", [{**OWN_TAINT, "tolerationSeconds": 86400}], "for 86400 s only"),
        ("NoExecute", [{**OWN_TAINT, "tolerationSeconds": 0}, OWN_TAINT], "for 0 s only"),
        ("NoExecute", [OWN_TAINT, {**OWN_TAINT, "tolerationSeconds": 4}], ""),
        ("NoSchedule", [], "does not tolerate"),
    ],
)
def test_a_taint_is_tolerated_for_as_long_as_it_is_there(
    effect: str, tolerations: Sequence[Mapping[str, Any]], said: str
) -> None:
    """Key, value and effect fit; the first toleration that fits decides whether there is a limit."""
    pods = [{"metadata": {"name": f"p-{number}"}, "spec": {"nodeName": machine.name}, "status": {**READY}}
            for number, machine in enumerate(labs_data.lab().workers)]  # fmt: skip
    found = {
        "/apis/apps/v1/namespaces/shop/daemonsets/gauge": workload({"tolerations": tolerations}),
        "/api/v1/namespaces/shop/pods": pods,
    }
    lab = graders_data.Lab(found, space="shop", agent="gauge", reason="disk", effect=effect)
    seen = graders_data.verdict(graders_data.check("agents-in-maintenance", "agents_stay"), lab)
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("taints", "cordoned", "good"),
    [
        ([{**OWN_TAINT, "effect": "NoSchedule", "timeAdded": "T1"}], False, True),
        ([], False, False),
        ([{**OWN_TAINT, "effect": "PreferNoSchedule"}], False, False),
        ([{**OWN_TAINT, "value": "fan", "effect": "NoSchedule"}], False, False),
        ([{**OWN_TAINT, "effect": "NoSchedule"}], True, False),
    ],
)
def test_a_maintenance_stays_as_it_was_set(taints: Sequence[Mapping[str, Any]], cordoned: bool, good: bool) -> None:
    """Its value and its effect; other workers have none, and closing the machine otherwise is no part of it."""
    target, *others = [machine.name for machine in labs_data.lab().workers]
    found: dict[str, Any] = {f"/api/v1/nodes/{name}": {"spec": {}} for name in others}
    found[f"/api/v1/nodes/{target}"] = {"spec": {"taints": list(taints), "unschedulable": cordoned}}
    values: dict[str, Any] = {"target": target, "reason": "disk", "effect": "NoSchedule"}
    look = graders_data.check("agents-in-maintenance", "maintenance_stays")
    assert (graders_data.verdict(look, graders_data.Lab(found, **values), []) == "") is good


@pytest.mark.parametrize(
    ("tolerations", "said"),
    [
        ([{"key": "maintenance", "operator": "Exists"}], ""),
        ([{"operator": "Exists"}], "tolerates node-role.kubernetes.io/control-plane"),
        ([{"operator": "Exists", "effect": "NoExecute"}], "tolerates node-role.kubernetes.io/control-plane:NoExecute"),
        ([{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}], "tolerates node-role"),
    ],
)
def test_nothing_but_the_maintenance_is_tolerated(tolerations: Sequence[Mapping[str, Any]], said: str) -> None:
    """A toleration without a key is one of everything, for one effect or all."""
    rows = {"tolerations": tolerations}
    found = {
        "/apis/apps/v1/namespaces/shop/daemonsets/gauge": workload(rows),
        "/apis/apps/v1/namespaces/shop/deployments/till": workload({}),
    }
    look = graders_data.check("agents-in-maintenance", "nothing_else_is_tolerated")
    seen = graders_data.verdict(look, graders_data.Lab(found, space="shop", agent="gauge"), [])
    assert (said in seen) if said else not seen


STATIC = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "siren", "namespace": "shop"}}
IMAGE = "registry.example:5000/agnhost:2.1"


@pytest.mark.parametrize(
    ("box", "more", "said"),
    [
        ({"image": IMAGE}, {}, ""),
        ({"image": IMAGE, "imagePullPolicy": "Never"}, {"restartPolicy": "Always"}, ""),
        ({"image": "registry.example:5000/agnhost@sha256:0"}, {}, ""),
        ({"image": IMAGE, "imagePullPolicy": "Always"}, {}, "asked at every start of app"),
        ({"image": "registry.example:5000/agnhost"}, {}, "asked at every start of app"),
        ({"image": "agnhost:latest"}, {}, "asked at every start of app"),
        ({"image": IMAGE, "env": [{"valueFrom": {"configMapKeyRef": {"name": "a"}}}]}, {}, "API: configMapKeyRef"),
        ({"image": IMAGE, "envFrom": [{"secretRef": {"name": "a"}}]}, {}, "API: secretRef"),
        ({"image": IMAGE}, {"volumes": [{"name": "a", "projected": {"sources": [{"configMap": {"name": "a"}}]}}]},
         "API: configMap"),
        ({"image": IMAGE}, {"serviceAccountName": "a"}, "API: serviceAccountName"),
        ({"image": IMAGE}, {"restartPolicy": "Never"}, "restartPolicy Never"),
    ],
)  # fmt: skip
def test_a_static_pod_needs_only_its_machine(box: Mapping[str, Any], more: Mapping[str, Any], said: str) -> None:
    """No object of the API at any depth, no registry by policy or by tag, and a program that is started again."""
    pod = {**STATIC, "spec": {"containers": [{"name": "app", **box}], **more}}
    lab = graders_data.Lab(
        prints={"manifests": f"=== manifest /x/a.json\n{json.dumps(pod)}"}, space="shop", app="siren"
    )
    seen = graders_data.verdict(graders_data.check("static-pod-stays", "machine_needs_no_help"), lab)
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("asked", "state", "said"),
    [
        ({"targetContainerName": "clerk"}, {"running": {}}, ""),
        ({"targetContainerName": "clerk"}, {"terminated": {"reason": "Completed"}}, ""),
        ({"targetContainerName": "clerk"}, {"terminated": {"reason": "Error", "exitCode": 137}}, ""),
        ({"targetContainerName": "clerk"}, {"terminated": {"reason": "StartError"}}, "has started yet"),
        ({"targetContainerName": "clerk"}, {"waiting": {"reason": "ErrImagePull"}}, "ErrImagePull"),
        ({}, {"running": {}}, "sees the processes"),
        (None, {}, "no ephemeral container"),
    ],
)
def test_a_debugger_has_seen_the_processes(asked: Mapping[str, Any] | None, state: Any, said: str) -> None:
    """It names the container, and its program was started, even if it has ended since."""
    spec = {"ephemeralContainers": [] if asked is None else [{"name": "look", **asked}]}
    row = {"spec": spec, "status": {"ephemeralContainerStatuses": [{"name": "look", "state": state}]}}
    lab = graders_data.Lab({"/api/v1/namespaces/shop/pods/clerk": row}, space="shop", app="clerk")
    seen = graders_data.verdict(graders_data.check("debug-without-shell", "debugger_was_there"), lab)
    assert (said in seen) if said else not seen


def volume(folder: str) -> Mapping[str, Any]:
    """Return a volume of that folder, as the provisioner makes it."""
    return {"metadata": {"name": "pvc-1"}, "spec": {"hostPath": {"path": f"/var/lib/kubelab/volumes/{folder}"}}}


@pytest.mark.parametrize(
    ("claim", "folders", "printed", "said"),
    [
        (None, ["pvc-1_shop_large", "pvc-2_shop-2_small"], "pvc-1_shop_large\npvc-2_shop-2_small\n", ""),
        ({}, [], "", "the claim small is still there"),
        (None, ["pvc-1_shop_small/"], "", "the volume of the claim small is still there: pvc-1"),
        (None, [], "pvc-1_shop_small\n", "still has the folder pvc-1_shop_small"),
    ],
)
def test_a_volume_is_reclaimed_with_its_folder(
    claim: Mapping[str, Any] | None, folders: Sequence[str], printed: str, said: str
) -> None:
    """Claim, volume and folder are gone; those of other claims and other namespaces do not matter."""
    found = {
        "/api/v1/namespaces/shop/persistentvolumeclaims/small": claim,
        "/api/v1/persistentvolumes": [volume(name) for name in folders],
    }
    lab = graders_data.Lab(found, prints={"ls -A": printed}, space="shop")
    seen = graders_data.verdict(graders_data.check("volume-too-small", "old_one_is_reclaimed"), lab)
    assert (said in seen) if said else not seen
