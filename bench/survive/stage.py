"""What a scenario acts on: the lab, who uses it meanwhile, and how it is told that all is whole again."""

from __future__ import annotations

import contextlib
import functools
import io
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.survive import tunnel, watching, wire, writing
from kubelab import checks, model
from kubelab.checks import wait
from kubelab.converge import session
from kubelab.lab import lifecycle
from kubelab.ui import progress

STEADY = 3.0
"""Seconds for which everything has to hold before it is called whole: one lucky look is none."""
PATIENCE = 420.0
"""Seconds after which a lab that has not become whole never will."""
Look = Callable[[], str | None]


class NeverWhole(Exception):
    """The lab did not come back; what was missing at last is in the words."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One lab with two workers and the guestbook, and the ways into it."""

    view: checks.View
    home: model.Machine
    """The worker with the Redis leader: losing it is what hurts."""
    other: model.Machine
    tunnels: dict[str, tunnel.Tunnel]
    pods: writing.Pods
    book: writing.Book = field(default_factory=lambda: writing.Book(run=secrets.token_hex(3)))

    @classmethod
    @contextlib.contextmanager
    def open(cls, name: str) -> Iterator[Stage]:
        """Yield the stage of a running, healthy lab."""
        view = session.opened(name).view
        lab, where = view.lab, view.where
        with contextlib.ExitStack() as stack:
            home = writing.home(view)
            other = next(worker for worker in lab.workers if worker != home)
            ways = {worker.name: stack.enter_context(tunnel.Tunnel(where, worker)) for worker in (home, other)}
            yield cls(view=view, home=home, other=other, tunnels=ways, pods=writing.Pods(view))

    def ways(self) -> dict[str, Callable[[], object]]:
        """Return what somebody who uses the lab does all the time."""
        network = self.view.lab.network
        name, server = f"kubernetes.default.svc.{network.domain}", str(network.dns_service)
        found: dict[str, Callable[[], object]] = {"API": self._api, "ack": self._acknowledge}
        for worker in (self.home, self.other):
            found[f"reads {worker.name}"] = functools.partial(writing.read, worker)
            found[f"writes {worker.name}"] = functools.partial(writing.write, self.book, worker)
            found[f"DNS {worker.name}"] = functools.partial(wire.resolve, self.tunnels[worker.name], server, name)
        return found

    def _api(self) -> None:
        if not self.view.api.ready():
            raise ConnectionError("not ready")

    def _acknowledge(self) -> None:
        writing.acknowledge(self.book, self.pods, self.tunnels[self.other.name])

    def wait_whole(self, watch: watching.Watch, extra: Look = lambda: None) -> float:
        """Return the moment from which everything held for `STEADY` seconds; raise `NeverWhole`."""
        end = time.monotonic() + PATIENCE
        since: float | None = None
        while True:
            begin = time.monotonic()
            missing = self.missing(watch, extra)
            if missing:
                since = None
            else:
                since = since or begin
                if time.monotonic() - since >= STEADY and watch.served(["ack"], since):
                    return since
            if time.monotonic() > end:
                raise NeverWhole("; ".join(f"{name}: {what}" for name, what in missing.items()))
            time.sleep(0.4)

    def missing(self, watch: watching.Watch, extra: Look = lambda: None) -> dict[str, str]:
        """Return what is not whole at this moment: every check of a healthy lab, every way, and what was harmed."""
        seen: dict[str, str] = {**wait.ill(self.view)}
        harmed = extra()
        if harmed:
            seen["what was harmed"] = harmed
        now = time.monotonic()
        for name in watch.tries:
            if not watch.served([name], now - 4):
                seen[name] = watch.tries[name].last or "not yet"
        return seen

    def lost(self) -> tuple[list[int], dict[str, int]]:
        """Return acknowledged entries that the leader lacks, and how many each follower lacks, once all is quiet."""
        ways = {("leader", self.home.name), ("follower", self.home.name), ("follower", self.other.name)}
        found: dict[tuple[str, str], set[int]] = {}
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(tunnel.Unreached, writing.NoRedis):
                found = {
                    (role, worker): writing.missing(self.book, self.pods, role, self.tunnels[worker])
                    for role, worker in ways
                }
                if not any(found.values()):
                    break
            time.sleep(1)
        leader = sorted(found.get(("leader", self.home.name), self.book.acknowledged))
        return leader, {f"{role} on {worker}": len(lack) for (role, worker), lack in found.items() if lack}

    def held(self) -> contextlib.AbstractContextManager[session.Held]:
        """Hold the lab as a word does that changes it."""
        return session.held(self.view.lab.name, quiet(), claim=True)

    def up(self) -> None:
        """Type `lab.up`."""
        with self.held() as held:
            lifecycle.up(held)


def quiet() -> progress.Progress:
    """Return progress that nobody reads."""
    return progress.Progress(progress.Style.PLAIN, out=io.StringIO())
