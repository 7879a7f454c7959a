"""The cluster as the API shows it: the lab file's nodes, pods that keep running, and references that resolve."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
import suite

from kubelab import checks, model
from kubelab.checks import probes, user_workloads, wait
from kubelab.diagnosis import cluster_probes
from kubelab.render import addons, roles, volumes

MIB = 1024
KERNEL = 160
"""The most MiB that a virtual machine's own kernel keeps for itself."""


@pytest.mark.red_by("coredns-away", depends_on="the whole lab")
def test_lab_is_healthy(view: checks.View) -> None:
    """Every check that lab.up waits for and lab.status shows holds."""
    seen = wait.survey(view)
    assert len(seen) >= len(checks.BASE) + len(checks.LAST)
    assert {name: what for name, what in seen.items() if what} == {}


@pytest.mark.red_by("cni-config-gone", depends_on="network")
def test_nodes_are_exactly_the_lab_s(view: checks.View) -> None:
    """No node is missing and none is there that the lab file does not name."""
    checks.nodes_ready(view)


@pytest.mark.red_by("cni-config-gone", depends_on="network")
def test_node_is_ready(view: checks.View, node: model.Machine) -> None:
    """The node is Ready, complains of nothing, and may be scheduled to."""
    checks.node_ready(view, node.name)
    item = view.api.get(f"/api/v1/nodes/{node.name}")
    true = {row["type"] for row in item["status"]["conditions"] if row["status"] == "True"}
    assert true & {"Ready", *cluster_probes.PRESSURES} == {"Ready"}
    assert not item["spec"].get("unschedulable"), f"cordoned; type: kubectl uncordon {node.name}"


@pytest.mark.red_by("workers-tainted", depends_on="nodes")
def test_node_s_role_and_taint(view: checks.View, node: model.Machine) -> None:
    """The role's label is there, and no other role's of the lab; the control plane, and nobody else, has its taint."""
    item = view.api.get(f"/api/v1/nodes/{node.name}")
    roles_ = {f"node-role.kubernetes.io/{role}" for role in addons.ROLE_LABELS.values()}
    assert set(item["metadata"]["labels"]) & roles_ == {f"node-role.kubernetes.io/{node.kind}"}
    taints = {(row["key"], row["effect"]) for row in item["spec"].get("taints", [])}
    control = {("node-role.kubernetes.io/control-plane", "NoSchedule")}
    assert taints == (control if node.kind is model.Kind.CONTROL_PLANE else set())


@pytest.mark.red_by("node-reserves-memory", depends_on="nodes")
def test_node_has_what_the_lab_file_gives_it(view: checks.View, node: model.Machine) -> None:
    """Allocatable memory and CPUs are the lab file's, not the computer's; a machine's own kernel keeps some memory."""
    free = view.api.get(f"/api/v1/nodes/{node.name}")["status"]["allocatable"]
    assert free["cpu"] == str(node.cpus)
    kept = node.memory - int(free["memory"].removesuffix("Ki")) / MIB
    assert -1 < kept < (1 if view.lab.provider is model.Provider.DOCKER else KERNEL)


@pytest.mark.red_by("kubelet-first-interface", depends_on="nodes")
def test_node_s_address(view: checks.View, node: model.Machine) -> None:
    """The node registered under its address on the lab's network and under its name, and under nothing else."""
    found = view.api.get(f"/api/v1/nodes/{node.name}")["status"]["addresses"]
    rows = {(row["type"], row["address"]) for row in found}
    assert rows == {("InternalIP", str(node.address)), ("Hostname", node.name)}


@suite.each("pod", lambda machine: [pod.name for pod in roles.pods_of(machine)] if machine.is_node else [])
@pytest.mark.red_by("scheduler-gone", "controller-manager-gone", "kube-proxy-gone", depends_on="nodes")
def test_static_pod_runs(view: checks.View, machine: model.Machine, pod: str) -> None:
    """The pod is not only listed: its container runs and it is Ready."""
    checks.static_pod_running(view, machine, pod)


@pytest.mark.red_by("kube-proxy-gone", depends_on="the whole lab")
def test_system_pods_are_ready(view: checks.View) -> None:
    """Every static pod and every workload of the lab's own outside of the applications is Ready."""
    checks.system_pods_ready(view)


@pytest.mark.red_by("scheduler-gone", depends_on="controllers")
def test_control_plane_serves(view: checks.View) -> None:
    """API server, controller-manager and scheduler say of themselves that they are well."""
    checks.control_plane_serves(view)


@pytest.mark.red_by("kubelet-stopped", depends_on="nodes")
def test_kubelets_answer(view: checks.View) -> None:
    """Every kubelet was heard of lately and lets the API server ask it."""
    checks.kubelets_answer(view)


@pytest.mark.red_by("kube-proxy-gone", depends_on="proxy")
def test_proxies_serve(view: checks.View) -> None:
    """Every kube-proxy says that its rules are up to date."""
    checks.proxies_serve(view)


@pytest.mark.red_by("controller-manager-gone", depends_on="controllers")
def test_controllers_act(view: checks.View) -> None:
    """The controller-manager does its work, seen by giving it some."""
    suite.soon(lambda: checks.controllers_act(view))


@pytest.mark.red_by("scheduler-gone", depends_on="network")
def test_scheduler_schedules(view: checks.View) -> None:
    """The scheduler does its work, seen by giving it some."""
    suite.soon(lambda: checks.scheduler_schedules(view))


