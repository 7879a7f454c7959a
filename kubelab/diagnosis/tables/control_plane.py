"""Causes in the control plane: its static pods."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, container, inside

_API = container("kube-apiserver")
_SCHEDULER = container("kube-scheduler")
_MANAGER = container("kube-controller-manager")
_PENDING = ("container-failing", "pods-pending", *causes.DNS)

API: Mapping[str, Cause] = {
    "apiserver-gone": Cause(
        probe="API server",
        title="the API server's manifest is gone: the kubelet does not run it",
        look=inside("sudo ls -l /etc/kubernetes/manifests"),
        mend=causes.PUT,
        masks=causes.API,
    ),
    "apiserver-bad-flag": Cause(
        probe="API server",
        title="the API server's command line was changed, and it does not start with it",
        look=_API,
        mend=causes.PUT,
        masks=causes.API,
    ),
    "apiserver-missing-mount": Cause(
        probe="API server",
        title="the API server's pod lacks a folder that its command line names",
        look=_API,
        mend=causes.PUT,
        masks=causes.API,
    ),
    "apiserver-audit-path": Cause(
        probe="API server",
        title="the API server's audit log or policy is said to be where it cannot be",
        look=_API,
        mend=causes.PUT,
        masks=causes.API,
    ),
    "apiserver-etcd-endpoint": Cause(
        probe="API server",
        title="the API server looks for etcd where it is not",
        look=_API,
        mend=causes.PUT,
        masks=causes.API,
    ),
    "apiserver-manifest-changed": Cause(
        probe="API server",
        title="the API server's manifest is not the one that was rendered",
        look=_API,
        mend=causes.PUT,
        masks=causes.API,
    ),
    "apiserver-files-changed": Cause(
        probe="API server",
        title="a file that the API server reads is not the one that was rendered",
        look=_API,
        mend=causes.PUT,
        masks=causes.API,
    ),
    "apiserver-failing": Cause(
        probe="API server",
        title="the API server's container does not stay up",
        look=_API,
        mend=inside("sudo systemctl restart kubelet"),
        masks=("api-silent", *causes.NODE),
        symptom=True,
    ),
    "api-silent": Cause(
        probe="API server",
        title="the API server does not answer",
        look=_API,
        mend=inside("sudo systemctl restart kubelet"),
        masks=causes.NODE,
        symptom=True,
    ),
}

CONTROLLERS: Mapping[str, Cause] = {
    "scheduler-gone": Cause(
        probe="scheduler",
        title="the scheduler's manifest is gone: no new pod gets a node",
        look=inside("sudo ls -l /etc/kubernetes/manifests"),
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "scheduler-kubeconfig": Cause(
        probe="scheduler",
        title="the scheduler is given a kubeconfig that is not there or was changed",
        look=_SCHEDULER,
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "scheduler-manifest-changed": Cause(
        probe="scheduler",
        title="the scheduler's manifest is not the one that was rendered",
        look=_SCHEDULER,
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "controller-manager-gone": Cause(
        probe="controllers",
        title="the controller-manager's manifest is gone: no pod, endpoint or account follows its object",
        look=inside("sudo ls -l /etc/kubernetes/manifests"),
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "controller-manager-signing-key": Cause(
        probe="controllers",
        title="the controller-manager is given a key that is not there",
        look=_MANAGER,
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "controller-manager-changed": Cause(
        probe="controllers",
        title="the controller-manager's manifest or files are not those that were rendered",
        look=_MANAGER,
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "kube-controllers-gone": Cause(
        probe="kube-controllers",
        title="calico-kube-controllers' manifest is gone: policies and namespaces do not reach Calico",
        look=inside("sudo ls -l /etc/kubernetes/manifests"),
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "kube-controllers-changed": Cause(
        probe="kube-controllers",
        title="calico-kube-controllers' manifest or files are not those that were rendered",
        look=container("calico-kube-controllers"),
        mend=causes.PUT,
        masks=_PENDING,
    ),
    "container-failing": Cause(
        probe="controllers",
        title="a static pod's container does not stay up",
        look=container("{container}"),
        mend=inside("sudo systemctl restart kubelet"),
        masks=causes.CONTAINER,
        symptom=True,
    ),
}

TABLE: Mapping[str, Cause] = {**API, **CONTROLLERS}
