"""What the pod network's programs are asked after an outage of etcd, by a fake that knows two commands."""

from __future__ import annotations

from typing import Any

import labs_data
import pytest

from kubelab.clients import doors, patience, ssh
from kubelab.converge import etcd_clients


class Boxes:
    """Nodes whose programs connect some looks after they were started anew."""

    def __init__(self, lacking: dict[str, str], looks: int = 0, silent: str = "") -> None:
        """Keep box to its unconnected programs; `silent` is a box that does not answer."""
        self.lacking, self.looks, self.silent = lacking, looks, silent
        self.done: list[tuple[str, str]] = []

    def run(self, _: Any, machine: Any, command: str, *, timeout: float, given: bytes) -> str:
        """Answer as the script does."""
        assert given == etcd_clients.SCRIPT.read_bytes() and timeout == etcd_clients.TIMEOUT
        assert command in ("sudo bash -s", "sudo bash -s look")
        self.done.append((machine.name, command.removeprefix("sudo bash -s").strip()))
        if machine.name == self.silent:
            raise doors.DoorError("no answer")
        found = self.lacking.get(machine.name, "")
        if command.endswith("look") and machine.name in self.lacking:
            self.looks -= 1
            return found if self.looks >= 0 else ""
        return found


def woken(monkeypatch: pytest.MonkeyPatch, boxes: Boxes) -> list[str]:
    """Return what is woken."""
    monkeypatch.setattr(ssh, "run", boxes.run)
    monkeypatch.setattr(patience, "polls", lambda _: iter(range(5)))
    return etcd_clients.wake(labs_data.held().view)


def test_nothing_is_started_anew_that_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every node is asked once, etcd's machine never."""
    boxes = Boxes({})
    assert woken(monkeypatch, boxes) == []
    lab = labs_data.held().lab
    assert sorted(boxes.done) == sorted((machine.name, "") for machine in lab.nodes)


def test_what_is_started_anew_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names say on which box; the next words come once they are connected, not before."""
    first, second = labs_data.held().lab.nodes[:2]
    boxes = Boxes({first.name: "calico-node\nkube-controllers\n", second.name: "flanneld\n"}, looks=4)
    found = woken(monkeypatch, boxes)
    assert found == [f"calico-node on {first.name}", f"kube-controllers on {first.name}", f"flanneld on {second.name}"]
    assert boxes.done.count((first.name, "")) == 1, "started anew once"
    assert boxes.done.count((first.name, "look")) == 3


def test_a_box_that_does_not_answer_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks of a healthy lab name it; the others are woken."""
    first, second = labs_data.held().lab.nodes[:2]
    boxes = Boxes({second.name: "flanneld"}, silent=first.name)
    assert woken(monkeypatch, boxes) == [f"flanneld on {second.name}"]
