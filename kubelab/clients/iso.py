"""The door to genisoimage: read-only disks with an ISO 9660 file system, which each hypervisor and each CoreOS knows.

Rock Ridge keeps names and modes; every file is root's. Mount such a disk with `-t iso9660`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kubelab import errors
from kubelab.clients import program
from kubelab.files import atomic

PACKAGE = "genisoimage"
"""The Debian package of the program."""
OPTIONS = ("-quiet", "-D", "-R", "-uid", "0", "-gid", "0")
"""No folder is moved for its depth; names and modes are kept."""


def write(target: Path, label: str, parts: Mapping[str, Path], *, mode: int = atomic.PUBLIC) -> Path:
    """Write a disk with files and folders of this computer, by their paths on the disk; return `target`.

    A folder under the path "" is the disk's root. Raises `box-tools` without the program and `vm-disk` if it fails.
    """
    grafts = [f"{_escaped(path)}/={_escaped(source)}" if source.is_dir() else f"{_escaped(path)}={_escaped(source)}"
              for path, source in parts.items()]  # fmt: skip
    with atomic.draft(target, mode=mode, durable=False) as staged:
        try:
            done = program.run(["genisoimage", *OPTIONS, "-V", label, "-o", str(staged), "-graft-points", *grafts])
        except FileNotFoundError as problem:
            raise errors.LabError("box-tools", "there is no genisoimage command") from problem
        if done.returncode:
            details = done.stderr.strip().splitlines()[-5:]
            raise errors.LabError("vm-disk", f"genisoimage could not make {target.name}", details=details)
    return target


def _escaped(path: object) -> str:
    return str(path).replace("\\", "\\\\").replace("=", "\\=")
