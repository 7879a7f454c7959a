"""The kind of this computer, and what to type on those that host.setup cannot change."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab.host import doctor_findings

DEBIANS = ("12", "13")
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "Darwin": (
        "macOS is not supported: the boxes share the kernel of an x86_64 Linux. In a virtual machine (not tried):",
        "  limactl start --arch x86_64 --cpus 4 --memory 8 --disk 60 template://debian-12",
        "  limactl shell debian-12, and clone the project there",
    ),
    "Windows": (
        "Windows is not supported. Inside WSL 2 it has not been tried:",
        "  wsl --install --distribution Debian",
        "  wsl --distribution Debian, and clone the project there",
    ),
}
"""The remedy on systems other than Linux, by the name of `platform.system()`."""


@dataclass(frozen=True, kw_only=True)
class Computer:
    """The system, the processor, and on Linux the distribution."""

    system: str
    processor: str
    distribution: str
    version: str
    like: tuple[str, ...]
    """The distributions that this one descends from, itself included."""

    @property
    def name(self) -> str:
        """Return it in words: `Debian 12, x86_64`."""
        words = f"{self.distribution} {self.version}".strip() or self.system
        return f"{words[:1].upper()}{words[1:]}, {self.processor}"

    @property
    def runs_labs(self) -> bool:
        """Return whether a lab can run here at all."""
        return (self.system, self.processor) == ("Linux", "x86_64")

    @property
    def sets_up(self) -> bool:
        """Return whether host.setup installs packages here: only on systems on which that was tried."""
        return self.runs_labs and self.distribution == "debian" and self.version in DEBIANS

    @property
    def has_apt(self) -> bool:
        """Return whether packages come by apt."""
        return "debian" in self.like and bool(shutil.which("apt-cache"))


def this(release: Path = Path("/etc/os-release")) -> Computer:
    """Return this computer."""
    rows = release.read_text(encoding="utf-8", errors="replace").splitlines() if release.exists() else []
    values = {key: value.strip("\"'") for key, _, value in (row.partition("=") for row in rows)}
    own = values.get("ID", "")
    return Computer(
        system=platform.system(),
        processor=platform.machine(),
        distribution=own,
        version=values.get("VERSION_ID", ""),
        like=(own, *values.get("ID_LIKE", "").split()),
    )


def has_systemd() -> bool:
    """Return whether systemd is the init system; containers and some virtual machines have none at all."""
    return Path("/run/systemd/system").is_dir()


def is_root() -> bool:
    """Return whether this process is root."""
    return os.geteuid() == 0


def check_platform(_: doctor_findings.Subject) -> doctor_findings.Finding:
    """The computer: x86_64 Linux is needed; Debian 12 and 13 are what the project is tried on."""
    here = this()
    tried = "" if here.sets_up or not here.runs_labs else " (not tried; host.setup prints commands here)"
    return doctor_findings.Finding(
        what="computer",
        found=here.name + tried,
        wanted="x86_64 Linux, best Debian 12 or 13",
        fix="arm64, macOS and Windows are not supported: use an x86_64 Linux machine, real or virtual",
        ok=here.runs_labs,
    )
