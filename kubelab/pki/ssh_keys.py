"""The lab's ssh keys: one for the person, one for each box, and the files that make ssh use and trust them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from kubelab import model, paths

USER = "ssh/id_ed25519"
SOCKET = 108 - 1 - 17
"""The most bytes of a socket's path: the kernel's limit less a zero and what ssh appends while it makes one."""


def ensure(kept: Mapping[str, bytes], machines: Sequence[model.Machine]) -> dict[str, bytes]:
    """Return every ssh key pair of the lab, relative path to content; undamaged ones are kept."""
    found: dict[str, bytes] = {}
    for path in (USER, *(host_key(machine) for machine in machines)):
        key = _kept(kept.get(path, b""))
        content = kept[path] if key else b""
        if key is None:
            key = ed25519.Ed25519PrivateKey.generate()
            content = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
        found |= {path: content, f"{path}.pub": _public(key)}
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
    return "".join(_host(machine, where) for machine in lab.machines)


def _host(machine: model.Machine, where: paths.LabPaths) -> str:
    names = " ".join(dict.fromkeys([machine.name, machine.vagrant_name]))
    rows = {
        "HostName": str(machine.address),
        "User": "core",
        "Port": "22",
        "IdentityFile": _quoted(where.keys / USER),
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": _quoted(where.known_hosts),
        "StrictHostKeyChecking": "yes",
        "PasswordAuthentication": "no",
        "ConnectTimeout": "5",
        "LogLevel": "ERROR",
        **_shared_connection(machine, where),
    }
    return "".join([f"Host {names}\n", *(f"  {key} {value}\n" for key, value in rows.items()), "\n"])


def _shared_connection(machine: model.Machine, where: paths.LabPaths) -> dict[str, str]:
    """Return the options that share one connection; nothing in a checkout whose path is too long.

    The socket is in the lab's folder, which is private and deleted with the lab: a new box of the same address never
    finds the old one's connection.
    """
    socket = where.root / f"ssh-{int(machine.address):08x}"
    if len(str(socket).encode()) > SOCKET:
        return {}
    return {"ControlMaster": "auto", "ControlPath": _quoted(socket), "ControlPersist": "20"}


def _quoted(path: Path) -> str:
    """Return a path quoted for ssh's configuration."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text}"'


def whole(content: bytes) -> bool:
    """Return whether a private key of a lab can be used."""
    return _kept(content) is not None


def _kept(content: bytes) -> ed25519.Ed25519PrivateKey | None:
    """Return a kept private key; None if it is missing or damaged."""
    try:
        key = serialization.load_ssh_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ed25519.Ed25519PrivateKey) else None


def _public(key: ed25519.Ed25519PrivateKey) -> bytes:
    form = serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, form) + b"\n"
