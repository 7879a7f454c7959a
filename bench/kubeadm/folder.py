"""Writes the folder that each box of the peer mounts: files, links into the cache, images, kubeadm's configuration."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import jinja2

from bench.kubeadm import etcd
from kubelab import model, paths
from kubelab.components import cache_layout, image_store, software_catalogue
from kubelab.providers import docker
from kubelab.render import templates

FILES = Path(__file__).parent / "files"
BOX = "/opt/kubelab/box"
PODS = "10.244.0.0/16"
SERVICES = "10.96.0.0/16"
TOKEN = "kubela.bbenchpeer000000"  # noqa: S105 (of a cluster that lives for a minute on this computer)
# kubeadm's etcd is a pod; the policy engine and the lab's own programs stay out.
PROGRAMS = (
    *("kubelet", "kubectl", "containerd", "containerd-shim-runc-v2", "ctr", "crictl"),
    *("host-local", "bridge", "loopback", "bandwidth", "portmap", "flannel"),
)
USE_STORE = ("lib.sh", "steps/use-image-store.sh")
"""The lab's own step, and what it reads."""
FIRST = ("pause",)
NODE = ("kube-proxy", "coredns", "agnhost")  # flannel's pod uses the first and the last
LATER = {
    model.Kind.CONTROL_PLANE: ("kube-apiserver", "kube-controller-manager", "kube-scheduler", *NODE),
    model.Kind.WORKER: NODE,
}
IMAGES = tuple(dict.fromkeys((*FIRST, *LATER[model.Kind.CONTROL_PLANE], *LATER[model.Kind.WORKER])))
FAMILIES = tuple(dict.fromkeys(software_catalogue.BINARIES[name].name for name in (*PROGRAMS, "flanneld", "etcd")))


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The wanted peer: its machines, the place of its files, and the parts of this computer that boxes see."""

    name: str
    where: Path
    versions: model.VersionSet
    network: IPv4Network
    facts: model.HostFacts
    best_case: bool
    """Whether boxes start kubeadm at boot, and flannel's CNI file comes only once flannel works."""

    @property
    def machines(self) -> tuple[model.Machine, ...]:
        """Return one control plane, with the memory of the lab's etcd beside its own, and two workers."""
        kinds = {
            "control-plane": model.Kind.CONTROL_PLANE,
            "worker-1": model.Kind.WORKER,
            "worker-2": model.Kind.WORKER,
        }
        return tuple(self._machine(name, kind, 11 + index) for index, (name, kind) in enumerate(kinds.items()))

    def _machine(self, name: str, kind: model.Kind, octet: int) -> model.Machine:
        size = model.KINDS[kind]
        memory = size.memory + (model.KINDS[model.Kind.ETCD].memory if kind is model.Kind.CONTROL_PLANE else 0)
        address = IPv4Address(int(self.network.network_address) + octet)
        return model.Machine(lab=self.name, kind=kind, name=name, address=address, memory=memory, cpus=size.cpus)

    @property
    def control_plane(self) -> model.Machine:
        """Return the machine that `kubeadm init` runs on."""
        return self.machines[0]

    @property
    def endpoint(self) -> str:
        """Return the API server's URL."""
        return f"https://{self.control_plane.address}:{model.API_PORT}"


def write(peer: Peer, public_key: Path) -> None:
    """Write every box's folder under the peer's place."""
    for machine in peer.machines:
        folder = peer.where / "boxes" / machine.name
        folder.mkdir(parents=True)
        _ssh(folder / "ssh", public_key)
        for path, content in _files(peer, machine).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            file.chmod(0o755 if file.suffix == ".sh" else 0o644)
        if machine.kind is model.Kind.CONTROL_PLANE:
            etcd.write(peer.versions, folder / "etcd.tar")


def stores(versions: model.VersionSet) -> dict[model.Kind, image_store.Store]:
    """Return the prepared image store of each kind of box, as the lab's boxes have one."""
    return {
        kind: image_store.named(versions, f"kubeadm-{kind.value}", (*FIRST, *names)) for kind, names in LATER.items()
    }


def volumes(machine: model.Machine) -> list[str]:
    """Return the options for its named volumes: overlayfs holds neither containers nor a database."""
    points = {name: point for name, point in machine.data.items() if not name.endswith(("volumes", "pod-logs"))}
    if machine.kind is model.Kind.CONTROL_PLANE:
        points[f"{machine.container}-etcd"] = "/var/lib/etcd"
    label = f"volume-label={docker.LAB}={machine.lab}"
    mounts = [f"type=volume,src={name},dst={point},{label}" for name, point in points.items()]
    return [word for mount in mounts for word in ("--mount", mount)]


