"""The small read-only disk of a virtual machine: its rendered folder, with the facts that Docker gives a container.

A machine reads it when it starts. A running machine gets a changed folder by `send`.
"""

from __future__ import annotations

import io
import shlex
import shutil
import tarfile
import tempfile
from pathlib import Path

from kubelab import model, paths
from kubelab.clients import iso, ssh
from kubelab.files import atomic

LABEL = "kl-box"
"""The disk's label; the machine mounts it at /opt/kubelab/box."""
TAKE = paths.PROVISION / "take-folder.sh"
SECONDS = 60.0
"""For a folder of some 100 files to arrive."""


def facts(lab: model.Lab, machine: model.Machine) -> dict[str, bytes]:
    """Return the files that a machine's disk has beside its folder: name, address, folders on its own disk."""
    return {
        "hostname": f"{machine.name}\n".encode(),
        "address": f"{machine.address}/{lab.network.machines.prefixlen}\n".encode(),
        "volumes": "".join(f"{point}\n" for point in machine.data.values()).encode(),
    }


def path(where: paths.LabPaths, machine: model.Machine) -> Path:
    """Return the path of a machine's disk on this computer."""
    return where.disks / f"{machine.name}.iso"


def renew(lab: model.Lab, machine: model.Machine, where: paths.LabPaths) -> Path:
    """Write a machine's disk, 0600 as it holds keys, from its folder under build/; return its path.

    A running machine keeps the file that it has open: it sees the new one at its next start. Raises `box-tools` and
    `vm-disk`.
    """
    with tempfile.TemporaryDirectory(prefix=f".{machine.name}-", dir=_folder(where)) as scratch:
        staged = Path(scratch, "box")
        shutil.copytree(where.box(machine.name), staged)
        for name, content in facts(lab, machine).items():
            Path(staged, name).write_bytes(content)
            Path(staged, name).chmod(0o644)
        for part in (staged, *staged.rglob("*/")):
            part.chmod(0o755)
        return iso.write(path(where, machine), LABEL, {"": staged}, mode=atomic.PRIVATE)


def renew_all(lab: model.Lab, where: paths.LabPaths) -> tuple[Path, ...]:
    """Write the disk of every machine of a lab; return their paths. Raises as `renew`."""
    return tuple(renew(lab, machine, where) for machine in lab.machines)


def send(lab: model.Lab, machine: model.Machine, where: paths.LabPaths) -> None:
    """Give a running machine its folder as it is now, in place of the one that it has.

    It lasts until the machine stops; `renew` is for the next start. Raises `ssh.Unreachable` and `ssh.Failed`.
    """
    command = f"sudo bash -c {shlex.quote(TAKE.read_text(encoding='utf-8'))}"
    ssh.run(where, machine, command, timeout=SECONDS, given=archive(lab, machine, where))


def archive(lab: model.Lab, machine: model.Machine, where: paths.LabPaths) -> bytes:
    """Return the content of a machine's disk as a tar in which every file is root's."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        folder = where.box(machine.name)
        for place in sorted(folder.rglob("*")):
            tar.add(place, str(place.relative_to(folder)), recursive=False, filter=_as_root)
        for name, content in facts(lab, machine).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o755 if entry.isdir() else entry.mode
    return entry


def _folder(where: paths.LabPaths) -> Path:
    atomic.folder(where.disks)
    return where.disks
