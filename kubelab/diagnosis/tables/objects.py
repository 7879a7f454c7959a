"""Causes in the cluster's objects: DNS, policies, storage, RBAC."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, inside, journal, kubectl

_DNS_LOGS = kubectl("-n kube-system logs deployment/coredns --tail 20")
_RESTART_DNS = causes.APPLY + "; " + kubectl("-n kube-system rollout restart deployment/coredns")

DNS: Mapping[str, Cause] = {
    "coredns-away": Cause(
        probe="DNS",
        title="CoreDNS has no replicas: names are not resolved",
        look=kubectl("-n kube-system get deployment,pods -l k8s-app=kube-dns"),
        mend=causes.APPLY,
        masks=causes.DNS,
    ),
    "corefile-broken": Cause(
        probe="DNS",
        title="the Corefile does not parse or was changed: CoreDNS keeps the old one until it restarts, then fails",
        look=_DNS_LOGS,
        mend=_RESTART_DNS,
        masks=causes.DNS,
    ),
    "corefile-loop": Cause(
        probe="DNS",
        title="CoreDNS forwards to itself: it stops, or outside names are never answered",
        look=_DNS_LOGS,
        mend=_RESTART_DNS,
        masks=causes.DNS,
    ),
    "resolvers-moved": Cause(
        probe="DNS",
        title="this computer's name servers changed after the lab came up: pods still ask the old ones",
        look="cat /etc/resolv.conf; " + kubectl("-n kube-system get configmap coredns -o yaml"),
        mend="./run lab.up{lab}",
    ),
    "dns-service-selector": Cause(
        probe="DNS",
        title="the service of cluster DNS selects no pod",
        look=kubectl("-n kube-system get service kube-dns -o wide; ")
        + kubectl("-n kube-system get pods --show-labels"),
        mend=causes.APPLY,
        masks=causes.DNS,
    ),
    "dns-service-changed": Cause(
        probe="DNS",
        title="the service of cluster DNS is gone or was changed",
        look=kubectl("-n kube-system get service kube-dns -o yaml"),
        mend=causes.APPLY,
        masks=causes.DNS,
    ),
    "kubelet-cluster-dns": Cause(
        probe="DNS",
        title="a kubelet gives its pods an address at which no DNS server answers",
        look=inside("grep -A 1 clusterDNS /etc/kubernetes/kubelet/config.yaml"),
        # A pod keeps the address that its sandbox was made with: the kubelet makes all of them anew.
        mend=inside("{put} && sudo crictl rmp --all --force"),
        masks=causes.DNS,
    ),
    "dns-blocked": Cause(
        probe="DNS",
        title="a network policy keeps pods away from cluster DNS",
        look=kubectl("get networkpolicies -A"),
        mend=kubectl("-n {namespace} delete networkpolicy {object}"),
        masks=causes.DNS,
    ),
    "dns-silent": Cause(
        probe="DNS",
        title="cluster DNS does not answer",
        look=_DNS_LOGS,
        mend=kubectl("-n kube-system rollout restart deployment/coredns"),
        masks=causes.WORKLOAD,
        symptom=True,
    ),
}

POLICY: Mapping[str, Cause] = {
    "guestbook-deny": Cause(
        probe="policy",
        title="a network policy denies everything in the guestbook's namespace",
        look=kubectl("-n guestbook describe networkpolicies"),
        mend=kubectl("-n {namespace} delete networkpolicy {object}"),
        masks=causes.WORKLOAD,
    ),
    "redis-too-strict": Cause(
        probe="policy",
        title="a network policy keeps the guestbook's own pods away from redis",
        look=kubectl("-n guestbook describe networkpolicies"),
        mend=kubectl("-n {namespace} delete networkpolicy {object}"),
        masks=causes.WORKLOAD,
    ),
    "policy-too-strict": Cause(
        probe="policy",
        title="a network policy denies a connection that the guestbook needs",
        look=kubectl("-n {namespace} describe networkpolicies"),
        mend=kubectl("-n {namespace} delete networkpolicy {object}"),
        masks=causes.WORKLOAD,
    ),
}

STORAGE: Mapping[str, Cause] = {
    "claim-unbound": Cause(
        probe="storage",
        title="a claim finds no volume",
        look=kubectl("-n {namespace} describe pvc {object}"),
        mend=kubectl("-n {namespace} delete pvc {object} --ignore-not-found; ")
        + "echo {anew} | "
        + kubectl("apply -f -"),
        masks=("pods-pending", *causes.WORKLOAD),
    ),
    "volume-folder-gone": Cause(
        probe="storage",
        title="the folder behind a local volume is gone from its node",
        look=inside("sudo ls -la /var/lib/kubelab/volumes"),
        mend=inside("sudo {restore}"),
        masks=causes.WORKLOAD,
    ),
}

RBAC: Mapping[str, Cause] = {
    "coredns-role-gone": Cause(
        probe="RBAC",
        title="CoreDNS may not read services and endpoints any more",
        look=kubectl("auth can-i list endpointslices --as system:serviceaccount:kube-system:coredns; ") + _DNS_LOGS,
        mend=causes.APPLY,
        masks=causes.DNS,
    ),
    "kubelet-api-admin-gone": Cause(
        probe="RBAC",
        title="the API server may not use the kubelets: logs and exec are refused",
        look=kubectl("describe clusterrolebinding kubelab:kubelet-clients"),
        mend=causes.APPLY,
        masks=("logs-refused",),
    ),
    "dashboard-role-gone": Cause(
        probe="RBAC",
        title="the dashboard may not read the cluster any more",
        look=kubectl("auth can-i list pods --as system:serviceaccount:dashboard:dashboard"),
        mend=causes.APPLY,
        masks=("pods-not-ready",),
    ),
    "role-changed": Cause(
        probe="RBAC",
        title="a role, binding or service account that the lab made is gone or was changed",
        look=kubectl("get clusterroles,clusterrolebindings"),
        mend=causes.APPLY,
        masks=causes.DNS,
    ),
    "logs-refused": Cause(
        probe="RBAC",
        title="a kubelet refuses the API server: no logs, no exec",
        look=journal("kubelet"),
        mend=inside("sudo systemctl restart kubelet"),
        symptom=True,
    ),
}

TABLE: Mapping[str, Cause] = {**DNS, **POLICY, **STORAGE, **RBAC}
