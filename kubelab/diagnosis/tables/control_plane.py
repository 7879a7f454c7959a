"""Causes in the control plane: its static pods."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, container, inside, journal, static_pod

_API = container("kube-apiserver")
_PENDING = ("container-failing", "pods-pending", *causes.DNS)
_RESTART = inside("sudo systemctl restart kubelet")

API: Mapping[str, Cause] = {
    **static_pod(
        "kube-apiserver",
        probe="API server",
        masks=causes.API,
        titles={
            "apiserver-gone": "the API server's manifest is gone: the kubelet does not run it",
            "apiserver-bad-flag": "the API server's command line was changed, and it does not start with it",
            "apiserver-missing-mount": "the API server's pod lacks a folder that its command line names",
            "apiserver-audit-path": "the API server cannot use the path given for its audit log or policy",
            "apiserver-etcd-endpoint": "the API server's command line names a wrong address for etcd",
            "apiserver-manifest-changed": "the API server's manifest is not the one that was rendered",
            "apiserver-files-changed": "a file that the API server reads is not the one that was rendered",
        },
    ),
    "apiserver-failing": Cause(
        probe="API server",
        title="the API server's container does not stay up",
        look=_API,
        mend=_RESTART,
        masks=("api-silent", *causes.NODE),
        symptom=True,
    ),
    "api-silent": Cause(
        probe="API server",
        title="the API server does not answer",
        look=_API,
        mend=_RESTART,
        masks=causes.NODE,
        symptom=True,
    ),
}

_ADDRESS = ("api-silent", "node-not-ready", "logs-refused", "pods-pending", *causes.DNS)

SEVERAL: Mapping[str, Cause] = {
    "etcd-no-quorum": Cause(
        probe="etcd",
        title="too few of etcd's members serve: nothing can be written until most of them do",
        look=journal("etcd"),
        mend="./run lab.up{lab}",
        masks=causes.ETCD,
    ),
    "etcd-member-unhealthy": Cause(
        probe="etcd",
        title="one of etcd's members does not serve; the others go on without it",
        look=journal("etcd"),
        mend="./run lab.up{lab} --replace {box}",
        masks=("etcd-silent", "unit-failing"),
        symptom=True,
    ),
    "address-nowhere": Cause(
        probe="API server",
        title="no control plane has the API's virtual address",
        look=container("keepalived"),
        mend="./run lab.up{lab} --repair",
        masks=_ADDRESS,
    ),
    "address-twice": Cause(
        probe="API server",
        title="two control planes have the API's virtual address: they do not hear each other",
        look=container("keepalived"),
        mend=inside("sudo crictl rm -f $(sudo crictl ps -q --name keepalived)"),
        masks=_ADDRESS,
    ),
    "server-unready": Cause(
        probe="API server",
        title="the API server of one control plane of several is not ready; the others serve",
        look=_API,
        mend=_RESTART,
        symptom=True,
    ),
}

CONTROLLERS: Mapping[str, Cause] = {
    **static_pod(
        "kube-scheduler",
        probe="scheduler",
        masks=_PENDING,
        titles={
            "scheduler-gone": "the scheduler's manifest is gone: no new pod gets a node",
            "scheduler-kubeconfig": "the scheduler is given a kubeconfig that is not there or was changed",
            "scheduler-manifest-changed": "the scheduler's manifest is not the one that was rendered",
        },
    ),
    **static_pod(
        "kube-controller-manager",
        probe="controllers",
        masks=_PENDING,
        titles={
            "controller-manager-gone": (
                "the controller-manager's manifest is gone: changed objects get no pods, endpoints or accounts"
            ),
            "controller-manager-signing-key": "the controller-manager is given a key that is not there",
            "controller-manager-changed": (
                "the controller-manager's manifest or files are not those that were rendered"
            ),
        },
    ),
    **static_pod(
        "calico-kube-controllers",
        probe="kube-controllers",
        masks=_PENDING,
        titles={
            "kube-controllers-gone": (
                "calico-kube-controllers' manifest is gone: policies and namespaces do not reach Calico"
            ),
            "kube-controllers-changed": ("calico-kube-controllers' manifest or files are not those that were rendered"),
        },
    ),
    "container-failing": Cause(
        probe="controllers",
        title="a static pod's container does not stay up",
        look=container("{container}"),
        mend=_RESTART,
        masks=causes.CONTAINER,
        symptom=True,
    ),
}

TABLE: Mapping[str, Cause] = {**API, **SEVERAL, **CONTROLLERS}
