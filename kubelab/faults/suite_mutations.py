"""Mutations: the smallest changes for checks of `lab.test` that no fault of the catalogue reddens.

They are injected and cleared as faults are, with their originals kept, but are no faults for a student: most of them
have no visible effect. Their scripts are under provision/mutations/<name>/.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from kubelab import model
from kubelab.faults import fault, node_faults
from kubelab.faults.fault import Topic
from kubelab.render import files_tsv

_worker = functools.partial(fault.Fault, on=model.Kind.WORKER, topic=Topic.MACHINES, detector=(), home="mutations")
_control = functools.partial(_worker, on=model.Kind.CONTROL_PLANE)
_etcd = functools.partial(_worker, on=model.Kind.ETCD)
API = f"{node_faults.KUBERNETES}/kube-apiserver"
GUESTBOOK = (model.Addon.GUESTBOOK,)

ROWS = (
    _worker(name="node-reserves-memory", title="A worker keeps memory for itself", files=(node_faults.CONFIG,)),
    _worker(
        name="kubelet-first-interface", title="A worker's kubelet takes the first interface's address",
        files=("/etc/systemd/system/kubelet.service",),
    ),
    _worker(name="key-for-everybody", title="A private key is readable by everybody in its box"),
    _worker(name="foreign-manifest", title="A static pod of somebody else's runs on a worker"),
    _worker(name="unit-that-failed", title="A unit of somebody else's has failed"),
    _worker(name="stranger-listens", title="Somebody listens on every address of a worker"),
    _worker(name="usr-writable", title="/usr can be changed from within a box"),
    _worker(name="python-in-a-box", title="A box has an interpreter"),
    _worker(name="root-may-enter", title="The ssh server lets root in", files=("/etc/ssh/sshd_config",)),
    _worker(name="no-forwarding", title="A worker's kernel forwards nothing"),
    _worker(
        name="record-forged", title="A worker's record says more than was applied",
        files=(files_tsv.RECORD,),
    ),
    _worker(
        name="step-left-out", title="A step of a worker has not ended", files=("/var/lib/kubelab/timeline.tsv",)
    ),
    _worker(name="kubelet-open", title="A worker's kubelet lets everybody do everything", files=(node_faults.CONFIG,)),
    _worker(name="kubelet-read-only-port", title="A worker's kubelet answers without TLS", files=(node_faults.CONFIG,)),
    _worker(
        name="pods-unlimited", title="A worker's pods may have any number of processes", files=(node_faults.CONFIG,)
    ),
    _worker(name="argument-tells", title="A process has a private key among its words"),
    _worker(name="pods-folder-open", title="Everybody in a worker may enter the folders of its pods"),
    _etcd(
        name="program-replaced", title="Names under /opt/bin lead to other programs",
        files=("/opt/bin/etcd", "/opt/bin/etcdutl"),
    ),
    _etcd(name="etcd-open", title="etcd talks to clients without a certificate", files=(node_faults.ETCD_CONFIG,)),
    _etcd(
        name="etcd-plain", title="Somebody speaks HTTP in etcd's place",
        files=node_faults.enabled("etcd", "flannel-config", "calico-config"),
    ),
    _control(name="authority-in-a-box", title="The cluster's signing key lies in a second place"),
    _control(
        name="secrets-plain", title="The API server writes secrets as they are", files=(f"{API}/encryption.yaml",)
    ),
    _control(
        name="anonymous-may-ask", title="The anonymous may ask what everybody may",
        files=(f"{API}/authentication.yaml",),
    ),
    _control(name="audit-readable", title="Everybody in the control plane reads the audit log"),
    _control(name="nodes-unrestricted", title="A node may change another one", files=(node_faults.API,)),
    _control(name="pod-astray", title="A pod of an unknown image has an address of no range"),
    _control(
        name="class-not-default", title="No storage class is the default", objects=("storageclass/local",),
        needs=(model.Addon.STORAGE,),
    ),
    _control(
        name="volumes-unmade", title="Nobody makes volumes",
        objects=("deployment/local-path-provisioner/local-path-storage",), needs=(model.Addon.STORAGE,),
    ),
    _control(
        name="dashboard-open", title="Every pod reaches the dashboard", objects=("networkpolicy/dashboard/dashboard",),
        needs=(model.Addon.DASHBOARD,),
    ),
    _control(
        name="dashboard-reads-all", title="The dashboard's account reads every config map",
        objects=("clusterrole/dashboard-reader",), needs=(model.Addon.DASHBOARD,),
    ),
    _control(
        name="follower-alone", title="Redis has one follower", objects=("deployment/redis-follower/guestbook",),
        needs=GUESTBOOK,
    ),
    _control(
        name="dns-invents", title="Cluster DNS answers for a name that nobody has",
        objects=("configmap/coredns/kube-system",), renews=fault.DNS_PODS, needs=(model.Addon.DNS,),
    ),
    _control(name="nodes-read-secrets", title="Every node may read every secret"),
    _control(
        name="namespace-privileged", title="A namespace lets in privileged pods", objects=("namespace/guestbook",),
        needs=GUESTBOOK,
    ),
)  # fmt: skip
MUTATIONS: Mapping[str, fault.Fault] = {row.name: row for row in ROWS}
