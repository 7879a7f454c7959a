"""The lab's ssh keys: one for the person, one for each box, and the files that make ssh use and believe them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from kubelab import model, paths

USER = "ssh/id_ed25519"


def ensure(kept: Mapping[str, bytes], machines: Sequence[model.Machine]) -> dict[str, bytes]:
    """Return every ssh key pair of the lab, relative path to content; kept ones are kept."""
    found: dict[str, bytes] = {}
    for path in (USER, *(host_key(machine) for machine in machines)):
        public = f"{path}.pub"
        if path in kept and public in kept:
            found |= {path: kept[path], public: kept[public]}
        else:
            found |= _pair(path)
    return found


def host_key(machine: model.Machine) -> str:
    """Return the relative path of a box's private host key."""
    return f"ssh/{machine.name}/ssh_host_ed25519_key"


def known_hosts(lab: model.Lab, keys: Mapping[str, bytes]) -> str:
    """Return the known_hosts file: every box under its address and its names."""
    lines = []
    for machine in lab.machines:
        names = dict.fromkeys([str(machine.address), machine.name, machine.vagrant_name])
        lines.append(f"{','.join(names)} {keys[host_key(machine) + '.pub'].decode().strip()}\n")
    return "".join(lines)


def ssh_config(lab: model.Lab, where: paths.LabPaths) -> str:
    """Return the ssh configuration: `ssh -F build/<lab>/ssh_config kube-master-01`."""
    # A socket's path may have about 100 characters: the checkout's own may have more.
    tag = hashlib.sha256(str(where.root).encode()).hexdigest()[:10]
    return "".join(_host(machine, where, tag) for machine in lab.machines)


def _host(machine: model.Machine, where: paths.LabPaths, tag: str) -> str:
    names = " ".join(dict.fromkeys([machine.name, machine.vagrant_name]))
    rows = {
        "HostName": machine.address,
        "User": "core",
        "IdentityFile": f'"{where.keys / USER}"',
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": f'"{where.known_hosts}"',
        "StrictHostKeyChecking": "yes",
        "PasswordAuthentication": "no",
        "ConnectTimeout": "5",
        "LogLevel": "ERROR",
        # Many small commands follow each other: one connection carries them.
        "ControlMaster": "auto",
        "ControlPath": f"/tmp/kubelab-%u-{tag}-%C",
        "ControlPersist": "20",
    }
    return "".join([f"Host {names}\n", *(f"  {key} {value}\n" for key, value in rows.items()), "\n"])


def _pair(path: str) -> dict[str, bytes]:
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return {path: private, f"{path}.pub": public + b"\n"}
