"""Several etcd members and control planes apply their folders one after the other, while the others serve."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace

import labs_data
import pytest
from fakes import Computer

from kubelab import checks, errors, model, paths, providers
from kubelab.checks import high_availability
from kubelab.clients import patience, ssh, vagrant
from kubelab.converge import bring_up, observed, pod_network, rolling
from kubelab.ui import progress

LAB = labs_data.lab("ha", members=3, planes=3)
HEALTH = high_availability.ETCDCTL.format("endpoint health")


class Boxes:
    """Boxes that note what happens in them; one that is down serves nobody, and some fall at their restart."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, down: Sequence[str] = (), falls: Sequence[str] = ()) -> None:
        """Stand in for ssh, for the look at an API server and for the provider."""
        self.done: list[str] = []
        self._down, self._falls = set(down), falls
        self.found: tuple[providers.Box, ...] = ()
        monkeypatch.setattr(ssh, "run", self.run)
        monkeypatch.setattr(high_availability, "ready", self.ready)
        provider = SimpleNamespace(
            send=lambda *_: None, fill=lambda *_: None, remove_boxes=self.remove, boxes=lambda _: self.found
        )
        monkeypatch.setattr(providers, "of", lambda _: provider)
        monkeypatch.setattr(vagrant, "Machines", lambda *_: SimpleNamespace(up=self.up))
        monkeypatch.setattr(patience, "polls", lambda *_: itertools.repeat(0.0, 3))

    def run(self, _: paths.LabPaths, machine: ssh.Named, command: str, **__: object) -> str:
        """Apply a folder, or tell a member's health."""
        if command == bring_up.APPLY:
            self.done.append(f"apply {machine.name}")
            self._down |= {machine.name} & set(self._falls)
            return ""
        assert command == HEALTH
        self.done.append(f"ask {machine.name}")
        if machine.name in self._down:
            raise ssh.Failed(machine, command, 1, "unhealthy")
        return "is healthy"

    def remove(self, boxes: Sequence[str]) -> None:
        """Remove boxes, by the names of their containers: none of them serves then."""
        names = [name.removeprefix("kubelab-ha-") for name in boxes]
        self.done += [f"remove {name}" for name in names]
        self._down |= set(names)

    def up(self, _: vagrant.Watcher, *, only: model.Machine) -> None:
        """Make one box; it serves unless it falls."""
        self.done.append(f"make {only.name}")
        self._down -= {only.name} - set(self._falls)

    def ready(self, _: checks.View, machine: model.Machine) -> None:
        """Tell whether an API server is ready."""
        self.done.append(f"ask {machine.name}")
        if machine.name in self._down:
            raise checks.Silent("no answer")


@pytest.fixture(autouse=True)
def _computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Computer.made(tmp_path, monkeypatch)


def view(lab: model.Lab) -> checks.View:
    """Return the view of a lab."""
    return checks.View.of(lab, paths.LabPaths(name=lab.name))


def test_each_serves_again_before_the_next_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members of etcd first, then control planes; workers, which nobody stands in for, at the same time at the end."""
    boxes = Boxes(monkeypatch)
    bring_up.folders(view(LAB), LAB.machines)
    order = [done for done in boxes.done if done.startswith("apply")]
    names = [f"apply {machine.name}" for machine in LAB.machines]
    assert order[:6] == names[:6]
    assert sorted(order[6:]) == names[6:]
    for name in (machine.name for machine in (*LAB.etcd, *LAB.control_plane)):
        assert boxes.done[boxes.done.index(f"apply {name}") + 1] == f"ask {name}"


def test_the_rest_is_left_alone_when_one_does_not_serve_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two members go on with what they had."""
    boxes = Boxes(monkeypatch, falls=["etcd-01"])
    with pytest.raises(errors.LabError, match="etcd-01 does not serve") as problem:
        bring_up.folders(view(LAB), LAB.machines)
    assert problem.value.ident == "apply-failed"
    assert [done for done in boxes.done if done.startswith("apply")] == ["apply etcd-01"]


