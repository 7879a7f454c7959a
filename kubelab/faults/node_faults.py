"""Faults of machines and of what runs below the cluster's objects: a table, in the order of a lab's layers."""

from __future__ import annotations

import functools

from kubelab import model
from kubelab.faults import fault
from kubelab.faults.fault import Topic

KUBERNETES = "/etc/kubernetes"
MANIFESTS = f"{KUBERNETES}/manifests"
CONFIG = f"{KUBERNETES}/kubelet/config.yaml"
API = f"{MANIFESTS}/kube-apiserver.yaml"
API_PKI = f"{KUBERNETES}/kube-apiserver/pki"
ETCD_CONFIG = "/etc/etcd/etcd.conf.yaml"
CNI = "/etc/cni/net.d/10-flannel-calico.conflist"


def enabled(*units: str) -> tuple[str, ...]:
    """Return the links that make systemd start units at boot."""
    return tuple(f"/etc/systemd/system/multi-user.target.wants/{unit}.service" for unit in units)


_worker = functools.partial(fault.Fault, on=model.Kind.WORKER)
_control = functools.partial(fault.Fault, on=model.Kind.CONTROL_PLANE)
_etcd = functools.partial(fault.Fault, on=model.Kind.ETCD, topic=Topic.ETCD)
_pod = functools.partial(_control, topic=Topic.STATIC_PODS)
GUESTBOOK = (model.Addon.GUESTBOOK,)

MACHINES = (
    _worker(
        name="kubelet-stopped", topic=Topic.MACHINES, title="A worker's kubelet is stopped and disabled",
        detector=("units_active", "kubelets_answer"), files=enabled("kubelet"),
    ),
    _worker(
        name="kubelet-config-broken", topic=Topic.MACHINES, title="A worker's kubelet configuration has a bad line",
        detector=("kubelets_answer",), files=(CONFIG,),
       
        options={"LINE": ("staticPodPaths: /etc/manifests", "evictionHarder: {}", "syncFrequency: ten seconds")},
    ),
    _worker(
        name="kubelet-wrong-server", topic=Topic.MACHINES, title="A worker's kubelet has a wrong API server port",
        detector=("kubelets_answer",), files=(f"{KUBERNETES}/kubelet/kubeconfig",),
        options={"PORT": ("6444", "8443", "443")},
    ),
    _worker(
        name="containerd-stopped", topic=Topic.MACHINES, title="A worker's container runtime is stopped and disabled",
        detector=("units_active", "kubelets_answer"), files=enabled("containerd"),
    ),
    _worker(
        name="containerd-config-broken", topic=Topic.MACHINES,
        title="A worker's containerd runs without its CRI plugin",
        detector=("kubelets_answer",), files=("/etc/containerd/config.toml",),
    ),
)  # fmt: skip

CERTIFICATES = (
    _worker(
        name="kubelet-certificate-expired", topic=Topic.CERTIFICATES,
        title="A worker's kubelet has an expired certificate",
        detector=("kubelets_answer",), files=(f"{KUBERNETES}/kubelet/kubeconfig",),
        options={"HOURS": ("1", "3", "9")}, material="kubelet-expired",
    ),
    _control(
        name="apiserver-certificate-name", topic=Topic.CERTIFICATES,
        title="The API server's certificate lacks its address",
        detector=("api_ready",), files=(f"{API_PKI}/apiserver.crt",), material="apiserver-without-address",
    ),
    _control(
        name="etcd-client-foreign", topic=Topic.CERTIFICATES,
        title="The API server shows etcd a certificate of another authority",
        detector=("api_ready",), files=tuple(f"{API_PKI}/apiserver-etcd-client.{end}" for end in ("crt", "key")),
        material="etcd-client-foreign",
    ),
    _control(
        name="scheduler-foreign-ca", topic=Topic.CERTIFICATES, title="The scheduler trusts another authority",
        detector=("control_plane_serves",), files=(f"{KUBERNETES}/kube-scheduler/kubeconfig",),
        material="scheduler-foreign-ca",
    ),
)  # fmt: skip

