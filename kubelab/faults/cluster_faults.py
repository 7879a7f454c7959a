"""Faults of the cluster's objects: a table. Their scripts run on the control plane, which has a kubectl."""

from __future__ import annotations

import functools

from kubelab import model
from kubelab.faults import fault
from kubelab.faults.fault import Topic

GUESTBOOK = (model.Addon.GUESTBOOK, model.Addon.DNS)
STORAGE = (model.Addon.GUESTBOOK, model.Addon.STORAGE)
FRONTEND = ("deployment/frontend/guestbook", "replicasets/all/guestbook")
DASHBOARD = (model.Addon.DASHBOARD,)

_row = functools.partial(fault.Fault, on=model.Kind.CONTROL_PLANE)
_dns = functools.partial(_row, topic=Topic.DNS, needs=(model.Addon.DNS,))
_guestbook = functools.partial(_row, needs=GUESTBOOK)

DNS = (
    _dns(
        name="coredns-away", title="CoreDNS is scaled to zero replicas",
        detector=("dns_ready",), objects=("deployment/coredns/kube-system",),
    ),
    _dns(
        name="corefile-broken", title="CoreDNS cannot read its configuration",
        detector=("dns_ready",), objects=("configmap/coredns/kube-system",), renews=fault.DNS_PODS,
        options={"LINE": ("kubernets cluster.local", "cache thirty", "loadbalance sometimes")},
    ),
    _dns(
        name="corefile-loop", title="CoreDNS forwards to itself",
        detector=("dns_ready",), objects=("configmap/coredns/kube-system",), renews=fault.DNS_PODS,
    ),
    _dns(
        name="dns-service-selector", title="The service of cluster DNS selects no pod",
        detector=("dns_ready",), objects=("service/kube-dns/kube-system",),
        options={"LABEL": ("core-dns", "kubedns", "coredns")},
    ),
    fault.Fault(
        name="kubelet-cluster-dns", topic=Topic.DNS, title="A worker's kubelet gives pods a wrong DNS address",
        on=model.Kind.WORKER, detector=("guestbook_complete",), files=("/etc/kubernetes/kubelet/config.yaml",),
        options={"LAST": ("53", "100", "200")}, renews=fault.FRONTENDS, needs=GUESTBOOK,
    ),
    _guestbook(
        name="dns-blocked", topic=Topic.DNS, title="A network policy blocks queries to cluster DNS",
        objects=("networkpolicy/{NAME}/kube-system",), detector=("guestbook_complete",),
        options={"NAME": ("default-deny", "lock-down", "kube-system-isolation")},
        renews=fault.FRONTENDS,
    ),
)  # fmt: skip

POLICIES = (
    _guestbook(
        name="guestbook-deny", topic=Topic.POLICIES, title="A network policy denies all traffic of the guestbook",
        objects=("networkpolicy/{NAME}/guestbook",), detector=("guestbook_ready",),
        options={"NAME": ("default-deny", "deny-all", "zero-trust")},
    ),
    _guestbook(
        name="redis-too-strict", topic=Topic.POLICIES, title="A network policy for redis admits a wrong label",
        objects=("networkpolicy/redis-leader/guestbook",), detector=("guestbook_complete",), renews=fault.FRONTENDS,
        options={"LABEL": ("front-end", "web", "guestbook-frontend")},
    ),
)  # fmt: skip

STORAGE_ROWS = (
    _row(
        name="claim-unbound", topic=Topic.STORAGE, title="A claim names a storage class that does not exist",
        objects=("deployment/archive/guestbook", "persistentvolumeclaim/archive/guestbook"),
        detector=("claims_bound", "guestbook_complete"), options={"CLASS": ("fast", "standard", "ssd")},
        needs=STORAGE,
    ),
    fault.Fault(
        name="volume-folder-gone", topic=Topic.STORAGE, title="The folder of redis' volume is renamed",
        on=model.Kind.WORKER, detector=("guestbook_complete",), renews=fault.LEADER, target="leader's volume",
        needs=STORAGE,
    ),
)  # fmt: skip