def test_members_that_do_not_serve_apply_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """With expired certificates none can serve before the others have theirs: nobody waits for it."""
    boxes = Boxes(monkeypatch, down=["etcd-02", "kube-master-03"])
    alone, together = rolling.turns(view(LAB), LAB.machines)
    assert alone == ()
    assert together == LAB.machines
    assert rolling.turns(view(LAB), (LAB.etcd[0], LAB.workers[0])) == ((LAB.etcd[0],), (LAB.workers[0],))
    assert not [done for done in boxes.done if done.startswith("apply")]


def test_a_lab_with_one_of_each_applies_everything_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked, and nothing takes turns."""
    single = labs_data.lab()
    boxes = Boxes(monkeypatch)
    bring_up.folders(view(single), single.machines)
    assert sorted(boxes.done) == sorted(f"apply {machine.name}" for machine in single.machines)


ANEW = {machine.name: observed.State.RECREATE for machine in LAB.machines}


def test_boxes_are_made_anew_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another memory for all: each member and control plane serves again before the next is removed; the workers'
    boxes are removed together at the end."""
    boxes = Boxes(monkeypatch)
    bring_up.begin(view(LAB), ANEW, progress.Progress.silent())
    several = [machine.name for machine in (*LAB.etcd, *LAB.control_plane)]
    wanted = [f"{what} {name}" for name in several for what in ("remove", "make", "ask")]
    assert boxes.done[len(several) :] == [*wanted, *(f"remove {machine.name}" for machine in LAB.workers)]


def test_no_member_is_removed_while_another_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first does not serve again: the others stay."""
    boxes = Boxes(monkeypatch, falls=["etcd-01"])
    with pytest.raises(errors.LabError, match="etcd-01 does not serve"):
        bring_up.begin(view(LAB), ANEW, progress.Progress.silent())
    assert [done for done in boxes.done if not done.startswith("ask")] == ["remove etcd-01", "make etcd-01"]


def test_a_member_that_is_down_has_no_turns_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """One member that has nothing to do does not serve: a turn of the others would end without a quorum, so they go
    together, as they do when all are down; control planes keep their turns."""
    boxes = Boxes(monkeypatch, down=["etcd-03"])
    some = {name: state for name, state in ANEW.items() if name != "etcd-03"}
    bring_up.begin(view(LAB), some, progress.Progress.silent())
    removed = [done for done in boxes.done if done.startswith("remove")]
    names = [machine.name for machine in (*LAB.control_plane, *LAB.etcd[:2], *LAB.workers)]
    assert removed == [f"remove {name}" for name in names]


def test_a_lab_with_one_of_each_removes_its_boxes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked; Vagrant makes all of them later."""
    single = labs_data.lab()
    boxes = Boxes(monkeypatch)
    wanted = {machine.name: observed.State.RECREATE for machine in single.machines}
    bring_up.begin(view(single), wanted, progress.Progress.silent())
    assert boxes.done == [f"remove {machine.container}" for machine in single.machines]


def test_a_moved_workers_part_of_the_pod_network_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A /22 has parts for three nodes: with the lease of its old address kept, a worker with another octet got none for
    a day. The old box is gone by then, whose flannel would take it again. An address that a machine has now keeps it.
    """
    single = labs_data.lab()
    boxes = Boxes(monkeypatch)
    boxes.found = tuple(
        providers.Box(ident=name, name=name, lab="default", machine=name, address=IPv4Address(address))
        for name, address in (
            ("etcd-01", "192.168.56.101"),
            ("kube-worker-01", "192.168.56.122"),
            ("kube-worker-02", "192.168.56.190"),
        )
    )
    given: list[str] = []

    def release(_: checks.View, which: str, addresses: Sequence[str]) -> list[str]:
        given.extend([*boxes.done[-1:], which, *addresses])
        raise ssh.Unreachable("etcd-01: no route")

    monkeypatch.setattr(pod_network, "release", release)
    wanted = {machine.name: observed.State.RECREATE for machine in single.workers}
    bring_up.begin(view(single), wanted, progress.Progress.silent())
    assert given == [f"remove {single.workers[1].container}", "of", "192.168.56.190"]
