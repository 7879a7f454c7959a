"""Saves the guestbook's entries when the worker with their volume is lost.

A lost worker comes back with empty volumes. Its Redis leader would start empty, and every follower would copy that. So
before such a worker is created, its volume gets the entries of a follower that still runs elsewhere.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path

from kubelab import checks, model, providers
from kubelab.clients import ssh
from kubelab.components import box_image
from kubelab.render import volumes

NAMESPACE = "/api/v1/namespaces/guestbook"
CLAIM = "redis-leader"
KEY = b"guestbook:entries"
ASK = """bash -c 'exec 3<>/dev/tcp/{address}/6379
printf "LLEN guestbook:entries\\r\\nDUMP guestbook:entries\\r\\nQUIT\\r\\n" >&3; cat <&3'"""
FILE = "appendonly.aof"
"""Redis reads a log of this name if it has no other."""


def save(view: checks.View, lost: Sequence[model.Machine]) -> str:
    """Fill the volume of the lost worker that held the guestbook's, and return in words what was saved.

    Raises `DoorError` or ValueError if nothing can be saved.
    """
    name = view.api.get(f"{NAMESPACE}/persistentvolumeclaims/{CLAIM}")["spec"].get("volumeName", "")
    volume = view.api.get(f"{volumes.COLLECTION}/{name}")
    for machine in lost:
        if volumes.node(volume) != machine.name or not volumes.folder(volume):
            continue
        follower, worker = _follower(view, machine)
        said = ssh.fetch(view.where, worker, ASK.format(address=follower), timeout=60)
        count, content = log_of(said)
        if count:
            _fill(view.lab, machine, volumes.folder(volume), content)
        return f"{count} taken from the follower on {worker.name} for {machine.name}"
    return "the guestbook's volume was not among them"


def _follower(view: checks.View, lost: model.Machine) -> tuple[IPv4Address, model.Machine]:
    """Return the address of a follower on a worker that is not lost, and that worker."""
    pods = view.api.items(f"{NAMESPACE}/pods", labelSelector="app=redis,role=follower")
    for pod in pods:
        node, address = pod["spec"].get("nodeName"), pod["status"].get("podIP")
        if node and address and node != lost.name:
            return IPv4Address(address), view.lab_machine(node)
    raise ValueError("no follower runs on another worker")


def log_of(said: bytes) -> tuple[int, bytes]:
    """Return the number of a Redis's entries, and the log that gives another Redis the same ones.

    `said` is the answer to LLEN and DUMP: `:N`, then `$LENGTH` and so many bytes, or `$-1` for nothing.
    """
    head, _, rest = said.partition(b"\r\n")
    length, _, body = rest.partition(b"\r\n")
    if not head.startswith(b":") or not length.startswith(b"$"):
        raise ValueError(f"the follower says {said[:80]!r}")
    payload = body[: max(0, int(length[1:]))]
    if len(payload) != max(0, int(length[1:])):
        raise ValueError("the follower's answer was cut off")
    return int(head[1:]), _command(b"SELECT", b"0") + _command(b"RESTORE", KEY, b"0", payload)


def _command(*words: bytes) -> bytes:
    """Return a command as Redis logs it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def _fill(lab: model.Lab, machine: model.Machine, folder: str, content: bytes) -> None:
    """Make the machine's volume, with the log in the folder of the claim."""
    with tempfile.TemporaryDirectory() as text:
        made = Path(text) / folder
        made.mkdir()
        made.chmod(0o777)
        (made / FILE).write_bytes(content)
        (made / FILE).chmod(0o666)
        name, image = f"{machine.container}-volumes", box_image.box_image()
        providers.of(lab).make_volume(name, machine, content=Path(text), image=image)
