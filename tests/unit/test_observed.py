"""The change that a box needs follows from its container, Vagrant's record, and the record of its applied files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import labs_data
import pytest
from fakes import Answer, Computer

from kubelab import checks, errors, model, paths
from kubelab.clients import kube_api
from kubelab.converge import observed
from kubelab.render import lab_files

BOX = lab_files.Box(image="kubelab-box:1", run_arguments=("--cap-add", "ALL"), cache=Path("/cache"))
LAB = labs_data.lab("mine")
RECORD = "digest\t0644\troot:root\t-\t/etc/x\t-\n"


class Boxes:
    """The lab's four containers as Docker, Vagrant and ssh know them; a test changes one thing."""

    def __init__(self, computer: Computer) -> None:
        """Begin with everything as it should be."""
        self.computer = computer
        self.found = {machine.name: self._container(machine) for machine in LAB.machines}
        self.volumes = [machine.name for machine in LAB.machines]
        for machine in LAB.machines:
            self.vagrant(machine.name, f"id-{machine.name}")
            self.applied(machine.name, RECORD)
            folder = paths.LabPaths(name="mine").box(machine.name)
            folder.mkdir(parents=True)
            (folder / "files.tsv").write_text(RECORD, encoding="utf-8")
        computer.script("ssh", f'#!/bin/sh\nexec /bin/cat "{computer.folder}/records/$5"\n')

    def _container(self, machine: model.Machine) -> dict[str, Any]:
        labels = {"kubelab.root": str(paths.ROOT), "kubelab.shape": lab_files.shape(machine, BOX)}
        name, state = f"/{machine.container}", {"Running": True}
        return {"Id": f"id-{machine.name}", "Name": name, "Config": {"Labels": labels}, "State": state}

    def vagrant(self, name: str, ident: str) -> None:
        """Let Vagrant's record of a machine name a container."""
        record = paths.ROOT / f".vagrant/machines/mine-{name}/docker/id"
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(f"{ident}\n", encoding="utf-8")

    def applied(self, name: str, text: str) -> None:
        """Let a box say that it applied this."""
        record = self.computer.folder / "records" / name
        record.parent.mkdir(exist_ok=True)
        record.write_text(text, encoding="utf-8")

    def states(self) -> dict[str, observed.State]:
        """Return what each box needs."""
        return observed.boxes(self.view(), BOX)

    def there(self) -> observed.Observed:
        """Return all that is there."""
        return observed.observe(self.view(), BOX)

    def view(self) -> checks.View:
        """Return a view of the lab, with Docker as it is now."""
        listed = "\n".join(item["Id"] for item in self.found.values())
        inspected = Answer(out=json.dumps(list(self.found.values())))
        volumes = Answer(out="".join(f"{name}\n" for name in self.volumes))
        answers = {"ps -aq": Answer(out=listed), "container inspect id-": inspected, "volume ls": volumes}
        self.computer.program("docker", answers)
        where = paths.LabPaths(name="mine")
        return checks.View(lab=LAB, where=where, api=cast(kube_api.Api, None))


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Boxes:
    """Return a lab that is as its file says."""
    monkeypatch.setattr(paths, "ROOT", tmp_path / "checkout")
    return Boxes(Computer.made(tmp_path, monkeypatch))


def only(boxes: Boxes, name: str, state: observed.State) -> None:
    """Assert that one box needs something and that its neighbours need nothing."""
    wanted = dict.fromkeys([machine.name for machine in LAB.machines], observed.State.EQUAL)
    assert boxes.states() == {**wanted, name: state}


def test_a_lab_that_is_as_it_should_be_needs_nothing(boxes: Boxes) -> None:
    """All four are equal."""
    assert set(boxes.states().values()) == {observed.State.EQUAL}


def test_a_new_lab_is_created_without_asking_boxes(boxes: Boxes) -> None:
    """Nobody is there who could have applied anything: ssh is not tried."""
    boxes.found.clear()
    boxes.computer.program("ssh", {})
    assert set(boxes.states().values()) == {observed.State.CREATE}
    assert boxes.computer.calls("ssh") == []


def test_a_removed_box_is_created(boxes: Boxes) -> None:
    """Deleted behind Vagrant's back."""
    del boxes.found["kube-worker-01"]
    only(boxes, "kube-worker-01", observed.State.CREATE)


def test_a_stopped_box_is_started(boxes: Boxes) -> None:
    """Its container is there and does not run."""
    boxes.found["etcd-01"]["State"]["Running"] = False
    only(boxes, "etcd-01", observed.State.START)


def test_a_box_of_another_shape_is_made_anew(boxes: Boxes) -> None:
    """Its memory, its image or the place of the cache is another than its container was made with."""
    boxes.found["kube-worker-02"]["Config"]["Labels"]["kubelab.shape"] = "0" * 16
    only(boxes, "kube-worker-02", observed.State.RECREATE)


def test_a_box_that_vagrant_does_not_know_is_made_anew(boxes: Boxes) -> None:
    """Vagrant would make a second container of that name, and fail."""
    boxes.vagrant("kube-master-01", "another")
    only(boxes, "kube-master-01", observed.State.RECREATE)


