"""A lab of virtual machines: found by names and descriptions, and acted on by virsh alone."""

from __future__ import annotations

import dataclasses
import socket
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import components_data
import labs_data
import pytest
from fakes import Answer, Computer

from kubelab import errors, model, paths, providers
from kubelab.clients import ssh, virsh
from kubelab.converge import compose, observed
from kubelab.providers import libvirt, libvirt_found, machine_disk
from kubelab.render import lab_files

LIBVIRT = providers.BY_KIND[model.Provider.LIBVIRT]
LAB = dataclasses.replace(
    labs_data.lab("mine"),
    provider=model.Provider.LIBVIRT,
    driver=model.Driver.QEMU,
    versions=components_data.versions(),
)
CALL = "--connect qemu:///system --quiet"
UUID = "354103b2-b767-46ca-8219-6a167dcd7544"
WORDS = {"lab": "mine", "box": "etcd-01", "root": "/home/me & you/kubelab", "shape": "abc", "image": "kubelab-vm-1"}
DISK = "kubelab-mine.etcd-01.data.qcow2"


def domain(name: str = "kubelab-mine-etcd-01", **words: str) -> str:
    """Return what libvirt says of a machine."""
    said = libvirt.description({**WORDS, "address": "192.168.56.101", **words})
    return f"""<domain type='qemu' id='1'><name>{name}</name><uuid>{UUID}</uuid><description>{said}</description>
      <memory unit='KiB'>786432</memory><vcpu placement='static'>1</vcpu><devices>
      <interface type='network'><mac address='52:54:00:00:00:01'/><source network='vagrant-libvirt'/></interface>
      <interface type='network'><mac address='52:54:00:00:00:02'/><source network='kubelab-mine'/></interface>
      </devices></domain>
      """


NET = """<network><name>kubelab-mine</name><domain name='x'/><ip address='192.168.56.1' netmask='255.255.255.0'/>
  <ip family='ipv6' address='fd00::1' prefix='64'/></network>"""
LISTED = " 1    kubelab-mine-etcd-01   running\n -    other   shut off\n -    kubelab-mine-b-etcd-01   shut off\n"


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer whose libvirt has a machine of the lab, one of another lab and one of nobody's."""
    made = Computer.made(tmp_path, monkeypatch)
    told(made)
    return made


def told(computer: Computer, **answers: Answer) -> None:
    """Let libvirt know these calls as well."""
    both = domain() + domain("kubelab-mine-b-etcd-01", lab="mine-b")
    usual = {
        "uri": Answer(out="qemu:///system"),
        "list --all": Answer(out=LISTED),
        "dumpxml kubelab-mine-etcd-01; dumpxml kubelab-mine-b-etcd-01": Answer(out=both),
        "dumpxml kubelab-mine-etcd-01": Answer(out=domain()),
        "net-list --all --name": Answer(out="default\nkubelab-mine\nkubelab-mine-b\n"),
        "net-dumpxml kubelab-mine": Answer(out=NET),
        "pool-list --name": Answer(out="default\n"),
        "vol-list --pool default": Answer(out=f" {DISK}  /x/{DISK}\n kubelab-mine-etcd-01.img  /x/y\n"),
    }
    rest = {call: answer for call, answer in usual.items() if call not in answers}
    computer.program("virsh", {f"{CALL} {call}": answer for call, answer in {**answers, **rest}.items()})


def acted(computer: Computer) -> list[str]:
    """Return what virsh was told to do, without the looks."""
    calls = [call.removeprefix(f"{CALL} ") for call in computer.calls("virsh")]
    return [call for call in calls if not call.startswith(("list", "dumpxml", "net-list", "pool-list", "vol-list"))]


