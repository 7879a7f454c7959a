"""Reads processes from /proc: name, parent, and the CPU seconds of each and of its children that have ended."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process at one moment."""

    pid: int
    name: str
    """At most 15 characters, as the kernel keeps it."""
    parent: int
    own: float
    """CPU seconds of its own threads."""
    waited: float
    """CPU seconds of its children that have ended and that it has waited for, and of theirs."""

    @property
    def seconds(self) -> float:
        """Return both together: of all processes that live, the sum has each ended child once."""
        return self.own + self.waited


def pids(proc: Path = PROC) -> set[int]:
    """Return the numbers of all processes."""
    with os.scandir(proc) as entries:
        return {int(entry.name) for entry in entries if entry.name.isdigit()}


def read(pid: int, proc: Path = PROC) -> Process | None:
    """Return one process; None if it has gone."""
    text = _bytes(proc, pid, "stat")
    if not text:
        return None
    fields = text[text.rindex(b")") + 2 :].split()  # a name may have spaces and brackets
    name = text[text.index(b"(") + 1 : text.rindex(b")")].decode(errors="replace")
    user, system, user_waited, system_waited = (int(field) / TICKS for field in fields[11:15])
    return Process(pid=pid, name=name, parent=int(fields[1]), own=user + system, waited=user_waited + system_waited)


def words(pid: int, proc: Path = PROC) -> list[str]:
    """Return the command line; no words if the process has gone."""
    return _bytes(proc, pid, "cmdline").decode(errors="replace").rstrip("\0").split("\0")


def in_a_container(pid: int, proc: Path = PROC) -> bool:
    """Return whether it has a number in a pid namespace below this one, as processes of boxes have."""
    rows = [line for line in _bytes(proc, pid, "status").decode(errors="replace").splitlines() if "NSpid:" in line]
    return any(len(row.split()) > 2 for row in rows)


def _bytes(proc: Path, pid: int, name: str) -> bytes:
    try:
        return Path(f"{proc}/{pid}/{name}").read_bytes()
    except OSError:
        return b""
