"""The layers of a lab: what each depends on, and which of them each fault and mutation breaks."""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping


class Layer(enum.StrEnum):
    """A part of a lab that others depend on."""

    NOTHING = "nothing"
    """For mutations that no other check depends on."""
    FILES = "files"
    ETCD = "etcd"
    API = "API"
    CONTROLLERS = "controllers"
    NODES = "nodes"
    NETWORK = "network"
    PROXY = "proxy"
    POLICY = "policy"
    DNS = "DNS"
    STORAGE = "storage"
    GUESTBOOK = "guestbook"
    DASHBOARD = "dashboard"
    WHOLE = "the whole lab"


STANDS_ON: Mapping[Layer, tuple[Layer, ...]] = {
    Layer.NOTHING: (),
    Layer.FILES: (),
    Layer.ETCD: (),
    Layer.API: (Layer.ETCD,),
    Layer.CONTROLLERS: (Layer.API,),
    Layer.NODES: (Layer.API,),
    Layer.NETWORK: (Layer.NODES, Layer.CONTROLLERS),
    Layer.PROXY: (Layer.NETWORK,),
    Layer.POLICY: (Layer.PROXY,),
    Layer.DNS: (Layer.PROXY, Layer.POLICY),
    Layer.STORAGE: (Layer.NODES, Layer.CONTROLLERS),
    Layer.GUESTBOOK: (Layer.DNS, Layer.STORAGE),
    Layer.DASHBOARD: (Layer.DNS,),
    Layer.WHOLE: (Layer.FILES, Layer.GUESTBOOK, Layer.DASHBOARD),
}
"""A layer to those right below it."""

BREAKS: Mapping[str, Layer] = {
    "kubelet-stopped": Layer.NODES,
    "kubelet-certificate-expired": Layer.NODES,
    "apiserver-certificate-name": Layer.API,
    "apiserver-bad-flag": Layer.API,
    "scheduler-gone": Layer.CONTROLLERS,
    "controller-manager-gone": Layer.CONTROLLERS,
    "kube-proxy-gone": Layer.PROXY,
    "cni-config-gone": Layer.NODES,  # a node without a network is not Ready
    "flannel-interface": Layer.NETWORK,
    "flanneld-stopped": Layer.NETWORK,
    "vxlan-blocked": Layer.NETWORK,
    "calico-node-stopped": Layer.NETWORK,
    "etcd-stopped": Layer.ETCD,
    "etcd-client-url": Layer.ETCD,
    "etcd-quota": Layer.ETCD,
    "coredns-away": Layer.DNS,
    "redis-too-strict": Layer.GUESTBOOK,
    "claim-unbound": Layer.STORAGE,
    "kubelet-api-admin-gone": Layer.NODES,
    "dashboard-role-gone": Layer.DASHBOARD,
    "workers-tainted": Layer.CONTROLLERS,
    "frontend-selector": Layer.GUESTBOOK,
    "frontend-port": Layer.GUESTBOOK,
    "redis-leader-name": Layer.GUESTBOOK,
    "webhook-dead": Layer.CONTROLLERS,
    "namespace-finalizer": Layer.CONTROLLERS,
    "node-reserves-memory": Layer.FILES,
    "kubelet-first-interface": Layer.NODES,
    "key-for-everybody": Layer.FILES,
    "foreign-manifest": Layer.FILES,
    "unit-that-failed": Layer.NOTHING,
    "stranger-listens": Layer.NOTHING,
    "usr-writable": Layer.NOTHING,
    "python-in-a-box": Layer.NOTHING,
    "root-may-enter": Layer.NOTHING,
    "no-forwarding": Layer.NETWORK,
    "record-forged": Layer.FILES,
    "step-left-out": Layer.NOTHING,
    "kubelet-open": Layer.FILES,
    "kubelet-read-only-port": Layer.FILES,
    "argument-tells": Layer.NOTHING,
    "pods-folder-open": Layer.NOTHING,
    "etcd-open": Layer.FILES,
    "etcd-plain": Layer.ETCD,
    "authority-in-a-box": Layer.NOTHING,
    "secrets-plain": Layer.FILES,
    "anonymous-may-ask": Layer.FILES,
    "audit-readable": Layer.NOTHING,
    "nodes-unrestricted": Layer.FILES,
    "pod-astray": Layer.NOTHING,
    "class-not-default": Layer.STORAGE,
    "volumes-unmade": Layer.STORAGE,
    "dashboard-open": Layer.DASHBOARD,
    "dashboard-reads-all": Layer.DASHBOARD,
    "pods-unlimited": Layer.NODES,
    "follower-alone": Layer.GUESTBOOK,
    "dns-invents": Layer.DNS,
    "nodes-read-secrets": Layer.NOTHING,
    "namespace-privileged": Layer.NOTHING,
    "program-replaced": Layer.FILES,  # last of those in boxes: whatever is restarted after it would be another program
    "keys-folder-open": Layer.FILES,
    "kubeconfig-open": Layer.NOTHING,
    "log-tells": Layer.NOTHING,
    "docker-shows": Layer.NOTHING,
    "browser-leaves-something": Layer.NOTHING,
}
"""Every fault and mutation that reddens a check, in the order in which they are made."""


@functools.cache
def with_lower(layer: Layer) -> frozenset[Layer]:
    """Return a layer and everything that it depends on."""
    return frozenset({layer}.union(*(with_lower(one) for one in STANDS_ON[layer])))
