"""What /proc tells of this computer: listeners on a port, connections to a lab, Vagrant's processes of a lab, those
with a given word."""

from __future__ import annotations

import os
from collections.abc import Iterable
from ipaddress import IPv4Address
from pathlib import Path

PROC = Path("/proc")
ESTABLISHED, LISTENING = "01", "0A"
CONNECTED = "03"
"""The state of one end of a connection between Unix sockets."""


def listener(port: int, proc: Path = PROC) -> str | None:
    """Return `COMMAND… (process N)` of the listener on TCP `port`, None if it cannot be seen."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(port, proc)}
    if not wanted:
        return None
    for folder in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            if any(str(link.readlink()) in wanted for link in (folder / "fd").iterdir()):
                words = (folder / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
                return f"`{' '.join(words).strip()[:120]}` (process {folder.name})"
        except OSError:
            continue  # gone by now, or somebody else's
    return None


def connected(addresses: Iterable[IPv4Address], proc: Path = PROC) -> bool:
    """Return whether another program of this computer has a TCP connection to one of these addresses."""
    wanted = {address.packed[::-1].hex().upper() for address in addresses}
    links = list((proc / "self" / "fd").iterdir()) if wanted else []
    own = {str(link.readlink()) for link in links if link.is_symlink()}  # one's listing is over by now, and dangles
    table = proc / "net" / "tcp"
    rows = [row.split() for row in table.read_text(encoding="ascii").splitlines()[1:]] if table.exists() else []
    here = [row for row in rows if row[3] == ESTABLISHED and row[2].partition(":")[0] in wanted]
    return any(f"socket:[{row[9]}]" not in own for row in here)


def attached(socket: Path, proc: Path = PROC) -> bool:
    """Return whether a client has a connection to a Unix socket. ssh binds its own under a name with an ending."""
    table = proc / "net" / "unix"
    rows = [row.split(maxsplit=7) for row in table.read_text("utf-8", "replace").splitlines()] if table.exists() else []
    here = [row for row in rows if len(row) > 7 and row[5] == CONNECTED]
    return any(row[7] == str(socket) or row[7].startswith(f"{socket}.") for row in here)


def vagrants(lab: str, proc: Path = PROC) -> list[int]:
    """Return the processes of Vagrant that work on a lab: an interrupted run may have left one behind."""
    found = []
    for folder in proc.glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            named = any(word.rpartition(b"/")[2] == b"vagrant" for word in words)
            if named and f"KUBELAB_LAB={lab}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # gone by now, or somebody else's
    return sorted(found)


def given(word: str, proc: Path = PROC) -> list[int]:
    """Return the processes, other than this one, that were started with this very word."""
    found = []
    for folder in proc.glob("[0-9]*"):
        try:
            if word.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue  # gone by now
    return sorted(set(found) - {os.getpid()})


def _inodes(port: int, proc: Path) -> set[str]:
    """Return the numbers of the sockets that listen on the port: rows are `sl local remote state … inode`."""
    found = set()
    for name in ("tcp", "tcp6"):
        table = proc / "net" / name
        rows = table.read_text(encoding="ascii").splitlines()[1:] if table.exists() else []
        for columns in map(str.split, rows):
            if columns[3] == LISTENING and int(columns[1].rsplit(":", 1)[1], 16) == port:
                found.add(columns[9])
    return found