RBAC = (
    _dns(
        name="coredns-role-gone", topic=Topic.RBAC, title="CoreDNS' role grants nothing",
        detector=("dns_ready",), objects=("clusterrole/system:coredns",), renews=fault.DNS_PODS,
    ),
    _row(
        name="kubelet-api-admin-gone", topic=Topic.RBAC, title="The API server may not use the kubelets' API",
        detector=("kubelets_answer",), objects=("clusterrolebinding/kubelab:kubelet-clients",),
    ),
    _row(
        name="dashboard-role-gone", topic=Topic.RBAC, title="The dashboard's role grants nothing",
        detector=("dashboard_shows",), objects=("clusterrole/dashboard-reader",), needs=DASHBOARD,
    ),
)  # fmt: skip

SCHEDULING = (
    _guestbook(
        name="workers-tainted", topic=Topic.SCHEDULING, title="Every worker has a taint that no pod tolerates",
        detector=("guestbook_complete",), options={"KEY": ("maintenance", "dedicated", "reserved")},
        renews=fault.FRONTENDS,
    ),
    _guestbook(
        name="quota-zero", topic=Topic.SCHEDULING, title="A quota allows no pod in the guestbook's namespace",
        objects=("resourcequota/{NAME}/guestbook",), detector=("guestbook_complete",),
        options={"NAME": ("limits", "team-quota", "compute")}, renews=fault.FRONTENDS,
    ),
    _guestbook(
        name="request-too-large", topic=Topic.SCHEDULING, title="The frontend asks for more CPUs than a node has",
        detector=("guestbook_complete",), objects=FRONTEND,
        options={"CPUS": ("64", "100", "250")},
    ),
)  # fmt: skip

APPLICATION = (
    _guestbook(
        name="frontend-selector", topic=Topic.APPLICATION, title="The frontend's service selects no pod",
        detector=("guestbook_ready",), objects=("service/frontend/guestbook",),
        options={"LABEL": ("front-end", "web", "fronted")},
    ),
    _guestbook(
        name="frontend-port", topic=Topic.APPLICATION, title="The frontend's service has a wrong target port",
        detector=("guestbook_ready",), objects=("service/frontend/guestbook",),
        options={"PORT": ("80", "8000", "8081")},
    ),
    _guestbook(
        name="redis-leader-name", topic=Topic.APPLICATION, title="The frontend has a wrong host name for redis",
        detector=("guestbook_complete",), objects=FRONTEND,
        options={"HOST": ("redis-master", "redis", "redis-leader.default")},
    ),
)  # fmt: skip

ADMISSION = (
    _row(
        name="webhook-dead", topic=Topic.ADMISSION, title="A webhook without a service must admit every pod",
        objects=("validatingwebhookconfiguration/{NAME}",), detector=("pods_admitted",),
        options={"NAME": ("pod-policy", "image-guard", "label-check")},
    ),
    _row(
        name="namespace-finalizer", topic=Topic.ADMISSION, title="A finalizer blocks the deletion of a namespace",
        objects=("namespace/{NAME}",), detector=("namespaces_go",),
        options={"NAME": ("old-project", "team-blue", "staging")},
    ),
)  # fmt: skip
ADDONS = (
    _row(
        name="metrics-service-name", topic=Topic.ADDONS, title="The metrics API leads to a service that does not exist",
        objects=("apiservice/v1beta1.metrics.k8s.io",), detector=("metrics_served",), needs=(model.Addon.METRICS,),
        options={"NAME": ("metrics", "metrics-api", "heapster")},
    ),
    _row(
        name="loadbalancer-pool", topic=Topic.ADDONS, title="MetalLB announces a pool that does not exist",
        objects=("l2advertisement/machines/metallb-system",), detector=("pool_announced",),
        needs=(model.Addon.LOADBALANCER,), options={"NAME": ("default", "nodes", "first-pool")},
    ),
    _row(
        name="gateway-class", topic=Topic.ADDONS, title="The lab's Gateway names a class that no controller serves",
        objects=("gateway/gateway/gateway",), detector=("gateway_answers",), needs=(model.Addon.GATEWAY,),
        options={"NAME": ("nginx", "istio", "haproxy")},
    ),
)  # fmt: skip
FAULTS = (*DNS, *POLICIES, *STORAGE_ROWS, *RBAC, *SCHEDULING, *APPLICATION, *ADMISSION, *ADDONS)