@pytest.mark.red_by("webhook-dead", depends_on="controllers")
def test_pods_are_admitted(view: checks.View) -> None:
    """Nothing refuses a harmless pod."""
    checks.pods_admitted(view)


@pytest.mark.red_by("namespace-finalizer", depends_on="controllers")
def test_namespaces_go(view: checks.View) -> None:
    """No namespace of the lab's own is stuck on its way out."""
    checks.namespaces_go(view)


@pytest.mark.red_by("etcd-quota", depends_on="etcd")
def test_etcd_is_well(view: checks.View) -> None:
    """Every member is healthy and has room."""
    checks.etcd_answers(view)
    checks.etcd_has_quota(view)


@pytest.mark.addon(model.Addon.DNS)
@pytest.mark.red_by("coredns-away", depends_on="DNS")
def test_dns_is_complete(view: checks.View, lab: model.Lab) -> None:
    """CoreDNS has all of its pods, behind the address that the lab file's range gives it."""
    checks.deployment_complete(view, "kube-system", "coredns")
    checks.service_has_backends(view, "kube-system", "kube-dns")
    service = view.api.get("/api/v1/namespaces/kube-system/services/kube-dns")
    assert service["spec"]["clusterIP"] == str(lab.network.dns_service)


@pytest.mark.red_by("apiserver-bad-flag", depends_on="API")
def test_api_service_has_the_first_address(view: checks.View, lab: model.Lab) -> None:
    """The service `kubernetes` is at the range's first address and leads to the control plane."""
    assert view.api.get("/api/v1/namespaces/default/services/kubernetes")["spec"]["clusterIP"] == str(
        lab.network.api_service
    )
    checks.service_has_backends(view, "default", "kubernetes")


@pytest.mark.red_by("pod-astray", depends_on="nodes")
def test_pods_have_addresses_of_the_pod_range(view: checks.View, lab: model.Lab) -> None:
    """Every own pod's address is in the pod range, or its node's own where it uses the node's network."""
    nodes, own = {node.name: str(node.address) for node in lab.nodes}, checks.belongings_of(view)
    pods = [pod for pod in view.api.items("/api/v1/pods") if own.pod(pod) and pod["status"].get("podIP")]
    assert pods
    for pod in pods:
        address = pod["status"]["podIP"]
        if pod["spec"].get("hostNetwork"):
            assert address == nodes[pod["spec"]["nodeName"]]
        else:
            assert IPv4Address(address) in lab.network.pods


@pytest.mark.addon(model.Addon.STORAGE)
@pytest.mark.red_by("class-not-default", depends_on="storage")
def test_one_storage_class_is_the_default(view: checks.View) -> None:
    """Of the lab's own classes one is the default: a claim that names none gets a local volume."""
    found, own = view.api.items(user_workloads.CLASSES), checks.belongings_of(view)
    default = [
        item["metadata"]["name"]
        for item in found
        if own.has("StorageClass", item)
        and item["metadata"].get("annotations", {}).get(user_workloads.DEFAULT) == "true"
    ]
    assert default == ["local"]


@pytest.mark.addon(model.Addon.STORAGE)
@pytest.mark.red_by("claim-unbound", depends_on="storage")
def test_claims_are_bound(view: checks.View) -> None:
    """No claim of the lab's own waits for a volume."""
    checks.claims_bound(view)


PROVISIONED = 60.0
"""Seconds for a volume to come or go: a pod of the provisioner's own makes the folder and removes it."""


@pytest.mark.addon(model.Addon.STORAGE)
@pytest.mark.red_by("volumes-unmade", depends_on="storage")
def test_claim_after_claim_gets_a_volume(view: checks.View, namespace: str) -> None:
    """A claim of the lab's class is served when a pod uses it, and its volume goes with it; so is the next one.

    The class is named: of two default ones, the API server takes the newer, and that may be a guest's.
    """
    claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
    worker = view.lab.workers[0]
    for _ in range(2):
        name = suite.fresh("kept")
        spec = {
            "storageClassName": volumes.CLASS,
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "3Gi"}},
        }
        about = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}}
        view.api.create(claims, {**about, "spec": spec})
        item = probes.pod(view.lab, name, ["/agnhost", "pause"])
        item["spec"]["nodeSelector"] = {"kubernetes.io/hostname": worker.name}
        item["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]
        item["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        pod = suite.run_pod(view, namespace, item, worker, PROVISIONED)
        assert probes.inside(view, pod, "echo kept > /data/entry && cat /data/entry").strip() == "kept"
        volume = view.api.get(f"{claims}/{name}")["spec"]["volumeName"]
        view.api.delete(f"/api/v1/namespaces/{namespace}/pods/{name}", gracePeriodSeconds="0")
        view.api.delete(f"{claims}/{name}")
        suite.soon(lambda volume=volume: _gone(view, f"{volumes.COLLECTION}/{volume}"), PROVISIONED)  # type: ignore[misc]


def _gone(view: checks.View, path: str) -> None:
    if view.api.request("GET", path).status_code != 404:
        raise checks.Wrong(f"{path} is still there")


@pytest.mark.addon(model.Addon.DASHBOARD)
@pytest.mark.red_by("dashboard-role-gone", depends_on="dashboard")
def test_dashboard_shows_the_nodes(view: checks.View) -> None:
    """The web UI answers in the cluster, and its account may see the nodes."""
    checks.dashboard_shows(view)
