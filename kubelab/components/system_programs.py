"""Debian's programs that a CoreOS system may lack, with their libraries, for the software disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from kubelab import paths
from kubelab.clients import docker
from kubelab.components import box_image, store
from kubelab.files import atomic
from kubelab.ui import amounts, progress

SCRIPT = paths.PROVISION / "make-programs.sh"
NAMES = (
    *("runc", "conntrack", "ipset", "socat", "ethtool", "jq"),
    *("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore"),
)
"""The programs; a machine's own script looks for the same (`from-disk.sh`)."""
FOLDERS = ("bin", "programs", "lib")
"""What the disk has of them, under /opt/kubelab/software."""
TIMEOUT = 120.0


def path(home: Path) -> Path:
    """Return their folder under `home`; its name follows from what makes it."""
    inputs = (box_image.box_image(), SCRIPT.read_text(encoding="utf-8"), *NAMES)
    return home / f"programs-{hashlib.sha256(chr(10).join(inputs).encode()).hexdigest()[:12]}"


def parts(home: Path) -> dict[str, Path]:
    """Return path on the disk to path on this computer."""
    return {name: path(home) / name for name in FOLDERS}


def ensure(home: Path, run: progress.Progress) -> None:
    """Take the programs out of the box image, which is made if Docker lacks it, where their folder is missing.

    Raises what `box_image.ensure` raises, and Docker's errors.
    """
    target = path(home)
    image = "" if target.exists() else box_image.ensure(run)
    with run.phase("programs for CoreOS") as phase, store.lock(target.name, lambda who: phase.update(f"after {who}")):
        if not target.exists():
            atomic.folder(home, mode=0o755)
            draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=home))
            try:
                _take(image, draft)
                atomic.swap(draft, target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        phase.done(amounts.human(sum(file.stat().st_size for file in target.rglob("*") if file.is_file())))


def _take(image: str, folder: Path) -> None:
    folder.chmod(0o755)
    docker.run(
        *("run", "--rm", "--network", "none", "--user", f"{os.getuid()}:{os.getgid()}"),
        *("--mount", docker.bind(folder, "/programs")),
        *("--mount", docker.bind(SCRIPT, "/make-programs.sh", readonly=True)),
        *("--entrypoint", "bash", image, "/make-programs.sh", "/programs", *NAMES),
        timeout=TIMEOUT,
    )
