"""Mutations: the smallest changes for checks of `lab.test` that no fault of the catalogue reddens.

They are injected and cleared like faults, and the originals are kept. They are no exercise for a student: most have no
visible effect. Their scripts are under provision/mutations/<name>/.
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
    _worker(name="node-reserves-memory", title="A worker reserves memory for the system", files=(node_faults.CONFIG,)),
    _worker(
        name="kubelet-first-interface", title="A worker's kubelet takes the first interface's address",
        files=("/etc/systemd/system/kubelet.service",),
    ),
    _worker(name="key-for-everybody", title="Every user of a box can read a private key"),
    _worker(name="foreign-manifest", title="A worker runs a foreign static pod"),
    _worker(name="unit-that-failed", title="A foreign unit has failed"),
    _worker(name="stranger-listens", title="A foreign program listens on every address of a worker"),
    _worker(name="usr-writable", title="/usr is writable in a box"),
    _worker(name="python-in-a-box", title="A box has a Python interpreter"),
    _worker(name="root-may-enter", title="The ssh server lets root log in", files=("/etc/ssh/sshd_config",)),
    _worker(name="no-forwarding", title="A worker's kernel does not forward packets"),
    _worker(
        name="record-forged", title="A worker's record has a row too many",
        files=(files_tsv.RECORD,),
    ),
    _worker(
        name="step-left-out", title="A worker's timeline lacks the last step", files=("/var/lib/kubelab/timeline.tsv",)
    ),
    _worker(name="kubelet-open", title="A worker's kubelet allows every request", files=(node_faults.CONFIG,)),
    _worker(name="kubelet-read-only-port", title="A worker's kubelet answers without TLS", files=(node_faults.CONFIG,)),
    _worker(
        name="pods-unlimited", title="A worker's pods have no process limit", files=(node_faults.CONFIG,)
    ),
    _worker(name="argument-tells", title="A process has part of a private key in its arguments"),
    _worker(name="pods-folder-open", title="Every user of a worker can enter the pods' folders"),
    _etcd(
        name="program-replaced", title="Links under /opt/bin lead to wrong programs",
        files=("/opt/bin/etcd", "/opt/bin/etcdutl"),
    ),
    _etcd(name="etcd-open", title="etcd accepts clients without a certificate", files=(node_faults.ETCD_CONFIG,)),
    _etcd(
        name="etcd-plain", title="A foreign program serves HTTP on etcd's port",
        files=node_faults.enabled("etcd", "flannel-config", "calico-config"),
    ),
    _control(name="authority-in-a-box", title="A box has a second copy of the cluster's signing key"),
    _control(
        name="secrets-plain", title="The API server stores secrets unencrypted", files=(f"{API}/encryption.yaml",)
    ),
    _control(
        name="anonymous-may-ask", title="The API server accepts anonymous requests on every path",
        files=(f"{API}/authentication.yaml",),
    ),
    _control(name="audit-readable", title="Every user of the control plane can read the audit log"),
    _control(name="nodes-unrestricted", title="A node may change another node", files=(node_faults.API,)),
    _control(name="pod-astray", title="A pod has an unknown image and a foreign address"),
    _control(
        name="class-not-default", title="No storage class is the default", objects=("storageclass/local",),
        needs=(model.Addon.STORAGE,),
    ),
    _control(
        name="volumes-unmade", title="The volume provisioner is scaled to zero replicas",
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
        name="dns-invents", title="Cluster DNS answers for a name that does not exist",
        objects=("configmap/coredns/kube-system",), renews=fault.DNS_PODS, needs=(model.Addon.DNS,),
    ),
    _control(name="nodes-read-secrets", title="Every node may read every secret"),
    _control(
        name="namespace-privileged", title="A namespace admits privileged pods", objects=("namespace/guestbook",),
        needs=GUESTBOOK,
    ),
)  # fmt: skip
MUTATIONS: Mapping[str, fault.Fault] = {row.name: row for row in ROWS}
