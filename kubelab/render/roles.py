"""The tables of what each kind of machine receives: files, credentials, identities, static pods and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kubelab import model

KUBERNETES = "/etc/kubernetes"
RESOLVERS = f"{KUBERNETES}/kubelet/resolv.conf"
"""The name servers that cluster DNS asks for names outside the cluster."""
UNITS = "/etc/systemd/system"
MANIFESTS = f"{KUBERNETES}/manifests"
INPUTS = "kubelab/inputs"
"""Annotation of a static pod: a digest of its manifest and of the files that it reads."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A template and the path of its text on the box."""

    template: str
    path: str
    mode: int = 0o644
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A file of the key bundle and its path on the box; `{name}` is the machine's name."""

    source: str
    path: str
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A client certificate of the bundle that becomes a kubeconfig; `{name}` is the machine's name."""

    pair: str
    path: str
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StaticPod:
    """A static pod: its template, its image, and the folder whose content restarts it."""

    name: str
    template: str
    image: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class Role:
    """One column of the tables: what machines with this role receive."""

    files: tuple[File, ...] = ()
    credentials: tuple[Credential, ...] = ()
    identities: tuple[Identity, ...] = ()
    static_pods: tuple[StaticPod, ...] = ()
    units: tuple[str, ...] = ()
    """Units to start, in this order; each is also enabled."""


def _pki(folder: str, source: str, name: str, restarts: tuple[str, ...] = ()) -> tuple[Credential, ...]:
    """Return certificate and key of one pair, named `name` on the box."""
    return tuple(
        Credential(source=f"{source}.{end}", path=f"{folder}/{name}.{end}", restarts=restarts) for end in ("crt", "key")
    )


_ETCD_UNIT = ("etcd.service",)
ETCD = Role(
    files=(
        File(template="etcd/etcd.service", path=f"{UNITS}/etcd.service", restarts=_ETCD_UNIT, mode=0o600),
        File(template="etcd/etcd.conf.yaml", path="/etc/etcd/etcd.conf.yaml", restarts=_ETCD_UNIT),
        File(template="etcd/etcdctl.env", path="/etc/etcd/etcdctl.env"),
        File(
            template="etcd/flannel-config.service",
            path=f"{UNITS}/flannel-config.service",
            restarts=("flannel-config.service",),
        ),
        File(
            template="etcd/network.json",
            path="/etc/flannel/network.json",
            restarts=("flannel-config.service",),
        ),
        # Without it, calico-kube-controllers writes its own, and shows its metrics to everybody.
        File(
            template="etcd/calico-config.service",
            path=f"{UNITS}/calico-config.service",
            restarts=("calico-config.service",),
        ),
        File(
            template="etcd/kube-controllers.json",
            path="/etc/calico/kube-controllers.json",
            restarts=("calico-config.service",),
        ),
    ),
    credentials=(
        Credential(source="etcd/ca.crt", path="/etc/etcd/pki/ca.crt", restarts=_ETCD_UNIT),
        *_pki("/etc/etcd/pki", "etcd/{name}/server", "server", _ETCD_UNIT),
        *_pki("/etc/etcd/pki", "etcd/{name}/peer", "peer", _ETCD_UNIT),
        *_pki("/etc/etcd/pki", "etcd/{name}/client", "client"),
    ),
    units=("etcd.service", "flannel-config.service", "calico-config.service"),
)

