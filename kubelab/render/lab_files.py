"""The straight line from a lab to all of its files, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import artifact, model, paths
from kubelab.pki import ssh_keys
from kubelab.providers import libvirt
from kubelab.render import box_files, files_tsv, ignition, kubeconfig, templates

BOOT_TIMEOUT = {False: 120, True: 1200}
"""Seconds for Vagrant to get into a box, and into an emulated one."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """How boxes run on this computer: the image, the flags, the cache that they mount.

    The files of virtual machines are named by their paths in the cache.
    """

    image: str
    run_arguments: tuple[str, ...]
    cache: Path
    box_file: str = ""
    """The image as Vagrant takes it."""
    software_disk: str = ""


def lab(
    inputs: box_files.Inputs, keys: Mapping[str, bytes], box: Box, where: paths.LabPaths
) -> dict[str, artifact.HostFile]:
    """Return every file of `build/<lab>/` but the keys: relative path to content and mode."""
    folders = {machine.name: _folder(inputs, machine, keys) for machine in inputs.lab.machines}
    files = {
        "Vagrantfile": _text("lab/Vagrantfile", {**_vagrant(inputs, box), **_stock(inputs.lab, folders)}),
        "kubeconfig": artifact.HostFile(content=_admin(inputs).encode(), mode=0o600),
        "ssh_config": artifact.HostFile(content=ssh_keys.ssh_config(inputs.lab, where).encode()),
        "known_hosts": artifact.HostFile(content=ssh_keys.known_hosts(inputs.lab, keys).encode()),
    }
    for name, folder in folders.items():
        files |= {f"boxes/{name}/{path}": file for path, file in folder.items()}
    return files


def shape(machine: model.Machine, box: Box) -> str:
    """Return a digest of what is fixed in an existing box: another digest means a new container."""
    root = paths.ROOT
    parts = [
        machine.address,
        machine.memory,
        machine.cpus,
        machine.data,
        box.image,
        box.run_arguments,
        box.cache,
        root,
    ]
    parts += [box.software_disk] if box.software_disk else []
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _folder(
    inputs: box_files.Inputs, machine: model.Machine, keys: Mapping[str, bytes]
) -> dict[str, artifact.HostFile]:
    """Return the folder that one box applies."""
    inputs = inputs.of(machine)
    received = box_files.receive(inputs, machine)
    calls = box_files.steps(inputs, machine)
    provision = templates.text("lab/provision.sh", {"lab": inputs.lab, "machine": machine, "calls": calls})
    files = {
        "provision.sh": artifact.HostFile(content=provision.encode(), mode=0o755),
        files_tsv.NAME: artifact.HostFile(content=files_tsv.text(map(files_tsv.of, received)).encode()),
        "ssh/authorized_keys": artifact.HostFile(content=keys["ssh/id_ed25519.pub"]),
    }
    for name in ("ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"):
        mode = 0o644 if name.endswith(".pub") else 0o600
        files[f"ssh/{name}"] = artifact.HostFile(content=keys[f"ssh/{machine.name}/{name}"], mode=mode)
    for item in received:
        if isinstance(item, artifact.Artifact):
            files[f"files{item.path}"] = artifact.HostFile(content=item.content, mode=item.mode)
    for script in (
        "lib.sh",
        "from-disk.sh",
        *(f"steps/{step.name}" for step in (paths.PROVISION / "steps").iterdir()),
    ):
        mode = 0o644 if script == "lib.sh" else 0o755
        files[script] = artifact.HostFile(content=(paths.PROVISION / script).read_bytes(), mode=mode)
    return files


def _text(template: str, values: dict[str, object]) -> artifact.HostFile:
    return artifact.HostFile(content=templates.text(template, values).encode())


def _admin(inputs: box_files.Inputs) -> str:
    return kubeconfig.text(
        server=inputs.lab.api_endpoint,
        ca=inputs.bundle.file("kubernetes/ca.crt"),
        pair=inputs.bundle.pair("kubernetes/admin"),
        cluster=inputs.lab.context,
        user=inputs.lab.context,
        context=inputs.lab.context,
    )


def _vagrant(inputs: box_files.Inputs, box: Box) -> dict[str, object]:
    return {
        "lab": inputs.lab,
        "cache": str(box.cache),
        "root": str(paths.ROOT),
        "image": box.image,
        "run_arguments": box.run_arguments,
        "shapes": {machine.name: shape(machine, box) for machine in inputs.lab.machines},
        "waits_for": {machine.name: _before(inputs.lab, machine) for machine in inputs.lab.machines},
        **_virtual(inputs.lab, box),
    }


def _virtual(lab: model.Lab, box: Box) -> dict[str, object]:
    """Return what the Vagrantfile says of virtual machines: the words by which libvirt's are found again."""
    facts = {"lab": lab.name, "root": paths.ROOT, "image": box.image}
    own = {m.name: {"box": m.name, "address": m.address, "shape": shape(m, box)} for m in lab.machines}
    first = lab.machines[0]
    return {
        "boot_timeout": BOOT_TIMEOUT[lab.emulated],
        "box_file": box.box_file,
        "software_disk": box.software_disk,
        "network": libvirt.network(lab.name),
        "prefix": first.container.removesuffix(first.vagrant_name),
        "descriptions": {name: libvirt.description({**facts, **values}) for name, values in own.items()},
        "disks": {machine.name: libvirt.disk(machine) for machine in lab.machines},
    }


def _stock(lab: model.Lab, folders: Mapping[str, ignition.Folder]) -> dict[str, object]:
    """Return what the Vagrantfile passes to the machines of a stock box: each one's bootstrap."""
    if not lab.stock:
        return {}
    found = {machine.name: ignition.bootstrap(lab, machine, folders[machine.name]) for machine in lab.machines}
    return {
        "property": ignition.PROPERTY,
        "bootstraps": {name: document.decode() for name, document in found.items()},
        "fw_cfgs": {name: ignition.fw_cfg(lab.stock.system, document) for name, document in found.items()},
    }


def _before(lab: model.Lab, machine: model.Machine) -> tuple[str, ...]:
    """Return the Vagrant names of the machines that a new one needs first: a worker the control plane, that etcd."""
    needed = {model.Kind.ETCD: (), model.Kind.CONTROL_PLANE: lab.etcd, model.Kind.WORKER: lab.control_plane}
    return tuple(other.vagrant_name for other in needed[machine.kind])
