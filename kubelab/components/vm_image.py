"""The box of virtual machines: a disk with the embedded box's userland and a kernel, packed for Vagrant.

The disk is made in containers, without a loop device or a mount. It is named by its inputs and kept in the cache, once
for each provider.
"""

from __future__ import annotations

import dataclasses
import json
import os
import string
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, paths
from kubelab.clients import docker, program
from kubelab.components import box_image, userland
from kubelab.files import atomic
from kubelab.ui import amounts, progress

NAME = "kubelab-vm"
BASE = "kubelab/vm-base"
PACKAGES = ("qemu-utils",)
"""Debian packages that this computer needs to convert the disk, beside those of the boxes."""
ROOT_MIB, BOOT_MIB, TABLE_MIB = 8192, 64, 2
"""The root file system (sparse: some 400 MB are written), the kernel's, and room for the partition table."""
DISK_BYTES = (ROOT_MIB + BOOT_MIB + TABLE_MIB) << 20
HOOK = 'd="$1/etc/initramfs-tools/conf.d"; mkdir -p "$d"; printf "MODULES=list\\nFSTYPE=ext4\\n" > "$d/kubelab"'
"""Makes the initramfs small: only the modules that find the root disk."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """How a provider's box holds the disk: file name, qemu-img's options, and the files beside it under boxes/vm/."""

    disk: str
    options: tuple[str, ...]
    files: tuple[str, ...] = ()


FORMATS: Mapping[model.Provider, Format] = {
    model.Provider.LIBVIRT: Format(disk="box.img", options=("-c", "-O", "qcow2")),
    model.Provider.VIRTUALBOX: Format(
        disk="box-disk001.vmdk",
        options=("-O", "vmdk", "-o", "subformat=streamOptimized"),
        files=("box.ovf", "Vagrantfile"),
    ),
}


def name() -> str:
    """Return the name of the box for `config.vm.box`; it follows from boxes/ alone."""
    return f"{NAME}-{userland.digest(base(), _context())}"


def path(provider: model.Provider) -> Path:
    """Return the path of a provider's `.box` in the cache, for `config.vm.box_url`."""
    return home() / f"{name()}.{provider}.box"


def home() -> Path:
    """Return the folder of boxes in the cache."""
    return paths.cache() / "vm"


def base() -> userland.Userland:
    """Return the Debian userland of virtual machines, with the tools that make their disk."""
    folder = paths.BOXES / "vm"
    packages = (*box_image.packages(), *userland.rows(folder / "packages"), *userland.rows(folder / "tools"))
    return userland.Userland(name=BASE, packages=packages, options=(f"--setup-hook={HOOK}",))


def ensure(provider: model.Provider, run: progress.Progress) -> Path:
    """Make a provider's box if the cache lacks it; return its path.

    Raises `box-tools`, `box-base`, `box-unprivileged`, `vm-disk` and Docker's errors.
    """
    target = path(provider)
    if target.exists():
        return target
    ground = userland.ensure(base(), run)
    with userland.alone(), run.phase("virtual machine box") as phase:
        if not target.exists():
            atomic.folder(home(), mode=0o755)
            with tempfile.TemporaryDirectory(prefix=".making-", dir=home()) as folder:
                phase.update("root file system")
                _root(Path(folder), ground)
                phase.update("disk")
                _disk(Path(folder), ground)
                phase.update(f"{provider} box")
                _pack(Path(folder), FORMATS[provider], provider, target)
        phase.done(amounts.human(target.stat().st_size))
    return target


def _context() -> Iterator[userland.File]:
    """Yield each file for the Dockerfile, and those that the disk and the boxes are made from."""
    for file in userland.files(paths.BOXES):
        if file.name.startswith(("files/", "vm/")):
            yield dataclasses.replace(file, name="Dockerfile") if file.name == "vm/Dockerfile" else file


def _root(folder: Path, ground: str) -> None:
    """Write root.tar: the root file system. What Docker needed for it is removed from Docker."""
    tag = f"kubelab/vm:{userland.digest(base(), _context())}"
    userland.build(tag, ground, _context())
    box = docker.run("create", tag, "none").strip()
    try:
        docker.run("export", "--output", str(folder / "root.tar"), box, timeout=600)
    finally:
        docker.run("rm", box)
        docker.run("rmi", tag)


def _disk(folder: Path, ground: str) -> None:
    """Make disk.raw of root.tar, as this user, in a container with the tools."""
    (folder / "syslinux.cfg").write_bytes((paths.BOXES / "vm/syslinux.cfg").read_bytes())
    docker.run(
        *("run", "--rm", "--network", "none", "--user", f"{os.getuid()}:{os.getgid()}", "--workdir", "/work"),
        *("--mount", docker.bind(folder, "/work")),
        *("--mount", docker.bind(paths.BOXES / "vm/make-disk.sh", "/make-disk.sh", readonly=True)),
        *("--entrypoint", "bash", ground, "/make-disk.sh", str(ROOT_MIB), str(BOOT_MIB)),
        timeout=600,
    )


def _pack(folder: Path, form: Format, provider: model.Provider, target: Path) -> None:
    """Convert the disk and write the box: a tar with the disk, its description, and metadata.json."""
    disk = folder / form.disk
    _convert([*form.options, str(folder / "disk.raw"), str(disk)])
    with atomic.draft(target, mode=atomic.PUBLIC) as staged, tarfile.open(staged, "w") as box:
        for name, content in (("metadata.json", _metadata(provider)), *_described(form, disk)):
            (folder / name).write_text(content, encoding="utf-8")
            box.add(folder / name, name, filter=_plain)
        box.add(disk, form.disk, filter=_plain)


def _metadata(provider: model.Provider) -> str:
    facts: dict[str, object] = {"provider": str(provider)}
    if provider is model.Provider.LIBVIRT:
        facts |= {"format": "qcow2", "virtual_size": -(-DISK_BYTES >> 30)}  # GiB, the next whole one
    return json.dumps(facts)


def _described(form: Format, disk: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of the files beside the disk."""
    values = {"disk": form.disk, "capacity": DISK_BYTES, "size": disk.stat().st_size}
    for name in form.files:
        text = (paths.BOXES / "vm" / name).read_text(encoding="utf-8")
        yield name, string.Template(text).substitute(values) if name.endswith(".ovf") else text


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o644
    return entry


def _convert(words: list[str]) -> None:
    try:
        done = program.run(["qemu-img", "convert", *words])
    except FileNotFoundError as problem:
        raise errors.LabError("box-tools", "there is no qemu-img command") from problem
    if done.returncode:
        details = done.stderr.strip().splitlines()[-5:]
        raise errors.LabError("vm-disk", "qemu-img could not convert the disk", details=details)
