"""Kubeadm's boxes get every preparation that the lab's boxes get."""

from __future__ import annotations

import dataclasses
import io
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from test_box_files import BOX, BUNDLE, FACTS, LAB, inputs

from bench import computer, results, up
from bench.kubeadm import folder, place
from bench.kubeadm import peer as peer_run
from kubelab import components, model, paths
from kubelab.components import box_image, image_store
from kubelab.converge import session
from kubelab.pki import ssh_keys
from kubelab.render import box_files, lab_files

STEPS = {
    "wait-for-address": "the peer's first step, too",
    "put-files": "the peer copies its files in one pass",
    "make-volumes": "of the storage add-on, which kubeadm does not have",
    "use-image-store": "the peer's boxes link to a store of their own images, made by the same code",
    "start-units": "the peer starts containerd, and kubeadm starts the kubelet",
    "import-images": "the peer imports its images at boot, before kubeadm begins",
    "run-static-pod": "kubeadm writes the manifests",
    "restart-kubelet": "for files that changed: nothing on a new box",
    "restart-pods": "for files that changed: nothing on a new box",
    "keep-record": "what lab.plan compares with",
}
"""The steps of the lab's boxes, and the part of the peer that stands for each."""


def peer(where: Path) -> folder.Peer:
    """Return a peer of the same versions and the same computer."""
    network = LAB.network.machines
    return folder.Peer(name="p", where=where, versions=LAB.versions, network=network, facts=FACTS, best_case=False)


def vagrantfile() -> dict[str, str]:
    """Return what the rendered Vagrantfile says of each box of the lab."""
    keys = {**BUNDLE.files, **ssh_keys.ensure({}, LAB.machines)}
    text = lab_files.lab(inputs(LAB), keys, BOX, paths.LabPaths(name=LAB.name))["Vagrantfile"].content.decode()
    parts = [part.split("box.trigger")[0] for part in text.split("config.vm.define ")[1:]]
    return {machine.name: part for machine, part in zip(LAB.machines, parts, strict=True)}


@pytest.mark.parametrize("kind", [model.Kind.CONTROL_PLANE, model.Kind.WORKER])
def test_the_peers_boxes_have_the_options_of_the_labs(tmp_path: Path, kind: model.Kind) -> None:
    """What Docker is told of a box, its weight among others; and the folders of the cache that it mounts."""
    wanted = peer(tmp_path)
    theirs = place._machine(wanted, next(machine for machine in wanted.machines if machine.kind is kind))
    ours = vagrantfile()[next(machine.name for machine in LAB.machines if machine.kind is kind)]
    told = [str(word) for word in theirs["create_args"]]  # type: ignore[attr-defined]
    options = set(re.findall(r'"(--[a-z-]+)"', ours)) - set(box_image.RUN_ARGUMENTS)
    assert options == {word for word in told if word.startswith("--")} - {"--tmpfs"}
    for option in ("--cpu-shares", "--cpus"):
        assert f'"{option}", "{told[told.index(option) + 1]}"' in ours
    mounts = {re.sub(r"^.*/([a-z]+:/opt/)", r"\1", str(volume)) for volume in theirs["volumes"]}  # type: ignore[attr-defined]
    own = {mount for mount in mounts if mount.endswith(":/opt/kubelab/box:ro")}
    assert set(re.findall(r'"#\{cache\}/(\S+)"', ours)) == mounts - own
    assert len(own) == 1


def test_every_step_of_the_labs_boxes_has_its_part_in_the_peer() -> None:
    """A new step that prepares a box, as a store of images would, is given to the peer before it is measured."""
    found = {call[0] for machine in LAB.machines for call in box_files.steps(inputs(LAB), machine)}
    assert found == set(STEPS)


def test_the_peer_imports_each_image_of_its_pods_once_at_boot(tmp_path: Path) -> None:
    """kubeadm pulls none: a pull would go to the network, and to its time."""
    wanted = peer(tmp_path)
    for machine in wanted.machines:
        archives = folder._archives(wanted.versions, machine)
        assert len(archives) == len(set(archives)) >= len(folder.NODE) + 1
        files = folder._files(wanted, machine)
        assert files["images.txt"].split() == archives
        manifests = "".join(text for name, text in files.items() if name.endswith(".yaml"))
        assert "imagePullPolicy: Always" not in manifests


