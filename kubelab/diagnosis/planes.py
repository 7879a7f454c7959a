"""Causes in the control plane and on the nodes: static pods, nodes, pod network, proxy."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, container, inside, journal, kubectl

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
    "api-silent": Cause(
        probe="API server",
        title="the API server does not answer",
        look=_API,
        mend=inside("sudo systemctl restart kubelet"),
        masks=(*causes.NODE, "pods-pending"),
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

NODES: Mapping[str, Cause] = {
    "node-missing": Cause(
        probe="nodes",
        title="a machine of the lab has not registered as a node",
        look=journal("kubelet"),
        mend=inside("sudo systemctl restart kubelet"),
        masks=causes.NODE,
    ),
    "node-not-ready": Cause(
        probe="nodes",
        title="a node is not Ready",
        look=kubectl("describe node {box}"),
        mend=inside("sudo systemctl restart containerd kubelet"),
        masks=causes.DNS,
        symptom=True,
    ),
    "node-cordoned": Cause(
        probe="nodes",
        title="a node was cordoned: no new pod is placed there",
        look=kubectl("describe node {box}"),
        mend=kubectl("uncordon {box}"),
        masks=("pods-pending", *causes.DNS),
    ),
    "cni-config-gone": Cause(
        probe="CNI",
        title="a node's CNI configuration is gone: its pods get no network",
        look=inside("ls -l /etc/cni/net.d; sudo crictl info"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "cni-config-broken": Cause(
        probe="CNI",
        title="a node's CNI configuration is not the one that was rendered",
        look=inside("ls -l /etc/cni/net.d; sudo crictl info"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "cni-plugin-gone": Cause(
        probe="CNI",
        title="a CNI plugin of a node is gone: new pods there get no network",
        look=inside("ls -l /opt/cni/bin") + "; " + kubectl("get events -A --field-selector type=Warning"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "flannel-interface": Cause(
        probe="flannel",
        title="flannel of a node carries the pod network over the wrong interface",
        look=inside("ip -d link show flannel.1; cat /etc/flannel/options.env"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "flannel-config-broken": Cause(
        probe="flannel",
        title="flannel's configuration on a node is not the one that was rendered",
        look=journal("flanneld"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "vxlan-blocked": Cause(
        probe="flannel",
        title="a firewall rule of a node drops the pod network's packets (vxlan, udp 8472)",
        look=inside("sudo iptables-save"),
        mend=inside("{unblock}"),
        masks=causes.NODE,
    ),
    "firewall-rule": Cause(
        probe="flannel",
        title="a node's firewall drops packets by a rule that nothing of the lab made",
        look=inside("sudo iptables-save"),
        mend=inside("{unblock}"),
        masks=causes.NODE,
    ),
    "flannel-silent": Cause(
        probe="flannel",
        title="a node's pod network does not reach another node's",
        look=inside("ip -d link show flannel.1; bridge fdb show dev flannel.1; ip route"),
        mend=inside("sudo systemctl restart flanneld"),
        masks=causes.DNS,
        symptom=True,
    ),
    "calico-node-changed": Cause(
        probe="policy engine",
        title="calico-node's configuration on a node is not the one that was rendered",
        look=journal("calico-node"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "kube-proxy-gone": Cause(
        probe="proxy",
        title="kube-proxy's manifest is gone on a node: services do not follow their pods there",
        look=inside("sudo ls -l /etc/kubernetes/manifests"),
        mend=causes.PUT,
        masks=("container-failing", *causes.DNS),
    ),
    "kube-proxy-config": Cause(
        probe="proxy",
        title="kube-proxy's configuration on a node was changed: it does not see services and endpoints",
        look=container("kube-proxy"),
        mend=causes.PUT,
        masks=("container-failing", *causes.DNS),
    ),
}

TABLE: Mapping[str, Cause] = {**API, **CONTROLLERS, **NODES}
