"""What a virtual machine reads from its disks, and what it gets while it runs, is the folder that was rendered."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import rendering

from kubelab import model, paths
from kubelab.clients import iso
from kubelab.components import software_disk
from kubelab.providers import machine_disk
from kubelab.render import templates

pytestmark = pytest.mark.skipif(not shutil.which("isoinfo"), reason="there is no isoinfo here: ./run host.setup")
Content = dict[str, tuple[int, bytes]]
"""Path to mode and content."""


def on_disk(disk: Path) -> Content:
    """Return what a disk has, as Rock Ridge says it; every file must be root's."""
    found, folder = {}, ""
    for line in said("-l", "-R", "-i", disk).decode().splitlines():
        if line.startswith("Directory listing of "):
            folder = line.removeprefix("Directory listing of ")
        elif row := re.fullmatch(r"([-dl])(\S{9}) +\d+ +(\d+) +(\d+) .*\] +(.+?) *", line):
            kind, mode, user, group, name = row.groups()
            assert (user, group) == ("0", "0"), line
            assert kind in "-d", line
            path = f"{folder}{name}"
            if kind == "-":
                content = said("-R", "-i", disk, "-x", path)
                found[path[1:]] = (sum(0o400 >> at for at, sign in enumerate(mode) if sign != "-"), content)
            else:
                assert mode in ("rwxr-xr-x", "r-xr-xr-x"), line
    return found


def said(*words: object) -> bytes:
    """Return what isoinfo prints."""
    return subprocess.run(["isoinfo", *map(str, words)], check=True, capture_output=True).stdout


def in_archive(archive: bytes) -> Content:
    """Return what a tar has; every file must be root's."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for entry in tar:
            assert (entry.uid, entry.gid, entry.uname) in ((0, 0, "root"), (0, 0, "")), entry.name
            if content := tar.extractfile(entry):
                found[entry.name] = (entry.mode, content.read())
    return found


def in_folder(lab: model.Lab, machine: model.Machine, where: paths.LabPaths) -> Content:
    """Return what a machine is to have: its folder, and the facts that it cannot know."""
    folder = where.box(machine.name)
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {str(path.relative_to(folder)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in files}
    return found | {name: (0o644, content) for name, content in machine_disk.facts(lab, machine).items()}


def test_a_machines_disk_and_archive_are_its_folder(labs: rendering.Labs) -> None:
    """Contents and modes, with nothing more; the disk is its owner's alone, as it holds keys, and can be renewed."""
    lab, where = labs["default"].lab, labs["default"].where
    for machine in lab.machines:
        wanted = in_folder(lab, machine, where)
        assert wanted["ssh/ssh_host_ed25519_key"][0] == 0o600
        assert wanted["provision.sh"][0] == 0o755
        machine_disk.path(where, machine).unlink(missing_ok=True)
        for _ in range(2):
            disk = machine_disk.renew(lab, machine, where)
        assert disk.stat().st_mode & 0o777 == 0o600
        assert on_disk(disk) == wanted
        assert in_archive(machine_disk.archive(lab, machine, where)) == wanted
    assert {path.name for path in where.disks.iterdir()} == {f"{machine.name}.iso" for machine in lab.machines}


def test_a_machine_is_told_name_address_and_volumes(labs: rendering.Labs) -> None:
    """What Docker gives a container: the name, the address with its network's length, and the paths that are
    volumes."""
    lab = labs["default"].lab
    node = lab.nodes[0]
    told = machine_disk.facts(lab, node)
    assert told["hostname"].decode() == f"{node.name}\n"
    assert told["address"].decode() == f"{node.address}/24\n"
    assert told["volumes"].decode().splitlines() == list(node.data.values())


def test_labels_are_those_that_machines_look_for(labs: rendering.Labs) -> None:
    """The box's own unit and Ignition's unit mount what is written here, and as ISO 9660: UDF would drop modes."""
    prepare = (paths.BOXES / "vm/files/usr/libexec/kubelab/prepare").read_text()
    for label in (machine_disk.LABEL, software_disk.LABEL):
        assert label.startswith("kl-")
        assert f" {label.removeprefix('kl-')}" in prepare
    assert "disk=/dev/disk/by-label/kl-$part" in prepare
    assert "mount -t iso9660 " in prepare
    names = tuple(label.removeprefix("kl-") for label in (machine_disk.LABEL, software_disk.LABEL))
    values: dict[str, object] = {"disks": names, "folder": "", "name": "", "address": ""}
    unit = templates.text("ignition/kubelab.service", values)
    assert f"for d in {' '.join(names)};" in unit
    assert "mount -t iso9660 -o ro LABEL=kl-$$d" in unit
    disk = machine_disk.renew(labs["default"].lab, labs["default"].lab.machines[0], labs["default"].where)
    assert f"Volume id: {machine_disk.LABEL}\n" in said("-d", "-i", disk).decode()


def test_signs_in_a_path_are_no_syntax(tmp_path: Path) -> None:
    """An equals sign or a backslash in a folder's name does not end the path."""
    folder = tmp_path / "a=b\\c"
    folder.mkdir()
    (folder / "x=y").write_text("here")
    disk = iso.write(tmp_path / "one.iso", "kl-box", {"d=e": folder, "f": folder / "x=y"})
    assert {path: content for path, (_, content) in on_disk(disk).items()} == {"d=e/x=y": b"here", "f": b"here"}
