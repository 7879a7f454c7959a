"""Saves the guestbook's entries when the worker that kept them is lost: a follower elsewhere still has them.

A lost worker comes back with empty volumes. Its Redis leader would start empty, and every follower would follow it
there. So before such a worker is created, its volume is given what a follower that still runs holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path

from kubelab import addons, api, box, changes, checks, docker, model, progress, remote

NAMESPACE = "/api/v1/namespaces/guestbook"
CLAIM = "redis-leader"
KEY = b"guestbook:entries"
ASK = """bash -c 'exec 3<>/dev/tcp/{address}/6379
printf "LLEN guestbook:entries\\r\\nDUMP guestbook:entries\\r\\nQUIT\\r\\n" >&3; cat <&3'"""
FILE = "appendonly.aof"
"""Redis takes a log of this name over when it has no other."""


def before(view: checks.View, states: Mapping[str, changes.State], report: progress.Progress) -> None:
    """Fill the volume of every worker that is about to be created without one, if it kept the guestbook's entries.

    Says what was saved, and what could not be: a lab without guestbook, or that is new, has nothing to save.
    """
    created = [view.lab_machine(name) for name, state in states.items() if state is changes.State.CREATE]
    there = set(docker.volumes(view.lab.name)) if created else set()
    lost = [machine for machine in created if addons.volumes(view.lab, machine) and not set(machine.data) & there]
    if not lost or not there or len(created) == len(view.lab.machines):
        return
    with report.phase("entries of a lost worker") as phase:
        try:
            phase.done(_save(view, lost))
        except (api.Unanswered, api.Refused, remote.Unreachable, remote.Failed, ValueError) as problem:
            phase.done(f"none could be saved: {problem}")


def _save(view: checks.View, lost: Sequence[model.Machine]) -> str:
    volume = str(view.api.get(f"{NAMESPACE}/persistentvolumeclaims/{CLAIM}")["spec"].get("volumeName", ""))
    for machine in lost:
        if volume not in [row.name for row in addons.volumes(view.lab, machine)]:
            continue
        follower, worker = _follower(view, machine)
        said = remote.fetch(view.where, worker, ASK.format(address=follower), timeout=60)
        count, content = log_of(said)
        if count:
            _fill(view.lab, machine, volume, content)
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
    """Return how many entries a Redis said that it has, and the log that gives another Redis the same ones.

    `said` is what LLEN and DUMP were answered: `:N`, then `$LENGTH` and so many bytes, or `$-1` for nothing.
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


def _fill(lab: model.Lab, machine: model.Machine, volume: str, content: bytes) -> None:
    """Make the machine's volume, labelled as Vagrant would, with the log in the folder that the claim is bound to."""
    name = f"{machine.container}-volumes"
    labels = (f"{docker.LAB}={lab.name}", f"kubelab.box={machine.name}")
    docker.run("volume", "create", *(word for label in labels for word in ("--label", label)), name)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text) / volume
        folder.mkdir()
        folder.chmod(0o777)
        (folder / FILE).write_bytes(content)
        (folder / FILE).chmod(0o666)
        mounts = ("--volume", f"{name}:/to", "--volume", f"{text}:/from:ro", "--entrypoint", "/bin/cp")
        docker.run("run", "--rm", "--network", "none", *mounts, box.box_image(), "-a", "/from/.", "/to/")
