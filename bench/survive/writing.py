"""Writes numbered entries, and keeps the acknowledged ones: those that the other worker's follower had as well."""

from __future__ import annotations

import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.survive import tunnel, watching, wire
from kubelab import checks, model
from kubelab.clients import doors

PODS = "/api/v1/namespaces/guestbook/pods"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoRedis(Exception):
    """The address of the wanted Redis is not known."""


@dataclass
class Book:
    """The written entries: numbers that the leader took, and those of them that the other worker had as well."""

    run: str
    taken: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def message(self, number: int) -> str:
        """Return the text of an entry."""
        return f"survive {self.run} {number:06d}"

    def numbers_in(self, texts: list[str]) -> set[int]:
        """Return the numbers of this run's entries among what Redis holds."""
        head = f"survive {self.run} "
        messages = (str(json.loads(text)["message"]) for text in texts)
        return {int(message.removeprefix(head)) for message in messages if message.startswith(head)}


class Pods:
    """Addresses of the Redis pods, from the API; remembered while it does not answer."""

    def __init__(self, view: checks.View) -> None:
        """Know no address yet: the first question asks the API."""
        self._view = view
        self._known: dict[tuple[str, str], str] = {}
        self._asked = 0.0

    def address(self, role: str, worker: str) -> str:
        """Return the address of the `leader` or the `follower` on a worker; raise `NoRedis` if none was ever seen."""
        if time.monotonic() - self._asked > 1:
            self._asked = time.monotonic()
            self._look()
        if (role, worker) not in self._known:
            raise NoRedis(f"no {role} on {worker}")
        return self._known[role, worker]

    def _look(self) -> None:
        try:
            found = self._view.api.items(PODS, labelSelector="app=redis")
        except doors.DoorError:
            return
        for pod in found:
            if pod["status"].get("podIP") and not pod["metadata"].get("deletionTimestamp"):
                role, worker = pod["metadata"]["labels"]["role"], pod["spec"]["nodeName"]
                self._known[role, worker] = pod["status"]["podIP"]


def home(view: checks.View) -> model.Machine:
    """Return the worker that runs the Redis leader; its volume keeps it there."""
    pods = view.api.items(PODS, labelSelector="app=redis,role=leader")
    names = [pod["spec"].get("nodeName") for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    return view.lab_machine(names[0])


def write(book: Book, worker: model.Machine) -> None:
    """Write the next entry through a worker's port, as the page does; raise if it was not taken."""
    with book.lock:
        number = next(book.numbers)
    body = json.dumps({"message": book.message(number)}).encode()
    request = urllib.request.Request(  # noqa: S310 (http, to a box)
        f"{url(worker)}/api/entries", data=body, headers={"Content-Type": "application/json"}
    )
    with _OPENER.open(request, timeout=watching.PATIENCE + 1) as reply:
        if reply.status != 201:
            raise urllib.error.URLError(f"status {reply.status}")
    book.taken.add(number)


def read(worker: model.Machine) -> None:
    """Read the newest entry through a worker's port, as the page does; raise if there was none in time."""
    with _OPENER.open(f"{url(worker)}/api/entries?limit=1", timeout=watching.PATIENCE) as reply:
        json.load(reply)


def url(worker: model.Machine) -> str:
    """Return the guestbook's address at a worker."""
    return f"http://{worker.address}:{checks.GUESTBOOK_PORT}"


def acknowledge(book: Book, pods: Pods, way: tunnel.Tunnel) -> None:
    """Read the other worker's follower: this run's entries that it holds count as acknowledged from now on."""
    before = set(book.taken)
    found = book.numbers_in(wire.entries(way, pods.address("follower", way.machine.name), 400))
    book.acknowledged |= before & found


def missing(book: Book, pods: Pods, role: str, way: tunnel.Tunnel) -> set[int]:
    """Return the acknowledged entries that the `leader` or the `follower` on a worker does not have."""
    return book.acknowledged - book.numbers_in(wire.entries(way, pods.address(role, way.machine.name)))