def test_a_machine_is_told_in_our_own_words(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a plan compares comes from libvirt, and a path with odd signs survives its XML."""
    monkeypatch.setattr(libvirt_found, "PROCESSES", computer.folder)
    (computer.folder / "kubelab-mine-etcd-01.pid").write_text("77", encoding="ascii")
    (box,) = LIBVIRT.boxes("mine")
    assert dataclasses.replace(box, since="") == providers.Box(
        ident=UUID, name="kubelab-mine-etcd-01", lab="mine", machine="etcd-01", root=Path("/home/me & you/kubelab"),
        shape="abc", state="running", runs=True, process=77, image="kubelab-vm-1", memory=768, cpus=1,
        address=IPv4Address("192.168.56.101"),
    )  # fmt: skip
    assert box.since.endswith("+00:00")


def test_a_lab_whose_name_begins_like_another_keeps_apart(computer: Computer) -> None:
    """`mine` has neither the machines nor the networks nor the disks of `mine-b`; all labs have all of them."""
    assert {box.lab for box in LIBVIRT.boxes()} == {"mine", "mine-b"}
    assert [network.name for network in LIBVIRT.networks("mine")] == ["kubelab-mine"]
    assert [network.ranges for network in LIBVIRT.networks("mine")] == [(IPv4Network("192.168.56.0/24"),)]
    assert LIBVIRT.volumes("mine") == (DISK,)
    assert LIBVIRT.volumes("mine-b") == LIBVIRT.volumes("mine", "kube-worker-01") == ()
    assert LIBVIRT.volume_machines("mine") == {"etcd-01"}
    assert computer.calls("docker") == []


def test_a_machine_that_goes_away_meanwhile_is_left_out(computer: Computer) -> None:
    """It was listed and has no description any more; any other refusal is told."""
    gone = Answer(err="error: failed to get domain 'x'\nerror: Domain not found: no domain with that name", code=1)
    told(computer, **{"dumpxml kubelab-mine-etcd-01; dumpxml kubelab-mine-b-etcd-01": gone,
                      "dumpxml kubelab-mine-b-etcd-01": gone})  # fmt: skip
    assert [box.lab for box in LIBVIRT.boxes()] == ["mine"]
    told(computer, **{"dumpxml kubelab-mine": Answer(err="error: out of memory", code=1)})
    with pytest.raises(errors.LabError, match="virsh dumpxml"):
        LIBVIRT.boxes("mine")


def test_without_libvirt_nothing_is_started_for_a_lab_of_containers(computer: Computer) -> None:
    """A search over all labs asks Docker alone; so it does where libvirt's daemon does not listen."""
    computer.program("docker", {"ps -aq": Answer()})
    assert providers.boxes() == ()
    assert computer.calls("virsh") == []


def test_where_libvirt_listens_it_is_asked_for_the_labs_of_all(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lab is found by its name alone, also one whose file is gone."""
    computer.program("docker", {"ps -aq": Answer(), "network ls": Answer(), "volume ls": Answer()})
    door = computer.folder / "d.sock"
    monkeypatch.setattr(virsh, "SOCKETS", (computer.folder / "none.sock", door))
    monkeypatch.setattr(virsh, "_let_in", set())
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(door))
        daemon.listen()
        assert [box.machine for box in providers.boxes("mine")] == ["etcd-01"]
        assert providers.volumes("mine") == (DISK,)
        assert [network.lab for network in providers.networks("mine")] == ["mine"]
        assert computer.calls("virsh").count(f"{CALL} uri") == 1  # a word asks many times
        virsh._let_in.clear()
        told(computer, uri=Answer(err="error: authentication unavailable: no polkit agent", code=1))
        assert providers.boxes("mine") == ()  # a person who is not in the group has labs of containers


ACTS: dict[str, tuple[tuple[Any, ...], list[str]]] = {
    "start": ((["a", "b"],), ["start a", "start b"]),
    "cut_power": ((["a"],), ["destroy a"]),
    "pause": ((["a"],), ["suspend a"]),
    "resume": ((["a"],), ["resume a"]),
    "remove_volumes": ((["v"],), ["vol-delete v --pool default"]),
    "remove_networks": ((["kubelab-mine"],), ["net-destroy kubelab-mine", "net-undefine kubelab-mine"]),
    "remove_boxes": (
        ([UUID],),
        [f"destroy {UUID}", f"undefine {UUID} --managed-save --snapshots-metadata --storage vda"],
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_this_call(computer: Computer, name: str) -> None:
    """And nothing else is touched: the disk with the data stays with `remove_boxes`, running machines end first."""
    given, wanted = ACTS[name]
    told(computer, **{"net-list --name": Answer(out="kubelab-mine\n"), **{call: Answer() for call in wanted}})
    if name == "remove_boxes":
        told(
            computer, **{"dumpxml kubelab-mine-etcd-01; ": Answer(out=domain()), **{call: Answer() for call in wanted}}
        )
    getattr(LIBVIRT, name)(*given)
    assert acted(computer) == wanted
    getattr(LIBVIRT, name)([])
    assert acted(computer) == wanted


def test_the_cable_of_the_labs_network_is_pulled_and_put_back(computer: Computer) -> None:
    """The way out is another network's."""
    told(computer, **{"domif-setlink": Answer()})
    (box,) = LIBVIRT.boxes("mine")
    LIBVIRT.cut_off(box)
    LIBVIRT.reconnect(box)
    assert acted(computer) == [f"domif-setlink {UUID} 52:54:00:00:00:02 {state}" for state in ("down", "up")]


@pytest.mark.parametrize("stops", [True, False])
def test_a_machine_is_stopped_by_its_own_systemd(
    computer: Computer, monkeypatch: pytest.MonkeyPatch, *, stops: bool
) -> None:
    """Its power is cut only if it did not stop in time."""
    told(computer, **{"destroy": Answer()})
    asked = []

    def run(where: paths.LabPaths, machine: ssh.Named, command: str, **_: Any) -> str:
        asked.append((where.name, machine.name, command))
        if stops:
            told(computer, **{"list --all": Answer(out=LISTED.replace("running", "shut off"))})
        raise ssh.Unreachable("closed by remote host")

    monkeypatch.setattr(ssh, "run", run)
    monkeypatch.setattr(libvirt, "STOPPED", 0.0)
    told(computer, **{"dumpxml kubelab-mine-etcd-01; ": Answer(out=domain()), "destroy": Answer()})
    LIBVIRT.stop(["kubelab-mine-etcd-01"])
    assert asked == [("mine", "etcd-01", "sudo systemctl poweroff")]
    assert acted(computer) == ([] if stops else ["destroy kubelab-mine-etcd-01"])


def test_the_vagrantfile_describes_a_machine_so_that_it_is_found(computer: Computer, tmp_path: Path) -> None:
    """A machine as rendered, made and described has nothing to do: its shape is the one that a plan wants."""
    rendered = compose.compose(LAB, paths.LabPaths(name=LAB.name))
    text = rendered.files["Vagrantfile"].content.decode()
    machine, how = LAB.etcd[0], compose.run_box(LAB)
    said = next(line for line in text.splitlines() if "vm.description" in line and "box=etcd-01" in line)
    own = domain().partition("<description>")[2].partition("<")[0]
    made = domain().replace(own, said.partition("'")[2].rpartition("'")[0])
    told(computer, **{"dumpxml kubelab-mine-etcd-01; ": Answer(out=made)})
    (box,) = LIBVIRT.boxes("mine")
    assert box.shape == lab_files.shape(machine, how)
    assert box.root == paths.ROOT
    assert box.name == machine.container
    assert observed.box(machine, box, how).why == "Vagrant does not know its container"
    assert f'"{libvirt.disk(machine)}"' in text
    assert "kvm" not in text
    assert not (tmp_path / "build").exists()


def test_a_changed_folder_reaches_a_machine_and_its_next_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fill` writes every machine's disk, `send` tells the running one."""
    done: list[tuple[str, str]] = []
    monkeypatch.setattr(machine_disk, "renew", lambda _, machine, __: done.append(("renew", machine.name)))
    monkeypatch.setattr(machine_disk, "send", lambda _, machine, __: done.append(("send", machine.name)))
    where = paths.LabPaths(name=LAB.name)
    LIBVIRT.fill(LAB, where)
    LIBVIRT.send(LAB, LAB.etcd[0], where)
    assert done == [*(("renew", machine.name) for machine in LAB.machines), ("send", "etcd-01")]


def test_what_it_cannot_do_is_said(computer: Computer) -> None:
    """A class of labs, and files in a disk that no machine has."""
    with pytest.raises(errors.LabError, match="does not run a lab for each student of a course on provider libvirt"):
        LIBVIRT.demand(providers.Act.MANY)
    with pytest.raises(errors.LabError, match="on provider libvirt"):
        LIBVIRT.make_volume("v", LAB.etcd[0], content=Path("/x"), image="i")
    assert acted(computer) == []
