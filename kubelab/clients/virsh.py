"""The door to libvirt, by its command line and the system's own connection. What a lab has there: `providers`."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from pathlib import Path

from kubelab import errors
from kubelab.clients import patience, program

SYSTEM = "qemu:///system"
SOCKETS = (Path("/run/libvirt/libvirt-sock"), Path("/run/libvirt/virtqemud-sock"))
"""Where libvirt listens: the whole daemon, or the part of it that runs QEMU."""
_let_in: set[str] = set()
"""The connections that have let this process in: a word asks many times."""
FORBIDDEN = ("authentication unavailable", "authentication failed", "Permission denied")
ABSENT = ("Failed to connect socket", "Connection refused", "Cannot recv data")


def answers() -> bool:
    """Return whether libvirt is installed, listens, and lets this user in. Where it does not listen no program runs."""
    return bool(shutil.which("virsh")) and any(map(_listens, SOCKETS)) and _lets_in()


def _lets_in() -> bool:
    """Return whether libvirt lets this user in: its socket may be open to all, and polkit not."""
    if SYSTEM not in _let_in:
        with contextlib.suppress(errors.LabError):
            run("uri", timeout=10)
            _let_in.add(SYSTEM)
    return SYSTEM in _let_in


def run(*arguments: str, timeout: float = 60) -> str:
    """Return what `virsh ARGUMENTS` printed; a LabError tells apart no libvirt, no permission and a refusal."""
    limit = patience.seconds(timeout)
    try:
        done = program.run(["virsh", "--connect", SYSTEM, "--quiet", *arguments], timeout=limit)
    except FileNotFoundError as problem:
        raise errors.LabError("libvirt-missing", "there is no virsh command") from problem
    except subprocess.TimeoutExpired as problem:
        raise errors.LabError("libvirt-silent", f"virsh {arguments[0]} took over {limit:.0f} s") from problem
    if done.returncode:
        said = done.stderr.strip()
        if any(words in said for words in FORBIDDEN):
            raise errors.LabError("libvirt-forbidden", "libvirt is not yours to use", details=[said[-300:]])
        if any(words in said for words in ABSENT):
            raise errors.LabError("libvirt-silent", "libvirt does not answer", details=[said[-300:]])
        what = f"virsh {' '.join(arguments)} failed"
        raise errors.LabError("libvirt-failed", what, details=said.splitlines()[-10:])
    return done.stdout


def _listens(place: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as door:
        door.settimeout(1)
        door.connect(str(place))
        return True
    return False