def test_the_peer_of_another_lab_file_has_the_same_sizes(tmp_path: Path) -> None:
    """Its control plane has the memory of the lab's etcd beside its own."""
    sizes = {kind: dataclasses.asdict(size) for kind, size in model.KINDS.items()}
    for machine in peer(tmp_path).machines:
        more = sizes[model.Kind.ETCD]["memory"] if machine.kind is model.Kind.CONTROL_PLANE else 0
        assert machine.memory == sizes[machine.kind]["memory"] + more


class Stub:
    """A run of the peer that keeps the order of what it is told to do."""

    def __init__(self, wanted: folder.Peer, *, broken: bool = False) -> None:
        """Let kubeadm fail on every box if `broken`."""
        self.machines, self.said, self._broken = wanted.machines, list[str](), broken

    def boxes(self) -> None:
        """Stand for `vagrant up`."""
        time.sleep(0.1)
        self.said.append("boxes")

    def answered(self) -> None:
        """Stand for the wait."""

    def kubeadm(self, machine: model.Machine) -> None:
        """Stand for `kubeadm` on one box."""
        self.said.append(machine.name)
        if self._broken:
            raise peer_run.PeerFailed(machine.name)

    def give_up(self) -> None:
        """Stand for the end of all commands."""
        self.said.append("over")


def rise(wanted: folder.Peer, stub: Stub, *, best_case: bool) -> list[str]:
    """Return what a run did, in order; boxes in the order of their names."""
    assert wanted.machines == stub.machines
    peer_run._rise(stub, best_case=best_case)  # type: ignore[arg-type]
    return [stub.said[0], *sorted(stub.said[1:-1]), stub.said[-1]]


class Server(io.BytesIO):
    """A connection to a server that says some bytes."""

    def recv(self, count: int) -> bytes:
        """Return the next bytes, as a socket does."""
        return self.read(count)


def test_kubeadm_begins_on_every_box_once_vagrant_is_done(tmp_path: Path) -> None:
    """As a user would; in the best case the boxes begin by themselves."""
    wanted = peer(tmp_path)
    names = [machine.name for machine in wanted.machines]
    assert rise(wanted, Stub(wanted), best_case=False) == ["boxes", *names, "over"]
    assert rise(wanted, Stub(wanted), best_case=True) == ["boxes", "over"]


def test_a_peer_that_fails_ends_what_still_runs(tmp_path: Path) -> None:
    """And its time is not taken for one."""
    wanted = peer(tmp_path)
    stub = Stub(wanted, broken=True)
    with pytest.raises(peer_run.PeerFailed):
        rise(wanted, stub, best_case=False)
    assert stub.said[-1] == "over"


def test_a_box_is_there_when_its_ssh_server_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker is not asked: that would cost the peer CPU seconds. An open port alone may be a gateway's."""
    machine = peer(tmp_path).control_plane
    asked: list[tuple[str, int]] = []
    answers = iter((b"", b"SSH-2.0-OpenSSH"))

    def connect(address: tuple[str, int], timeout: float) -> Server:
        asked.append(address)
        if len(asked) == 1:
            raise ConnectionRefusedError
        assert timeout <= 1.0
        return Server(next(answers))

    monkeypatch.setattr("socket.create_connection", connect)
    assert [peer_run._listens(machine) for _ in range(3)] == [False, False, True]
    assert asked == [(str(machine.address), 22)] * 3


def test_what_both_need_is_made_before_the_first_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that the first run makes, or that kubeadm never gets, would be in the ratio."""
    said: list[str] = []

    def says(word: str) -> Callable[..., None]:
        return lambda *_, **__: said.append(word)

    monkeypatch.setattr(session, "open_lab", lambda _: (LAB, paths.LabPaths(name="none-such")))
    for module, name in ((components, "ensure"), (box_image, "ensure"), (place, "prepare")):
        monkeypatch.setattr(module, name, says(f"{module.__name__.rpartition('.')[2]}"))
    monkeypatch.setattr(image_store, "of", lambda _: ())
    monkeypatch.setattr(image_store, "ensure", says("image_store"))
    monkeypatch.setattr(computer, "facts", lambda _: {})
    monkeypatch.setattr(up, "_runs", says("runs"))
    monkeypatch.setattr(results, "show", says("shown"))
    for words in ([], ["--alone"]):
        said.clear()
        monkeypatch.setattr(sys, "argv", ["bench.up", *words])
        up._measure(up._options())
        peers = [] if words else ["place"]
        assert said == ["components", "box_image", "image_store", *peers, "runs", "shown"]