STATIC_PODS = (
    _pod(
        name="apiserver-bad-flag", title="The API server has an unknown flag",
        detector=("api_ready",), files=(API,),
        options={"FLAG": ("authorization-mode", "service-cluster-ip-range", "client-ca-file")},
    ),
    _pod(
        name="apiserver-missing-mount", title="The API server's pod does not mount its configuration",
        detector=("api_ready",), files=(API,),
    ),
    _pod(
        name="apiserver-audit-path", title="The API server cannot open an audit file",
        detector=("api_ready",), files=(API,),
        options={"FLAG": ("audit-log-path=/var/log/kubernetes", "audit-policy-file=/etc/kubernetes/audit-policy.yaml")},
    ),
    _pod(
        name="apiserver-etcd-endpoint", title="The API server has a wrong port for etcd",
        detector=("api_ready",), files=(API,), options={"PORT": ("2378", "2389", "4001")},
    ),
    _pod(
        name="scheduler-gone", title="The scheduler's manifest is gone",
        detector=("system_pods_ready", "control_plane_serves"), files=(f"{MANIFESTS}/kube-scheduler.yaml",),
    ),
    _pod(
        name="scheduler-kubeconfig", title="The scheduler's manifest names a missing kubeconfig",
        detector=("control_plane_serves",), files=(f"{MANIFESTS}/kube-scheduler.yaml",),
        options={"NAME": ("scheduler.conf", "kubeconfig.yaml", "kube-config")},
    ),
    _pod(
        name="controller-manager-gone", title="The controller-manager's manifest is gone",
        detector=("system_pods_ready", "control_plane_serves"), files=(f"{MANIFESTS}/kube-controller-manager.yaml",),
    ),
    _pod(
        name="controller-manager-signing-key", title="The controller-manager's manifest names a missing key",
        detector=("control_plane_serves",), files=(f"{MANIFESTS}/kube-controller-manager.yaml",),
        options={"FLAG": ("service-account-private-key-file", "cluster-signing-key-file")},
    ),
)  # fmt: skip

KUBE_PROXY = (
    _worker(
        name="kube-proxy-gone", topic=Topic.KUBE_PROXY, title="A worker has no kube-proxy",
        detector=("system_pods_ready", "proxies_serve"), files=(f"{MANIFESTS}/kube-proxy.yaml",),
    ),
    _worker(
        name="kube-proxy-config", topic=Topic.KUBE_PROXY, title="A worker's kube-proxy has a wrong API server port",
        detector=("proxies_serve",), files=(f"{KUBERNETES}/kube-proxy/kubeconfig",),
        options={"PORT": ("6444", "8443", "443")},
    ),
)  # fmt: skip

NETWORK = (
    _worker(
        name="cni-config-gone", topic=Topic.NETWORK, title="A worker has no CNI configuration",
        detector=("nodes_ready",), files=(CNI,),
    ),
    _worker(
        name="cni-plugin-gone", topic=Topic.NETWORK, title="A worker lacks the CNI plugin that its configuration names",
        detector=("guestbook_complete",), files=("/opt/cni/bin/flannel",), renews=fault.FOLLOWER_HERE, needs=GUESTBOOK,
    ),
    _worker(
        name="flannel-interface", topic=Topic.NETWORK, title="A worker's flannel uses the wrong interface",
        detector=("pod_network",), files=("/etc/flannel/options.env",),
    ),
    _worker(
        name="flanneld-stopped", topic=Topic.NETWORK, title="A worker's flanneld is stopped and disabled",
        detector=("units_active",), files=enabled("flanneld"),
    ),
    _worker(
        name="vxlan-blocked", topic=Topic.NETWORK, title="A worker's firewall drops the pod network's packets",
        detector=("pod_network",),
    ),
)  # fmt: skip

POLICY_ENGINE = (
    _worker(
        name="calico-node-stopped", topic=Topic.POLICY_ENGINE, title="A worker's calico-node is stopped and disabled",
        detector=("units_active",), files=enabled("calico-node"),
    ),
    _control(
        name="kube-controllers-gone", topic=Topic.POLICY_ENGINE,
        title="The manifest of calico-kube-controllers is gone",
        detector=("system_pods_ready",), files=(f"{MANIFESTS}/calico-kube-controllers.yaml",),
    ),
)  # fmt: skip

ETCD = (
    _etcd(
        name="etcd-stopped", title="etcd is stopped and disabled",
        detector=("etcd_answers", "units_active"), files=enabled("etcd", "flannel-config", "calico-config"),
    ),
    _etcd(
        name="etcd-client-url", title="etcd listens for clients on its loopback address only",
        detector=("etcd_answers",), files=(ETCD_CONFIG,),
    ),
    _etcd(
        name="etcd-quota", title="etcd is over its quota and refuses writes",
        detector=("etcd_answers",), files=(ETCD_CONFIG,), options={"BYTES": ("65536", "131072", "262144")},
    ),
)  # fmt: skip
FAULTS = (*MACHINES, *CERTIFICATES, *STATIC_PODS, *KUBE_PROXY, *NETWORK, *POLICY_ENGINE, *ETCD)
