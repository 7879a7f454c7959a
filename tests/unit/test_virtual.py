"""What host.doctor says of virtual machines, and what host.setup does for them, on computers with and without."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

import labs_data
import pytest
from fakes import Answer, Computer

from kubelab import errors, model
from kubelab.host import doctor, doctor_findings, packages, platforms, setup, virtual

KVM = dataclasses.replace(labs_data.lab("mine"), provider=model.Provider.LIBVIRT)
QEMU = dataclasses.replace(KVM, driver=model.Driver.QEMU)
READY = Answer(out="Running against daemon: 9.0.0\n")


def subject(lab: model.Lab) -> doctor_findings.Subject:
    """Return a computer on which all else is well."""
    return doctor_findings.Subject(lab=lab, engine={}, problem=None, running=frozenset(), bridges={}, routes={})


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer whose libvirt answers, with Vagrant's plug-in, settings of its own and no init system."""
    made = Computer.made(tmp_path, monkeypatch)
    made.program("virsh", {"--connect qemu:///system --quiet version": READY})
    (tmp_path / "plugin.json").touch()
    monkeypatch.setattr(packages, "PLUGIN", str(tmp_path / "plugin.json"))
    monkeypatch.setattr(virtual, "CONFIG", tmp_path / "qemu.conf")
    monkeypatch.setattr(platforms, "has_systemd", lambda: False)
    return made


def test_a_lab_of_containers_is_asked_nothing_of_this() -> None:
    """No row more, and no kernel is booted."""
    assert virtual.looks(labs_data.lab()) == ()
    assert virtual.looks(KVM) == virtual.LOOKS
    assert not set(virtual.LOOKS) & {*doctor.QUICK, *doctor.THOROUGH}


def test_libvirt_and_the_plug_in_are_each_asked_for(computer: Computer) -> None:
    """Both there: well; without either the remedy is host.setup for this very lab."""
    assert virtual.check_libvirt(subject(KVM)).ok
    assert virtual.check_libvirt(subject(KVM)).found == "libvirt 9.0.0"
    (computer.folder / "plugin.json").unlink()
    row = virtual.check_libvirt(subject(KVM))
    assert (row.ok, row.fix) == (False, "./run host.setup --lab mine")
    assert "no vagrant-libvirt" in row.found
    (computer.folder / "home/.vagrant.d/gems/3.0.2/gems/vagrant-libvirt-0.12.2").mkdir(parents=True)
    assert virtual.check_libvirt(subject(KVM)).ok
    (computer.folder / "bin/virsh").unlink()
    row = virtual.check_libvirt(subject(KVM))
    assert (row.ok, row.found) == (False, "there is no virsh command")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(code=virtual.WELL), "a tiny kernel ran"),
        (Answer(err="qemu: failed to set MSR 0x10a to 0x69", code=134), "ended with 134: qemu: failed to set MSR"),
        (Answer(err="Could not access KVM kernel module", code=1), "ended with 1: Could not access KVM"),
        (Answer(code=0), "ended with 0: no word"),
        (Answer(seconds=5), "a tiny kernel hung"),
    ],
)
def test_kvm_is_believed_only_if_a_kernel_ran(
    computer: Computer, monkeypatch: pytest.MonkeyPatch, answer: Answer, said: str
) -> None:
    """That the device exists says nothing: each other end of that kernel is a finding that names driver: qemu."""
    monkeypatch.setattr(virtual, "SECONDS", 0.2 if answer.seconds else 20.0)
    computer.program("qemu-system-x86_64", {"-accel kvm -cpu host": answer})
    row = virtual.check_driver(subject(KVM))
    assert said in row.found
    assert row.ok == (answer.code == virtual.WELL)
    assert "write driver: qemu into labs/mine.yaml" in row.fix


def test_emulation_boots_nothing(computer: Computer) -> None:
    """A lab with driver qemu needs no processor of that kind; without QEMU, one with kvm is told so."""
    assert virtual.check_driver(subject(QEMU)).ok
    assert computer.calls("qemu-system-x86_64") == []
    assert virtual.check_driver(subject(KVM)).found == "no qemu-system-x86_64"


def test_the_tiny_kernel_is_one_sector() -> None:
    """It fits before the mark of a boot sector, and writes the value that makes the awaited exit code."""
    assert len(virtual.TINY) <= 510
    assert bytes([0x66, 0xBA, 0xF4, 0x00, 0xB0, 0x10, 0xEE]) in virtual.TINY
    assert virtual.WELL == 0x10 * 2 + 1


def test_a_closed_folder_above_the_disks_is_named(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """libvirt's own user could not read them; where libvirt runs machines as root it can."""
    shut = computer.folder / "it's my home"
    shut.mkdir()
    shut.chmod(0o700)
    monkeypatch.setattr(virtual, "_above", lambda: [shut])
    row = virtual.check_reach(subject(KVM))
    assert row.ok is False
    assert shlex.split(row.fix) == ["chmod", "o+x", str(shut)]
    virtual.CONFIG.write_text('user = "root"\n', encoding="utf-8")
    assert virtual.check_reach(subject(KVM)).ok


def test_nothing_is_started_where_libvirt_answers(computer: Computer) -> None:
    """Nor where it refuses this user: the group is another step."""
    assert list(virtual.start()) == []
    refused = Answer(err="error: authentication unavailable", code=1)
    computer.program("virsh", {"--connect qemu:///system --quiet version": refused})
    assert list(virtual.start()) == []


def test_without_an_init_system_it_is_set_up_once_and_started(computer: Computer) -> None:
    """The settings are appended only if they are not there; systemd starts its own unit."""
    (computer.folder / "bin/virsh").unlink()
    settings, begin = virtual.start()
    assert settings.words[:2] == begin.words[:2] == ("sh", "-c")
    assert all(row in settings.words[2] for row in virtual.WITHOUT_INIT)
    assert "virtlogd -d" in begin.words[2]
    assert "libvirtd -d" in begin.words[2]
    virtual.CONFIG.write_text(f"{virtual.MARK}\n", encoding="utf-8")
    assert [action.what for action in virtual.start()] == [begin.what]
    computer.patch.setattr(platforms, "has_systemd", lambda: True)
    assert [action.words for action in virtual.start()] == [("systemctl", "enable", "--now", "libvirtd")]


def test_a_libvirt_that_does_not_come_is_an_error(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says why; one that answers ends the wait."""
    virtual.wait()
    monkeypatch.setattr(virtual, "STARTED", 0.0)
    (computer.folder / "bin/virsh").unlink()
    with pytest.raises(errors.LabError, match="started and does not answer") as caught:
        virtual.wait()
    assert any("no virsh command" in str(row) for row in caught.value.details)


@pytest.mark.usefixtures("computer")
def test_its_packages_are_for_its_labs_alone() -> None:
    """They are in no usual set-up, and what is missing of them is found by its signs."""
    assert not {row.name for row in packages.PACKAGES} & {row.name for row in packages.VIRTUAL}
    missing = [row.name for row in packages.missing(packages.VIRTUAL) if row.name not in ("libvirt-clients",)]
    present = [row.name for row in packages.VIRTUAL if row.present]
    assert "libvirt-clients" in present
    assert set(missing) == {row.name for row in packages.VIRTUAL} - set(present)
    assert setup.VIRTUAL_STEPS
    assert not set(setup.VIRTUAL_STEPS) & set(setup.STEPS)
