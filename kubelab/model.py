"""The facts of a lab: frozen values, and every derived value a property.

Addresses, names, SANs and endpoints are computed here and read back from nowhere.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from kubelab import paths

API_PORT = 6443
API_OCTET = 100
"""The last octet of the API's virtual address, unless the lab file names another address."""
BALANCED = 15
"""How many addresses, the last ones of the machines' network, services of type LoadBalancer may have."""
EMULATION = 10.0
"""How many times longer an emulated machine may take: a compiled program takes 5 to 15 times as long there, a shell
script 25 times, and machines share the processors of one computer."""


class Kind(enum.StrEnum):
    """The kinds of machines."""

    ETCD = "etcd"
    CONTROL_PLANE = "control-plane"
    WORKER = "worker"


class Provider(enum.StrEnum):
    """The programs that run machines, by Vagrant's names."""

    DOCKER = "docker"
    VIRTUALBOX = "virtualbox"
    LIBVIRT = "libvirt"


class Driver(enum.StrEnum):
    """How libvirt runs a virtual machine: on the processor itself, or by emulating one."""

    KVM = "kvm"
    QEMU = "qemu"


class System(enum.StrEnum):
    """The systems that configure themselves by Ignition."""

    FLATCAR = "flatcar"
    COREOS = "coreos"


class Addon(enum.StrEnum):
    """The parts that the control plane deploys into the cluster."""

    DNS = "dns"
    STORAGE = "storage"
    DASHBOARD = "dashboard"
    GUESTBOOK = "guestbook"
    METRICS = "metrics"
    LOADBALANCER = "loadbalancer"
    GATEWAY = "gateway"


USUAL_ADDONS = (Addon.DNS, Addon.STORAGE, Addon.DASHBOARD, Addon.GUESTBOOK)
"""The add-ons of a lab file that names none."""


class Dashboard(enum.StrEnum):
    """The web UI of the add-on dashboard."""

    WEB_VIEW = "web-view"
    HEADLAMP = "headlamp"


class Tool(enum.StrEnum):
    """The programs for people on this computer, beside kubectl."""

    HELM = "helm"
    KUSTOMIZE = "kustomize"
    K9S = "k9s"


Extra = Addon | Tool
"""What a lab file names, and other labs neither build nor have."""


@dataclass(frozen=True, kw_only=True)
class KindRow:
    """The defaults of a kind: names, first octet and size of the original lab."""

    name: str
    octet: int
    count: int
    memory: int
    cpus: int


KINDS: dict[Kind, KindRow] = {
    Kind.ETCD: KindRow(name="etcd", octet=101, count=1, memory=1024, cpus=1),
    Kind.CONTROL_PLANE: KindRow(name="kube-master", octet=111, count=1, memory=2048, cpus=2),
    Kind.WORKER: KindRow(name="kube-worker", octet=121, count=2, memory=2048, cpus=2),
}


@dataclass(frozen=True, kw_only=True)
class VersionSet:
    """A named set of component versions: a file under labs/versions/."""

    name: str
    components: Mapping[str, str]

    @property
    def kubernetes(self) -> str:
        """Return the Kubernetes version without the leading v."""
        return self.components["kubernetes"]


@dataclass(frozen=True, kw_only=True)
class Network:
    """The lab's address ranges."""

    machines: IPv4Network
    pods: IPv4Network
    services: IPv4Network
    domain: str

    @property
    def gateway(self) -> IPv4Address:
        """Return the host's address on the machines' network."""
        return self.machines[1]

    @property
    def balanced(self) -> tuple[IPv4Address, ...]:
        """Return the addresses of services of type LoadBalancer, in a lab that has the add-on for them."""
        return tuple(self.machines[number] for number in range(-1 - BALANCED, -1))

    @property
    def api_service(self) -> IPv4Address:
        """Return the address of the `kubernetes` service: the first of the range, as the API server takes it."""
        return self.services[1]

    @property
    def dns_service(self) -> IPv4Address:
        """Return the address of cluster DNS: the tenth of the range, by custom."""
        return self.services[10]


def vagrant_name(lab: str, machine: str) -> str:
    """Return a machine's name for `vagrant ssh`: the bare name in the default lab only.

    All labs share Vagrant's one state folder, so elsewhere the lab's name is in front.
    """
    return machine if lab == "default" else f"{lab}-{machine}"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One box of a lab. Memory in MiB; `virtual` is the API's address that one of several control planes holds."""

    lab: str
    kind: Kind
    name: str
    address: IPv4Address
    memory: int
    cpus: int
    virtual: IPv4Address | None = None

    @property
    def is_node(self) -> bool:
        """Return whether it runs a kubelet."""
        return self.kind is not Kind.ETCD

    @property
    def vagrant_name(self) -> str:
        """Return the name for `vagrant ssh`."""
        return vagrant_name(self.lab, self.name)

    @property
    def container(self) -> str:
        """Return the name of its container on the docker provider."""
        return f"kubelab-{self.lab}-{self.name}"

    @property
    def cpu_shares(self) -> int:
        """Return its CPU weight when all boxes want it at once: the other boxes start only after the control plane."""
        return 512 if self.kind is Kind.WORKER else 2048

    @property
    def data(self) -> dict[str, str]:
        """Return volume name to mount point: paths that overlayfs cannot hold or that a new container must keep."""
        points = {"etcd": "/var/lib/etcd"}
        if self.is_node:
            points = {
                "containerd": "/var/lib/containerd",
                "kubelet": "/var/lib/kubelet",
                "volumes": "/var/lib/kubelab/volumes",
                "pod-logs": "/var/log/pods",
            }
        return {f"{self.container}-{suffix}": point for suffix, point in points.items()}


