"""A root folder as a machine's file system: its unit's commands run in it, with stand-ins for what only a machine has.

/usr is this computer's own, read-only, as on Flatcar.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kubelab import model

SYSTEM = ("dev", "proc", "usr")
SEARCH = "/opt/stand-ins:/usr/bin:/bin"
"""Without the folders of administrators' programs: iptables, conntrack and ipset are missing everywhere."""
STAND_INS: Mapping[str, str] = {
    "mountpoint": '[ -e "/mounted$2" ]',
    "mount": """[ -e /late ] || { touch /late; exit 1; }
mkdir -p "/mounted$6"
echo "$*" >> /calls""",
    "sleep": ":",
    "hostname": 'echo "hostname $*" >> /calls',
    "networkctl": 'echo "networkctl $*" >> /calls; touch /addressed',
    "ip": """case "$*" in
*route*) echo "default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 1024" ;;
*) echo "2: eth0 inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0"
   [ ! -e /addressed ] || echo "3: eth1 inet $(sed -n s/^Address=//p /run/systemd/network/*) scope global eth1" ;;
esac""",
    "systemctl": """echo "systemctl $*" >> /calls
case "$*" in
*NetworkManager*) exit 3 ;;
"try-restart sshd.service") echo "Unit sshd.service not found." >&2; exit 5 ;;
*Monotonic*) echo 0 ;;
*ActiveState*) echo activating ;;
esac""",
    "ctr": 'echo "ctr $*" >> /calls',
    "crictl": 'echo "crictl $*" >> /calls',
    "jq": ":",
}
"""Programs to what they do; a disk is there at the second attempt to mount it."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The root of a machine."""

    root: Path

    @classmethod
    def made(cls, root: Path, software: model.SoftwarePaths) -> Machine:
        """Return a root with the software disk's files and a second network; Ignition may have been there already."""
        for name in (*SYSTEM, "run/containerd", "etc/ssh", "opt/stand-ins", "opt/kubelab/software/bin", "sys"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name in ("bin", "lib", "lib64", "sbin"):
            (root / name).symlink_to(f"usr/{name}")
        for name in ("eth0", "eth1"):
            (root / f"sys/class/net/{name}/device/driver").mkdir(parents=True)
        for name in ("lo", "docker0"):
            (root / f"sys/class/net/{name}").mkdir()
        for name, does in STAND_INS.items():
            _program(root / "opt/stand-ins" / name, does)
        for name, path in software.binaries.items():
            _program(root / path[1:].replace("opt/kubelab/", "opt/kubelab/software/", 1), STAND_INS.get(name, ":"))
        _socket(root / "run/containerd/containerd.sock")
        return cls(root=root)

    def starts(self, contents: str) -> str:
        """Run the commands of a unit in the root, in order; return what they print."""
        said = [self._run(line) for line in _commands(contents)]
        return "".join(said)

    @property
    def calls(self) -> list[str]:
        """Return what the stand-ins were asked, in order."""
        return (self.root / "calls").read_text(encoding="utf-8").splitlines()

    def _run(self, line: str) -> str:
        mounts = [f"mount --rbind /{name} {self.root}/{name}" for name in SYSTEM]
        inside = f"exec chroot {self.root} /usr/bin/env -i PATH={SEARCH} /bin/sh -ec '{_quoted(line)}'"
        script = "\n".join(["set -e", *mounts, f"mount -o remount,bind,ro {self.root}/usr", inside])
        words = [*namespace("--mount"), "sh", "-c", script]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr


def namespace(*options: str) -> list[str]:
    """Return the command in front of one that needs root, and namespaces; skip where neither root nor they are had."""
    if os.geteuid() == 0:
        return ["unshare", *options] if options else []
    words = ["unshare", "--map-root-user", *options]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here; run this as root, or: sudo sysctl kernel.unprivileged_userns_clone=1")
    return words


def _commands(contents: str) -> Iterator[str]:
    for line in re.findall(r"(?m)^Exec(?:StartPre|Start)=(.+)$", contents):
        yield line.replace("$$", "$")


def _quoted(line: str) -> str:
    return line.replace("'", "'\\''")


def _program(path: Path, does: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    path.chmod(0o755)


def _socket(path: Path) -> None:
    """Make a socket by a short name: a folder of a test is longer than a socket's path may be."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
