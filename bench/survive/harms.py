"""Harms the lab as a whole or one of its boxes: power, network, data, certificates."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench.survive import kills, stage
from kubelab import errors, model, providers
from kubelab.clients import ssh
from kubelab.lab import checkpoint_transfer, checkpoints, lifecycle, renew_certs
from kubelab.pki import certificates, certlist
from kubelab.state import checkpoint_files

CHECKPOINT = "survive"
NEWER = "newer-than-the-checkpoint"
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
SCRIPTS = Path(__file__).parent / "scripts"
CUT = 120
"""Seconds for which a worker is off the network."""
Machines = Callable[[stage.Stage], list[model.Machine]]
LIFE = 90
"""Seconds for which the shortest certificates are valid."""


class Restartable(Protocol):
    """An engine that may be stopped."""

    def stop(self) -> None:
        """Stop it, and wait until it has."""

    def start(self) -> None:
        """Start it, and wait until it answers."""


ENGINE: list[Restartable] = []
"""The engine that a scenario may restart; empty on the computer's own engine."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """The harm done: the moment from which recovery counts, on the clock and in words, a look, and notes."""

    since: float
    word: str
    look: stage.Look = lambda: None
    notes: list[str] = field(default_factory=list)


def script(on: stage.Stage, machine: model.Machine, name: str, *words: object, timeout: float = 120) -> str:
    """Run a script of scripts/ as root in a box; return its output."""
    command = " ".join(["sudo", "bash", "-s", "--", *map(str, words)])
    given = (SCRIPTS / f"{name}.sh").read_bytes()
    return ssh.run(on.view.where, machine, command, timeout=timeout, given=given)


def kill(killer: Callable[[stage.Stage], stage.Look]) -> Callable[[stage.Stage], Done]:
    """Return an act that kills a process, which must come back by itself."""

    def act(on: stage.Stage) -> Done:
        begin = time.monotonic()
        return Done(since=begin, word="the kill", look=killer(on))

    return act


def halt(on: stage.Stage) -> Done:
    """Stop the lab cleanly and bring it up."""
    with on.held() as held:
        lifecycle.halt(held)
    begin = time.monotonic()
    on.up()
    return Done(since=begin, word="Enter of `lab.up`")


def power_cut(machines: Machines, away: float = 0) -> Callable[[stage.Stage], Done]:
    """Return an act that cuts the power of boxes without warning, and brings the lab up after `away` seconds."""

    def act(on: stage.Stage) -> Done:
        found = machines(on)
        providers.of(on.view.lab).cut_power([machine.container for machine in found])
        time.sleep(away)
        begin = time.monotonic()
        on.up()
        notes = [f"{', '.join(machine.name for machine in found)}, for {away:.0f} s"] if away else []
        return Done(since=begin, word="Enter of `lab.up`", notes=notes)

    return act


def cut(way: str, machines: Machines = kills.home, seconds: float = CUT) -> Callable[[stage.Stage], Done]:
    """Return an act that cuts a machine off the network (`in`, `out` or `both`); only this run's ssh passes."""

    def act(on: stage.Stage) -> Done:
        gateway, (machine,) = on.view.lab.network.gateway, machines(on)
        script(on, machine, "cut", way, gateway)
        time.sleep(seconds)
        script(on, machine, "mend", way, gateway)
        notes = [f"{machine.name}, for {seconds:.0f} s"] if machine != on.home else []
        return Done(since=time.monotonic(), word="the network was back", notes=notes)

    return act


def restart_docker(on: stage.Stage) -> Done:
    """Stop the Docker engine and start it again, then type `lab.up`: nothing restarts boxes by itself."""
    engine = ENGINE[0]
    engine.stop()
    engine.start()
    begin = time.monotonic()
    on.up()
    return Done(since=begin, word="Enter of `lab.up`")


def lose_worker(on: stage.Stage) -> Done:
    """Remove the leader's worker with all of its volumes, and let `lab.up` build it again."""
    provider = providers.of(on.view.lab)
    provider.remove_boxes([on.home.container])
    provider.remove_volumes(list(on.home.data))
    begin = time.monotonic()
    on.up()
    return Done(since=begin, word="Enter of `lab.up`")


def lose_etcd(on: stage.Stage) -> Done:
    """Take a checkpoint, make an object, lose etcd's data, and restore: the restore must name the lost object."""
    on.view.api.delete(f"{CONFIGMAPS}/{NEWER}")
    with on.held() as held:
        checkpoints.save(held, CHECKPOINT, force=True)
    on.view.api.create(CONFIGMAPS, {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": NEWER}})
    time.sleep(1)
    script(on, on.view.lab.etcd[0], "lose-etcd")
    time.sleep(20)  # programs that read the empty store get time to do harm
    begin = time.monotonic()
    with on.held() as held:
        newer = checkpoints.restore(held, CHECKPOINT, [checkpoint_transfer.Part.ETCD])
    checkpoint_files.delete(on.view.where, CHECKPOINT)
    if ("new", "configmaps", "default", NEWER) not in newer:
        raise stage.NeverWhole(f"the restore did not name what was newer: {newer}")
    note = f"the restore named what was lost with it: {len(newer)} object(s) newer than the checkpoint"
    return Done(since=begin, word="Enter of `checkpoint.restore`", notes=[note])


def expire(on: stage.Stage) -> Done:
    """Give the healthy lab certificates that are valid for 90 s, wait until they have expired, and renew them."""
    life = certificates.BACKDATE + datetime.timedelta(seconds=LIFE)
    began = time.monotonic()
    _reissue(on, certlist.Terms(renew=("*",), life=life), None)
    time.sleep(max(0.0, began + LIFE + 30 - time.monotonic()))
    return _renew(on, f"seen for {30 + LIFE} s from the issue on, 30 s of them expired")


def come_too_early(on: stage.Stage) -> Done:
    """Give the lab certificates that are not valid yet, and renew them half a minute later.

    Boxes may fail to apply them: it depends on whether etcd or flanneld gets its new certificates first.
    """
    began = time.monotonic()
    try:
        _reissue(on, certlist.Terms(renew=("*",)), datetime.datetime.now(datetime.UTC) + 2 * certificates.BACKDATE)
    except errors.LabError as problem:
        if problem.ident != "apply-failed":
            raise
    time.sleep(30)
    return _renew(on, f"not valid for {time.monotonic() - began:.0f} s")


def _reissue(on: stage.Stage, terms: certlist.Terms, now: datetime.datetime | None) -> None:
    with on.held() as held:
        renew_certs.reissue(held.view, held.report, terms, now)


def _renew(on: stage.Stage, note: str) -> Done:
    begin = time.monotonic()
    with on.held() as held:
        renew_certs.renew(held)
    return Done(since=begin, word="Enter of `lab.certs --renew`", notes=[note])
