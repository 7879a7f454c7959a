"""Saves the guestbook's entries when the worker with their volume is lost, and makes folders for other lost volumes.

A lost worker comes back with empty volumes. Its Redis leader would start empty, and every follower would copy that. So
before such a worker is created, its volume gets the entries of a follower that still runs elsewhere.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path

from kubelab import checks, model, providers
from kubelab.clients import doors, ssh
from kubelab.components import box_image
from kubelab.converge import observed
from kubelab.render import addons, volumes
from kubelab.ui import progress

NAMESPACE = "/api/v1/namespaces/guestbook"
CLAIM = "redis-leader"
KEY = b"guestbook:entries"
ASK = """bash -c 'exec 3<>/dev/tcp/{address}/6379
printf "LLEN guestbook:entries\\r\\nDUMP guestbook:entries\\r\\nQUIT\\r\\n" >&3; cat <&3'"""
MAKE = """sudo sh -c 'for path; do test -d "$path" || { install -d -m 0777 "$path" && echo "$path"; }; done' sh"""
FILE = "appendonly.aof"
"""Redis reads a log of this name if it has no other."""


def before(view: checks.View, states: Mapping[str, observed.State], report: progress.Progress) -> None:
    """Fill the volume of every worker that is created without one, if it kept the guestbook's entries.

    Reports what was saved, and what could not be: a lab without guestbook, or a new one, has nothing to save.
    """
    created = _created(view, states)
    there = set(providers.of(view.lab).volumes(view.lab.name)) if created else set()
    lost = [machine for machine in created if machine in view.lab.workers and not set(machine.data) & there]
    if not lost or not there:
        return
    with report.phase("entries of a lost worker") as phase:
        try:
            phase.done(_save(view, lost))
        except (doors.DoorError, ValueError) as problem:
            phase.done(f"none could be saved: {problem}")


def _created(view: checks.View, states: Mapping[str, observed.State]) -> list[model.Machine]:
    """Return the nodes with volumes that are about to be created in a lab that is not new."""
    created = [view.lab_machine(name) for name, state in states.items() if state is observed.State.CREATE]
    if len(created) == len(view.lab.machines):
        return []
    return [machine for machine in created if addons.has_volumes(view.lab, machine)]


class Folders:
    """Makes folders for the volumes of lost nodes, once these are back: their pods would wait for ever."""

    def __init__(self, view: checks.View, states: Mapping[str, observed.State], report: progress.Progress) -> None:
        """Watch for the nodes that `states` creates; each call does what is possible by now."""
        self._view = view
        self._report = report
        self._left = _created(view, states)

    def __call__(self) -> None:
        """Look whether a remaining node answers, and report the data that went with it."""
        for machine in tuple(self._left):
            try:
                empty = self._made(machine)
            except doors.DoorError:
                continue
            self._left.remove(machine)
            if empty:
                self._report.say(f"   {machine.name} came back without its data: {', '.join(empty)} begins empty")

    def _made(self, machine: model.Machine) -> list[str]:
        """Make a node's missing folders; return their claims."""
        found = volumes.on(self._view.api.items(volumes.COLLECTION), machine.name)
        claims = {volumes.path(row): row["spec"].get("claimRef") for row in found if volumes.folder(row)}
        if not claims:
            return []
        said = ssh.run(self._view.where, machine, f"{MAKE} {shlex.join(claims)}")
        named = [claims[path] for path in said.split() if claims.get(path)]
        return [f"{claim['namespace']}/{claim['name']}" for claim in named if claim]


def _save(view: checks.View, lost: Sequence[model.Machine]) -> str:
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