_FLANNEL = ("flanneld.service",)
_CONTAINERD = ("containerd.service",)
_KUBELET = ("kubelet.service",)
_CALICO = ("calico-node.service",)
NODE = Role(
    files=(
        File(template="node/flanneld.service", path=f"{UNITS}/flanneld.service", restarts=_FLANNEL),
        File(
            template="node/40-options.conf",
            path=f"{UNITS}/flanneld.service.d/40-options.conf",
            restarts=_FLANNEL,
        ),
        File(template="node/options.env", path="/etc/flannel/options.env", restarts=_FLANNEL),
        File(template="node/containerd.service", path=f"{UNITS}/containerd.service", restarts=_CONTAINERD),
        File(
            template="node/40-after-flanneld.conf",
            path=f"{UNITS}/containerd.service.d/40-after-flanneld.conf",
        ),
        File(template="node/containerd-config.toml", path="/etc/containerd/config.toml", restarts=_CONTAINERD),
        File(template="node/crictl.yaml", path="/etc/crictl.yaml"),
        File(template="node/kubelet.service", path=f"{UNITS}/kubelet.service", restarts=_KUBELET, mode=0o600),
        File(
            template="node/40-after-flanneld.conf",
            path=f"{UNITS}/kubelet.service.d/40-after-flanneld.conf",
        ),
        File(
            template="node/kubelet-config.yaml", path=f"{KUBERNETES}/kubelet/config.yaml", restarts=_KUBELET, mode=0o600
        ),
        File(template="node/resolv.conf", path=RESOLVERS, restarts=_KUBELET),
        File(template="node/calico-node.service", path=f"{UNITS}/calico-node.service", restarts=_CALICO),
        File(template="node/calico-node.env", path="/etc/calico/calico-node.env", restarts=_CALICO),
        File(template="node/10-flannel-calico.conflist", path="/etc/cni/net.d/10-flannel-calico.conflist", mode=0o600),
        File(template="node/kube-proxy-config.yaml", path=f"{KUBERNETES}/kube-proxy/config.yaml", mode=0o600),
    ),
    credentials=(
        Credential(source="etcd/ca.crt", path="/etc/flannel/pki/ca.crt", restarts=_FLANNEL),
        *_pki("/etc/flannel/pki", "nodes/{name}/flannel", "client", _FLANNEL),
        Credential(source="etcd/ca.crt", path="/etc/calico/pki/ca.crt", restarts=_CALICO),
        *_pki("/etc/calico/pki", "nodes/{name}/calico", "client", _CALICO),
        Credential(source="kubernetes/ca.crt", path=f"{KUBERNETES}/kubelet/ca.crt", restarts=_KUBELET),
        *_pki(f"{KUBERNETES}/kubelet", "nodes/{name}/kubelet-server", "server", _KUBELET),
    ),
    identities=(
        Identity(pair="nodes/{name}/kubelet-client", path=f"{KUBERNETES}/kubelet/kubeconfig", restarts=_KUBELET),
        Identity(pair="kubernetes/kube-proxy", path=f"{KUBERNETES}/kube-proxy/kubeconfig"),
        Identity(pair="kubernetes/calico-cni", path="/etc/cni/net.d/calico-cni.kubeconfig"),
    ),
    static_pods=(
        StaticPod(
            name="kube-proxy",
            template="node/kube-proxy.yaml",
            image="kube-proxy",
            folder=f"{KUBERNETES}/kube-proxy/",
        ),
    ),
    units=("containerd.service", "kubelet.service", "flanneld.service", "calico-node.service"),
)

