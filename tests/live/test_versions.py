"""The version set's versions run: the programs say so themselves, and the cluster reports them."""

from __future__ import annotations

import re

import pytest
import suite
import testinfra.host

from kubelab import checks, model
from kubelab.clients import kube_api
from kubelab.components import pod_images, software_catalogue

SAY = {
    "kubelet": ("--version", "kubernetes"),
    "kubectl": ("version --client", "kubernetes"),
    "calico-node": ("-v", "calico"),
    "calicoctl": ("version --client", "calico"),
    "calico": ("-v", "calico"),
    "containerd": ("--version", "containerd"),
    "containerd-shim-runc-v2": ("-v", "containerd"),
    "ctr": ("--version", "containerd"),
    "flanneld": ("--version", "flannel"),
    "crictl": ("--version", "cri-tools"),
    "etcd": ("--version", "etcd"),
    "etcdctl": ("version", "etcd"),
    "etcdutl": ("version", "etcd"),
    "host-local": ("", "cni-plugins"),
    "bridge": ("", "cni-plugins"),
    "loopback": ("", "cni-plugins"),
    "bandwidth": ("", "cni-plugins"),
    "portmap": ("", "cni-plugins"),
    "flannel": ("", "flannel-cni"),
}
"""A program to what makes it say its version, and the component whose version that is."""


@suite.each("binary", lambda machine: [name for name, _ in software_catalogue.for_kind(machine.kind)])
@pytest.mark.red_by("program-replaced", depends_on="nothing")
def test_program_says_its_version(
    lab: model.Lab, machine: model.Machine, binary: str, host: testinfra.host.Host
) -> None:
    """The program runs in the box and names the version that the version set asks for."""
    target = dict(software_catalogue.for_kind(machine.kind))[binary]
    words, component = SAY[binary]
    said = host.run(f"{target} {words} < /dev/null")
    text = f"{said.stdout} {said.stderr}"
    assert re.search(rf"(?<![\d.])v?{re.escape(lab.versions.components[component])}(?![\d.])", text), text[:500]


@pytest.mark.red_by("apiserver-bad-flag", depends_on="API")
def test_node_reports_its_versions(view: checks.View, lab: model.Lab, node: model.Machine) -> None:
    """`kubectl get nodes -o wide` shows the versions of the version set."""
    info = view.api.get(f"/api/v1/nodes/{node.name}")["status"]["nodeInfo"]
    assert info["kubeletVersion"] == f"v{lab.versions.kubernetes}"
    assert info["containerRuntimeVersion"] == f"containerd://{lab.versions.components['containerd']}"


@pytest.mark.red_by("apiserver-bad-flag", depends_on="API")
def test_api_server_reports_its_version(view: checks.View, lab: model.Lab) -> None:
    """`kubectl version` shows the server's version, from a clean tree."""
    said = view.api.get("/version")
    assert said["gitVersion"] == f"v{lab.versions.kubernetes}"
    assert said["gitTreeState"] == "clean"
    assert [said["major"], said["minor"]] == lab.versions.kubernetes.split(".")[:2]


@pytest.mark.red_by("pod-astray", depends_on="API")
def test_pods_run_the_images_of_the_version_set(view: checks.View, lab: model.Lab) -> None:
    """No container of the lab's own runs an image that the version set does not name."""
    known, own = {image.reference(lab.versions) for image in pod_images.IMAGES.values()}, checks.belongings_of(view)
    pods = [pod for pod in view.api.items("/api/v1/pods") if own.pod(pod)]
    used = {container["image"] for pod in pods for container in containers(pod)}
    assert used
    assert used - known == set()


def containers(pod: kube_api.Json) -> list[kube_api.Json]:
    """Return every container of a pod, those that run first included."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
