"""Finds the control group of a box, and reads the CPU seconds of everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench import procs

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True)
class Group:
    """One control group: its folder in one controller's tree (version 1) or in the only tree (version 2)."""

    version: int
    folder: Path


def of_process(pid: int, ident: str, controller: str, *, proc: Path = procs.PROC, root: Path = ROOT) -> Group | None:
    """Return the group that Docker made for the container `ident`, of which `pid` is a process; None if not in it.

    A box's first process is systemd, which has moved into its own group below Docker's.
    """
    try:
        lines = (proc / str(pid) / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    rows = [line.split(":", 2) for line in lines]
    first = next((path for _, controllers, path in rows if controller in controllers.split(",")), None)
    unified = next((path for number, _, path in rows if number == "0"), "")
    below = of_container(unified if first is None else first, ident)
    if below is None:
        return None
    return (
        Group(version=2, folder=root / below) if first is None else Group(version=1, folder=root / controller / below)
    )


def of_container(path: str, ident: str) -> Path | None:
    """Return a group's path up to Docker's part, which has the container's whole identifier; None without that part.

    It is `…/<id>` where Docker makes groups itself, and `…/docker-<id>.scope` where systemd does.
    """
    parts = [part for part in path.split("/") if part]
    found = next((index for index, part in enumerate(parts) if ident in part), None)
    return None if found is None else Path(*parts[: found + 1])


def cpu_seconds(group: Group) -> float:
    """Return the CPU seconds of every process that was ever in the group or below it; 0 if the group is gone."""
    try:
        if group.version == 1:
            return int((group.folder / "cpuacct.usage").read_bytes()) / 1e9
        rows = dict(line.split() for line in (group.folder / "cpu.stat").read_text(encoding="ascii").splitlines())
        return int(rows["usage_usec"]) / 1e6
    except OSError:
        return 0.0
