"""The stage of a scenario: the lab, the client that uses it, and the check that it is whole again."""

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
from kubelab.clients import patience
from kubelab.converge import session
from kubelab.lab import lifecycle
from kubelab.ui import progress

STEADY = 3.0
"""Seconds for which every check must hold before the lab counts as whole: one look may be luck."""
PATIENCE = 420.0
"""Seconds after which a lab that is not whole counts as never whole."""
Look = Callable[[], str | None]


class NeverWhole(Exception):
    """The lab did not come back; the message names the parts that were still missing."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One lab with two workers and the guestbook, and the ways into it."""

    view: checks.View
    home: model.Machine
    """The worker with the Redis leader: its loss hurts most."""
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
        """Return the calls that a user of the lab makes all the time: name to call."""
        network = self.view.lab.network
        name, server = f"kubernetes.default.svc.{network.domain}", str(network.dns_service)
        found: dict[str, Callable[[], object]] = {"API": self._api, "ack": self._acknowledge}
        for worker in (self.home, self.other):
            found[f"reads {worker.name}"] = functools.partial(writing.read, worker)
            found[f"writes {worker.name}"] = functools.partial(writing.write, self.book, worker)
            found[f"DNS {worker.name}"] = functools.partial(wire.resolve, self.tunnels[worker.name], server, name)
        return found

    def _api(self) -> None:
        # As long as the other ways: a limit that grows with the load would be measured as a pause of the API.
        with patience.within(watching.PATIENCE):
            if not self.view.api.ready():
                raise ConnectionError("not ready")

    def _acknowledge(self) -> None:
        writing.acknowledge(self.book, self.pods, self.tunnels[self.other.name])

    def wait_whole(self, watch: watching.Watch, extra: Look = lambda: None) -> float:
        """Return the moment from which every check held for `STEADY` seconds; raise `NeverWhole` if none comes."""
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
        """Return the parts that are not whole now: checks of a healthy lab, ways, and the harmed part."""
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
        """Return the acknowledged entries that the leader lacks, and how many each follower lacks, within 30 s."""
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
        """Hold the lab as a word that changes it does."""
        return session.held(self.view.lab.name, quiet(), claim=True)

    def up(self) -> None:
        """Type `lab.up`."""
        with self.held() as held:
            lifecycle.up(held)


def quiet() -> progress.Progress:
    """Return progress whose output is thrown away."""
    return progress.Progress(progress.Style.PLAIN, out=io.StringIO())