@dataclass(frozen=True, kw_only=True)
class StockBox:
    """A box of Vagrant that others made, whose system reads an Ignition document at its first start."""

    system: System
    name: str
    url: str = ""
    """Where Vagrant gets it; without one Vagrant takes a box that it has, or looks for the name."""


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A whole lab: everything else follows from it."""

    name: str
    provider: Provider
    versions: VersionSet
    network: Network
    machines: tuple[Machine, ...]
    addons: tuple[Addon, ...]
    tools: tuple[Tool, ...] = ()
    dashboard: Dashboard = Dashboard.WEB_VIEW
    driver: Driver = Driver.KVM
    """Only virtual machines of libvirt have one."""
    stock: StockBox | None = None
    """What its virtual machines are made of instead of kubelab's own box."""

    @property
    def extras(self) -> tuple[Extra, ...]:
        """Return its add-ons and tools."""
        return (*self.addons, *self.tools)

    @property
    def emulated(self) -> bool:
        """Return whether its machines run on an emulated processor."""
        return self.provider is Provider.LIBVIRT and self.driver is Driver.QEMU

    @property
    def slowness(self) -> float:
        """Return how many times longer than a container its machines may take for anything."""
        return EMULATION if self.emulated else 1.0

    def of_kind(self, kind: Kind) -> tuple[Machine, ...]:
        """Return the machines of one kind, in order."""
        return tuple(machine for machine in self.machines if machine.kind is kind)

    @property
    def etcd(self) -> tuple[Machine, ...]:
        """Return the etcd machines."""
        return self.of_kind(Kind.ETCD)

    @property
    def control_plane(self) -> tuple[Machine, ...]:
        """Return the control plane machines."""
        return self.of_kind(Kind.CONTROL_PLANE)

    @property
    def workers(self) -> tuple[Machine, ...]:
        """Return the workers."""
        return self.of_kind(Kind.WORKER)

    @property
    def nodes(self) -> tuple[Machine, ...]:
        """Return the machines that run a kubelet."""
        return tuple(machine for machine in self.machines if machine.is_node)

    @property
    def etcd_endpoints(self) -> tuple[str, ...]:
        """Return the client URL of every etcd member."""
        return tuple(f"https://{machine.address}:2379" for machine in self.etcd)

    @property
    def etcd_peers(self) -> dict[str, str]:
        """Return the URL at which the other members reach each etcd member, by its name."""
        return {machine.name: f"https://{machine.address}:2380" for machine in self.etcd}

    @property
    def virtual(self) -> IPv4Address | None:
        """Return the API's virtual address; a lab with one control plane has none."""
        return self.control_plane[0].virtual

    @property
    def api_endpoint(self) -> str:
        """Return the URL of the API server for nodes and people."""
        return f"https://{self.virtual or self.control_plane[0].address}:{API_PORT}"

    @property
    def entrance(self) -> IPv4Address:
        """Return the address at which the gateway answers: the last one for services, or else the first worker's."""
        return self.network.balanced[-1] if Addon.LOADBALANCER in self.addons else self.workers[0].address

    @property
    def context(self) -> str:
        """Return the name of the lab's kubeconfig context, cluster and user."""
        return paths.context(self.name)

    @property
    def api_sans(self) -> tuple[str, ...]:
        """Return every name and address under which the API server is reached, addresses as text."""
        domain = self.network.domain
        names = [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            f"kubernetes.default.svc.{domain}",
        ]
        names += [machine.name for machine in self.control_plane]
        names += ["localhost", "127.0.0.1", str(self.network.api_service)]
        names += [str(machine.address) for machine in self.control_plane]
        return (*names, *([str(self.virtual)] if self.virtual else []))


@dataclass(frozen=True, kw_only=True)
class HostFacts:
    """The facts of the computer that runs the boxes, for rendering (docker provider only)."""

    memory: int
    """The memory, in MiB, that a box's kubelet sees as its own."""
    cpus: int
    cgroup_v2: bool
    resolvers: tuple[str, ...]
    """Name servers that a pod can reach: no loopback address among them."""


@dataclass(frozen=True, kw_only=True)
class PodImage:
    """A pod image in the cache: its reference, and its archive's path as a box sees it."""

    reference: str
    archive: str


@dataclass(frozen=True, kw_only=True)
class SoftwarePaths:
    """Where a box finds software: binary name to path on the box, image name to archive, kind to image store."""

    binaries: Mapping[str, str]
    images: Mapping[str, PodImage]
    stores: Mapping[Kind, str]