@pytest.mark.parametrize("text", ["", RECORD.replace("digest", "older"), RECORD + RECORD])
def test_a_box_that_applied_something_else_applies_again(boxes: Boxes, text: str) -> None:
    """Nothing, an older folder, or more than there is now."""
    boxes.applied("kube-worker-01", text)
    only(boxes, "kube-worker-01", observed.State.APPLY)


def test_a_box_that_does_not_answer_applies_again(boxes: Boxes) -> None:
    """What it has is not known: the worse is assumed."""
    (boxes.computer.folder / "records/kube-worker-01").unlink()
    only(boxes, "kube-worker-01", observed.State.APPLY)


def test_a_lab_of_another_checkout_is_not_touched(boxes: Boxes) -> None:
    """Its boxes are named, with the place from which they were made."""
    boxes.found["etcd-01"]["Config"]["Labels"]["kubelab.root"] = "/home/else/kubelab"
    with pytest.raises(errors.LabError, match="another checkout") as caught:
        boxes.states()
    assert "/home/else/kubelab" in caught.value.details[0]


def test_the_reason_is_told_with_what_is_to_be_done(boxes: Boxes) -> None:
    """Another amount of memory is named with both numbers; a stopped box is called so."""
    container = boxes.found["kube-worker-02"]
    container["Config"]["Labels"]["kubelab.shape"] = "0" * 16
    container["HostConfig"] = {"Memory": 1024 << 20, "NanoCpus": 2 * 10**9}
    boxes.found["etcd-01"]["State"]["Running"] = False
    there = boxes.there()
    assert "memory 1024 -> 2048" in there.boxes["kube-worker-02"].why
    assert there.boxes["etcd-01"].why == "it is stopped"
    assert (there.boxes["kube-worker-01"].record, there.boxes["kube-worker-01"].why) == (RECORD, "")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"HostConfig": {"Memory": 3 << 30, "NanoCpus": 2 * 10**9}}, "memory 3072 -> 2048"),
        ({"HostConfig": {"Memory": 2 << 30, "NanoCpus": 1 * 10**9}}, "cpus 1 -> 2"),
        ({"HostConfig": {}}, "memory 0 -> 2048; cpus 0 -> 2"),
        ({"Image": "kubelab-box:old"}, f"box image kubelab-box:old -> {BOX.image}"),
        ({"HostConfig": {"Memory": 2 << 30, "NanoCpus": 2 * 10**9, "PidsLimit": 64}}, "process limit 64 -> none"),
        ({}, "the flags or mounts with which boxes are run changed"),
    ],
)
def test_what_differs_of_a_shape_is_told_and_nothing_else(boxes: Boxes, changed: dict[str, Any], why: str) -> None:
    """Each part is compared with what Docker says of it, in its own unit."""
    container = boxes.found["kube-worker-02"]
    container["NetworkSettings"] = {"Networks": {"lab": {"IPAMConfig": {"IPv4Address": "192.168.56.122"}}}}
    container["HostConfig"] = {"Memory": 2048 << 20, "NanoCpus": 2 * 10**9}
    container["Config"]["Labels"]["kubelab.shape"] = "0" * 16
    container["Config"]["Image"] = changed.get("Image", BOX.image)
    container["HostConfig"] = changed.get("HostConfig", container["HostConfig"])
    assert boxes.there().boxes["kube-worker-02"].why == why


def test_a_box_that_the_lab_file_no_longer_names_is_a_stranger(boxes: Boxes) -> None:
    """Found by its volumes even when its container is gone, and by its container without any."""
    boxes.volumes.append("kube-worker-03")
    container = json.loads(json.dumps(boxes.found["kube-worker-02"]))
    container |= {"Id": "id-kube-worker-04", "Name": "/kubelab-mine-kube-worker-04"}
    container["Config"]["Labels"]["kubelab.box"] = "kube-worker-04"
    boxes.found["kube-worker-04"] = container
    assert boxes.there().strangers == ("kube-worker-03", "kube-worker-04")


def test_another_address_is_told_with_both(boxes: Boxes) -> None:
    """The one that the container was given by its lab; one in no network has none."""
    for ident, networks in {
        "192.168.99.9": {"bridge": {"IPAMConfig": None}, "lab": {"IPAMConfig": {"IPv4Address": "192.168.99.9"}}},
        "none": {"bridge": {}},
    }.items():
        container = boxes.found["kube-worker-02"]
        container["Config"]["Labels"]["kubelab.shape"] = "0" * 16
        container["NetworkSettings"] = {"Networks": networks}
        assert f"address {ident} -> 192.168.56.122" in boxes.there().boxes["kube-worker-02"].why


def test_the_words_for_what_a_box_needs_stay() -> None:
    """Programs read them: they stand in the JSON of lab.plan and lab.up."""
    assert [str(state) for state in observed.State] == ["nothing", "apply its folder", "start", "create", "create anew"]