_API = f"{KUBERNETES}/kube-apiserver"
_MANAGER = f"{KUBERNETES}/kube-controller-manager"
_SCHEDULER = f"{KUBERNETES}/kube-scheduler"
_POLICY = f"{KUBERNETES}/kube-controllers"
CONTROL_PLANE = Role(
    files=(
        File(template="control-plane/admission.yaml", path=f"{_API}/admission.yaml", mode=0o600),
        File(template="control-plane/authentication.yaml", path=f"{_API}/authentication.yaml"),
        File(template="control-plane/audit-policy.yaml", path=f"{_API}/audit-policy.yaml", mode=0o600),
        File(template="control-plane/encryption.yaml", path=f"{_API}/encryption.yaml", mode=0o600),
        File(
            template="control-plane/kubelab-addons.service",
            path=f"{UNITS}/kubelab-addons.service",
            restarts=("kubelab-addons.service",),
        ),
    ),
    credentials=(
        Credential(source="kubernetes/ca.crt", path=f"{_API}/pki/ca.crt"),
        *_pki(f"{_API}/pki", "kubernetes/apiserver", "apiserver"),
        *_pki(f"{_API}/pki", "kubernetes/apiserver-kubelet-client", "apiserver-kubelet-client"),
        Credential(source="etcd/ca.crt", path=f"{_API}/pki/etcd-ca.crt"),
        *_pki(f"{_API}/pki", "etcd/apiserver-etcd-client", "apiserver-etcd-client"),
        Credential(source="front-proxy/ca.crt", path=f"{_API}/pki/front-proxy-ca.crt"),
        *_pki(f"{_API}/pki", "front-proxy/front-proxy-client", "front-proxy-client"),
        Credential(source="service-account.key", path=f"{_API}/pki/service-account.key"),
        Credential(source="service-account.pub", path=f"{_API}/pki/service-account.pub"),
        # The controller-manager signs certificate requests: the one place that a CA's key leaves the host for.
        *_pki(_MANAGER, "kubernetes/ca", "ca"),
        *_pki(_MANAGER, "kubernetes/controller-manager-server", "server"),
        Credential(source="front-proxy/ca.crt", path=f"{_MANAGER}/front-proxy-ca.crt"),
        Credential(source="service-account.key", path=f"{_MANAGER}/service-account.key"),
        *_pki(_SCHEDULER, "kubernetes/scheduler-server", "server"),
        Credential(source="etcd/ca.crt", path=f"{_POLICY}/etcd-ca.crt"),
        *_pki(_POLICY, "etcd/kube-controllers", "etcd-client"),
    ),
    identities=(
        Identity(pair="kubernetes/controller-manager", path=f"{_MANAGER}/kubeconfig"),
        Identity(pair="kubernetes/scheduler", path=f"{_SCHEDULER}/kubeconfig"),
        Identity(pair="kubernetes/kube-controllers", path=f"{_POLICY}/kubeconfig"),
        Identity(pair="kubernetes/addons", path=f"{KUBERNETES}/addons/kubeconfig"),
    ),
    static_pods=(
        StaticPod(
            name="kube-apiserver",
            template="control-plane/kube-apiserver.yaml",
            image="kube-apiserver",
            folder=f"{_API}/",
        ),
        StaticPod(
            name="kube-controller-manager",
            template="control-plane/kube-controller-manager.yaml",
            image="kube-controller-manager",
            folder=f"{_MANAGER}/",
        ),
        StaticPod(
            name="kube-scheduler",
            template="control-plane/kube-scheduler.yaml",
            image="kube-scheduler",
            folder=f"{_SCHEDULER}/",
        ),
        StaticPod(
            name="calico-kube-controllers",
            template="control-plane/kube-controllers.yaml",
            image="kube-controllers",
            folder=f"{_POLICY}/",
        ),
    ),
    units=("kubelab-addons.service",),
)

_KEEPALIVED = f"{KUBERNETES}/keepalived"
VIRTUAL_ADDRESS = Role(
    files=(File(template="control-plane/keepalived.conf", path=f"{_KEEPALIVED}/keepalived.conf"),),
    credentials=(Credential(source="kubernetes/ca.crt", path=f"{_KEEPALIVED}/ca.crt"),),
    static_pods=(
        StaticPod(
            name="keepalived",
            template="control-plane/keepalived.yaml",
            image="keepalived",
            folder=f"{_KEEPALIVED}/",
        ),
    ),
)
"""What each of several control planes has beyond a single one's files."""

ROLES: Mapping[model.Kind, tuple[Role, ...]] = {
    model.Kind.ETCD: (ETCD,),
    model.Kind.CONTROL_PLANE: (NODE, CONTROL_PLANE),
    model.Kind.WORKER: (NODE,),
}


def of(machine: model.Machine) -> tuple[Role, ...]:
    """Return the roles of a machine: those of its kind, and keepalived's if it may hold the virtual address."""
    first, *rest = ROLES[machine.kind]
    return (first, *([VIRTUAL_ADDRESS] if machine.virtual else []), *rest)


def units(kind: model.Kind) -> tuple[str, ...]:
    """Return the systemd units of a kind of machine, in the order of their start."""
    return tuple(unit for role in ROLES[kind] for unit in role.units)


def static_pods(kind: model.Kind) -> tuple[StaticPod, ...]:
    """Return the static pods of every machine of a kind; the control plane's come first: others wait for them."""
    return tuple(pod for role in reversed(ROLES[kind]) for pod in role.static_pods)


def pods_of(machine: model.Machine) -> tuple[StaticPod, ...]:
    """Return the static pods of a machine, in the same order: keepalived's is after the API server's."""
    return tuple(pod for role in reversed(of(machine)) for pod in role.static_pods)