def _ssh(folder: Path, public_key: Path) -> None:
    folder.mkdir()
    shutil.copy(public_key, folder / "authorized_keys")
    make_key(folder / "ssh_host_ed25519_key")


def make_key(path: Path) -> None:
    """Make an ssh key pair without a passphrase."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)


def _files(peer: Peer, machine: model.Machine) -> dict[str, str]:
    values = _values(peer, machine)
    first = machine.kind is model.Kind.CONTROL_PLANE
    resolvers = "".join(f"nameserver {address}\n" for address in peer.facts.resolvers or (str(peer.network[1]),))
    units = "root/etc/systemd/system"
    files = {
        "provision.sh": _own("provision.sh", values),
        "kubeadm.sh": _own("init.sh" if first else "join.sh", values),
        "address": f"{machine.address}",
        "endpoint": peer.endpoint,
        "store": f"{cache_layout.BOX_STORES}/{stores(peer.versions)[machine.kind].name}",
        **{name: (paths.PROVISION / name).read_text(encoding="utf-8") for name in USE_STORE},
        "links.tsv": _links(peer.versions),
        "images.txt": "".join(f"{path}\n" for path in _archives(peer.versions, machine)),
        "root/etc/kubernetes/resolv.conf": resolvers,
        "root/etc/containerd/config.toml": templates.text("node/containerd-config.toml", values),
        "root/etc/crictl.yaml": templates.text("node/crictl.yaml", values),
        f"{units}/containerd.service": templates.text("node/containerd.service", values),
        f"{units}/kubelet.service": _own("kubelet.service", values),
        f"{units}/kubelet.service.d/10-kubeadm.conf": _own("10-kubeadm.conf", values),
    }
    names = ("init.yaml", "flannel.yaml", "application.yaml") if first else ("join.yaml",)
    files |= {name: _own(f"{name}.j2", values) for name in names}
    return {**files, "start-at-boot": ""} if peer.best_case else files


def _values(peer: Peer, machine: model.Machine) -> dict[str, object]:
    found = cache_layout.software(peer.versions)
    return {
        "machine": machine,
        "control_plane": peer.control_plane,
        "versions": peer.versions,
        "pods": PODS,
        "services": SERVICES,
        "token": TOKEN,
        "best_case": peer.best_case,
        "images": {name: image.reference for name, image in found.images.items()},
        "programs": found.binaries,
        "etcd_image": etcd.reference(peer.versions),
        "pause_image": found.images["pause"].reference,
        "cgroup_driver": "systemd" if peer.facts.cgroup_v2 else "cgroupfs",
        "systemd_cgroup": str(peer.facts.cgroup_v2).lower(),
    }


def _links(versions: model.VersionSet) -> str:
    """Return source and target of every program, as the lab's own boxes have them."""
    targets = {
        binary.name: binary.target for family in software_catalogue.FAMILIES.values() for binary in family.binaries
    }
    found: Mapping[str, str] = cache_layout.software(versions).binaries
    rows = {found[name]: targets[name] for name in PROGRAMS}
    own = cache_layout.tool_entry("kubeadm").root.name
    rows[f"{cache_layout.BOX_COMPONENTS}/{own}/kubeadm"] = f"{software_catalogue.BIN}/kubeadm"
    return "".join(f"{source}\t{target}\n" for source, target in rows.items())


def _archives(versions: model.VersionSet, machine: model.Machine) -> list[str]:
    """Return the archives that a box imports; first those that kubeadm waits for."""
    images = cache_layout.software(versions).images
    own = [f"{BOX}/etcd.tar"] if machine.kind is model.Kind.CONTROL_PLANE else []
    names = (*FIRST, *LATER[machine.kind])
    return [images[FIRST[0]].archive, *own, *(images[name].archive for name in names[1:])]


def _own(name: str, values: dict[str, object]) -> str:
    """Return a file of this folder, filled if it has holes."""
    text = (FILES / name).read_text(encoding="utf-8")
    if not name.endswith(".j2"):
        return text
    return _ENVIRONMENT.from_string(text).render(values)


_ENVIRONMENT = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 (YAML, no HTML)
)
