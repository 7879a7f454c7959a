"""The packages of this computer that a lab, its build and its tests need, and the signs that they are installed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab.clients import program
from kubelab.host import actions, platforms

ADMINISTRATORS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Folders of commands that are not on everybody's PATH."""


def _always() -> bool:
    return True


def _has_apparmor() -> bool:
    """Return whether the kernel confines programs by AppArmor: Docker then needs its tools."""
    switch = Path("/sys/module/apparmor/parameters/enabled")
    return switch.exists() and switch.read_text(encoding="ascii").strip() == "Y"


def _is_person() -> bool:
    return not platforms.is_root()


@dataclass(frozen=True, kw_only=True)
class Package:
    """One package: its commands or files (any of them proves it), and its purpose."""

    name: str
    signs: tuple[str, ...]
    why: str
    wanted: Callable[[], bool] = _always
    folded: bool = False
    """Older releases have it inside another package: if apt does not offer it, nothing is missing."""

    @property
    def present(self) -> bool:
        """Return whether a sign of it exists, from whatever installation."""
        return any(map(_there, self.signs))


PACKAGES = (
    Package(name="docker.io", signs=("dockerd",), why="the engine that runs the boxes"),
    Package(name="docker-cli", signs=("docker",), why="its command: a package of its own since Debian 13", folded=True),
    Package(name="apparmor", signs=("apparmor_parser",), why="Docker's profiles", wanted=_has_apparmor),
    Package(name="iptables", signs=("iptables",), why="Docker's networks"),
    Package(name="iproute2", signs=("ip",), why="looks at routes"),
    Package(name="vagrant", signs=("vagrant",), why="creates, starts, stops and destroys the boxes"),
    Package(name="openssh-client", signs=("ssh",), why="the way into the boxes"),
    Package(name="mmdebstrap", signs=("mmdebstrap",), why="makes the boxes' Debian userland"),
    Package(
        name="debian-archive-keyring",
        signs=("/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"),
        why="signatures of that userland",
    ),
    Package(name="uidmap", signs=("newuidmap",), why="makes it without root", wanted=_is_person),
    Package(name="gcc", signs=("gcc",), why="compiles pause, and flannel's C part"),
    Package(
        name="libc6-dev",
        signs=("/usr/lib/x86_64-linux-gnu/libc.a", "/usr/lib64/libc.a", "/usr/lib/libc.a"),
        why="links them statically",
    ),
    Package(
        name="libblkid-dev",
        signs=("/usr/include/blkid/blkid.h",),
        why="the tests run Ignition, whose C part needs it",
    ),
    Package(name="ca-certificates", signs=("/etc/ssl/certs/ca-certificates.crt",), why="downloads of Go modules"),
    Package(name="zstd", signs=("zstd",), why="packs and unpacks bundles"),
    Package(name="openssl", signs=("openssl",), why="the tests look at certificates"),
    Package(name="shellcheck", signs=("shellcheck",), why="`check` reads the shell scripts"),
    Package(name="genisoimage", signs=("genisoimage",), why="makes the disks of virtual machines; the tests do, too"),
    Package(name="chromium", signs=("chromium", "chromium-browser", "google-chrome"), why="the tests open the pages"),
    Package(name="systemd", signs=("systemd-analyze",), why="the tests check the boxes' units"),
    Package(name="ruby", signs=("ruby",), why="the tests check Vagrantfiles"),
)
PLUGIN = "/usr/share/vagrant-plugins/plugins.d/vagrant-libvirt.json"
OWN_PLUGINS = ".vagrant.d/gems/*/gems/vagrant-libvirt-*"
"""Where `vagrant plugin install` puts it, below the person's home."""
VIRTUAL: tuple[Package, ...] = (
    Package(name="vagrant-libvirt", signs=(PLUGIN,), why="lets Vagrant make virtual machines"),
    Package(name="libvirt-daemon-system", signs=("libvirtd",), why="runs them"),
    Package(name="libvirt-clients", signs=("virsh",), why="asks and tells them"),
    Package(name="qemu-system-x86", signs=("qemu-system-x86_64",), why="is the machine itself"),
    Package(name="qemu-utils", signs=("qemu-img",), why="makes its disks"),
    Package(name="dnsmasq-base", signs=("dnsmasq",), why="gives it an address on the way out"),
)
"""What a lab of libvirt needs besides."""
UPSTREAM: Mapping[str, str] = {
    "docker.io": "take Docker's own package: https://docs.docker.com/engine/install/",
    "vagrant": "take Vagrant's own package: https://developer.hashicorp.com/vagrant/install",
    "mmdebstrap": "take it from its author: https://gitlab.mister-muffin.de/josch/mmdebstrap",
    "chromium": "take Chrome's own package: https://www.google.com/chrome/",
}
"""The remedy if apt does not offer it."""


def missing(wanted: Sequence[Package] = PACKAGES) -> list[Package]:
    """Return the packages without any sign."""
    return [package for package in wanted if package.wanted() and not package.present]


def plugin_present() -> bool:
    """Return whether Vagrant has its plug-in for libvirt: a package, or the person's own."""
    return Path(PLUGIN).exists() or any(Path.home().glob(OWN_PLUGINS))


def candidates(names: Sequence[str]) -> dict[str, str]:
    """Return the version of each package that apt would install; others are left out."""
    if not shutil.which("apt-cache"):
        return {}
    words = ["apt-cache", "policy", *names]
    said = program.run(words).stdout
    rows = re.findall(r"(?m)^(\S+):\n  Installed: .*\n  Candidate: (.+)$", said)
    return {name: version for name, version in rows if version != "(none)"}


def update() -> actions.Action:
    """Return the action that reads the package lists anew."""
    return actions.Action(what="read the package lists", words=("apt-get", "update", "-q"))


def install(names: Sequence[str]) -> actions.Action:
    """Return the action that installs packages without a question."""
    quiet = ("-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300")
    words = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", *quiet, *names)
    return actions.Action(what=f"install {' '.join(names)}", words=words)


def lacking(wanted: Sequence[Package], offered: Mapping[str, str]) -> list[str]:
    """Return the packages that apt does not offer, each with its source."""
    return [
        f"apt offers no {package.name} ({package.why}): {UPSTREAM.get(package.name, 'install it by other means')}"
        for package in wanted
        if package.name not in offered and not package.folded
    ]


def which(command: str) -> str | None:
    """Return a command's path, also of an administrator's command that is not on everybody's PATH."""
    return shutil.which(command, path=f"{os.environ.get('PATH', '')}:{ADMINISTRATORS}")


def _there(sign: str) -> bool:
    return Path(sign).exists() if sign.startswith("/") else which(sign) is not None
