"""The box of virtual machines is named by its inputs, and made once for each provider."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from fakes import Answer, Computer, report

from kubelab import model, paths
from kubelab.clients import docker
from kubelab.components import box_image, userland, vm_image

OVF = {"ovf": "http://schemas.dmtf.org/ovf/envelope/1"}


class Engine:
    """A Docker that makes a disk of a root file system, and refuses what it was not told about."""

    def __init__(self) -> None:
        """Begin without images."""
        self.images: set[str] = set()
        self.context: set[str] = set()
        self.builds = 0

    def run(self, *arguments: str, timeout: float = 60) -> str:  # noqa: ARG002 (as docker.run)
        """Answer as `docker ARGUMENTS` would."""
        match arguments:
            case ("images", "--quiet", tag):
                return "id\n" if tag in self.images else ""
            case ("import", _, tag):
                self.images.add(tag)
            case ("build", "--quiet", "--build-arg", _, "--tag", tag, folder):
                self.builds += 1
                self.images.add(tag)
                self.context = {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}
            case ("create", tag, "none") if tag in self.images:
                return "the-container\n"
            case ("export", "--output", target, "the-container"):
                Path(target).write_text("root")
            case ("rm", "the-container"):
                pass
            case ("rmi", tag):
                self.images.remove(tag)
            case ("run", "--rm", "--network", "none", "--user", *_, "/make-disk.sh", "8192", "64"):
                mount = next(word for word in arguments if word.endswith("dst=/work"))
                folder = mount.split('"')[1].removeprefix("src=")
                assert Path(folder, "syslinux.cfg").is_file()
                Path(folder, "root.tar").rename(Path(folder, "disk.raw"))
            case _:
                raise AssertionError(f"unexpected: docker {arguments}")
        return ""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Put a fake engine, qemu-img and mmdebstrap behind their doors, and boxes/ in a copy."""
    computer = Computer.made(tmp_path, monkeypatch)
    shutil.copytree(paths.BOXES, tmp_path / "copy-of-boxes")
    monkeypatch.setattr(paths, "BOXES", tmp_path / "copy-of-boxes")
    fake = Engine()
    monkeypatch.setattr(docker, "run", fake.run)
    computer.everything()
    computer.program("mmdebstrap", {"": Answer(out="userland")})
    computer.program("sudo", {"": Answer()})
    computer.script("qemu-img", '#!/bin/sh\nfor last; do :; done\necho "$*" > "$last"\n')
    return fake


def box_of(provider: model.Provider) -> dict[str, bytes]:
    """Make a provider's box; return file name to content."""
    found = {}
    with tarfile.open(vm_image.ensure(provider, report()[0])) as box:
        for entry in box:
            content = box.extractfile(entry)
            assert content
            assert (entry.uid, entry.mode) == (0, 0o644)
            found[entry.name] = content.read()
    return found


def test_the_libvirt_box_is_a_qcow2_with_its_size(engine: Engine) -> None:
    """vagrant-libvirt wants box.img, and in metadata.json the whole GiB that hold the disk; a second call makes
    nothing, and Docker keeps no image but the userland."""
    box = box_of(model.Provider.LIBVIRT)
    assert set(box) == {"metadata.json", "box.img"}
    assert json.loads(box["metadata.json"]) == {"provider": "libvirt", "format": "qcow2", "virtual_size": 9}
    assert 8 << 30 < vm_image.DISK_BYTES <= 9 << 30
    assert box["box.img"].startswith(b"convert -c -O qcow2 ")
    assert engine.images == {vm_image.base().tag}
    vm_image.ensure(model.Provider.LIBVIRT, report()[0])
    assert engine.builds == 1
    assert [path.name for path in vm_image.home().iterdir()] == [f"{vm_image.name()}.libvirt.box"]


def test_the_virtualbox_box_is_an_appliance(engine: Engine) -> None:  # noqa: ARG001 (stands in for Docker)
    """Its OVF names the disk beside it with its two sizes; its kernel has no driver for an E1000 card."""
    box = box_of(model.Provider.VIRTUALBOX)
    assert set(box) == {"metadata.json", "box.ovf", "Vagrantfile", "box-disk001.vmdk"}
    assert json.loads(box["metadata.json"]) == {"provider": "virtualbox"}
    assert box["box-disk001.vmdk"].startswith(b"convert -O vmdk -o subformat=streamOptimized ")
    appliance = ET.fromstring(box["box.ovf"])  # noqa: S314 (our own)
    file, disk = appliance.find(".//ovf:File", OVF), appliance.find(".//ovf:Disk", OVF)
    assert file is not None
    assert disk is not None
    name = f"{{{OVF['ovf']}}}"
    assert file.attrib == {f"{name}id": "file1", f"{name}href": "box-disk001.vmdk",
                           f"{name}size": str(len(box["box-disk001.vmdk"]))}  # fmt: skip
    assert disk.attrib[f"{name}capacity"] == str(vm_image.DISK_BYTES)
    assert b"virtio</rasd:ResourceSubType>" in box["box.ovf"]
    assert b'default_nic_type = "virtio"' in box["Vagrantfile"]


def test_every_input_is_in_the_name(engine: Engine) -> None:
    """A file of the container box, one of the machine alone, and a package each ask for another box; the entrypoint,
    which no machine has, does not."""
    seen = {vm_image.name()}
    for name in ("files/etc/ssh/sshd_config", "vm/make-disk.sh", "vm/box.ovf", "vm/packages", "packages"):
        place = paths.BOXES / name
        place.write_text(f"{place.read_text()}\nmore\n")
        seen.add(vm_image.name())
    assert len(seen) == 6
    (paths.BOXES / "entrypoint").write_text("another")
    assert vm_image.name() in seen
    vm_image.ensure(model.Provider.LIBVIRT, report()[0])
    assert {"Dockerfile", "files/etc/ssh/sshd_config", "vm/files/usr/libexec/kubelab/prepare"} <= engine.context
    assert "entrypoint" not in engine.context


def test_a_machine_has_the_packages_of_a_container_and_no_python() -> None:
    """It is the same box: what is beyond is a kernel, its addresses, and the tools that leave again."""
    packages = vm_image.base().packages
    assert set(box_image.packages()) < set(packages)
    assert "linux-image-cloud-amd64" in packages
    assert not [name for name in packages if "python" in name]
    assert set(userland.rows(paths.BOXES / "vm/tools")) <= set(packages)


def test_a_machine_whose_kernel_dies_starts_again() -> None:
    """One of four emulated machines died while it started, and stood still: `lab.up` waited for it in vain."""
    (options,) = re.findall(r"(?m)^ APPEND (.*)$", (paths.BOXES / "vm/syslinux.cfg").read_text(encoding="utf-8"))
    assert "panic=10" in options.split()
