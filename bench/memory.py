"""Measures the memory of a lab's boxes, without the file pages that the kernel may drop at any time."""

from __future__ import annotations

from pathlib import Path

from kubelab import providers

CGROUPS = Path("/sys/fs/cgroup")


def of_lab(lab: str) -> dict[str, int]:
    """Return box name to bytes, for every running box of the lab."""
    return {box.machine: of_process(box.process) for box in providers.boxes(lab) if box.runs}


def of_process(pid: int) -> int:
    """Return the bytes in the cgroup of a box, pods included; `pid` is the host's id of the box's first process.

    That process is systemd, which has moved into its own group below the box's. Docker made the box's group.
    """
    version, folder = _folder(pid)
    if version == 1:
        usage, inactive = _number(folder / "memory.usage_in_bytes"), "total_inactive_file"
    else:
        usage, inactive = _number(folder / "memory.current"), "inactive_file"
    return usage - _stat(folder / "memory.stat", inactive)


def _folder(pid: int) -> tuple[int, Path]:
    """Return the cgroup version of the memory controller, and the cgroup folder of the process's box."""
    rows = [line.split(":", 2) for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()]
    first = next((path for _, controllers, path in rows if "memory" in controllers.split(",")), None)
    if first is not None:
        return 1, CGROUPS / "memory" / container_group(first)
    unified = next(path for number, _, path in rows if number == "0")
    return 2, CGROUPS / container_group(unified)


def container_group(path: str) -> Path:
    """Return a cgroup's path up to Docker's part: `…/docker/<id>` or `…/docker-<id>.scope`."""
    parts = [part for part in path.split("/") if part]
    for index, part in enumerate(parts):
        if part.startswith("docker-") and part.endswith(".scope"):
            return Path(*parts[: index + 1])
        if part == "docker" and index + 1 < len(parts):
            return Path(*parts[: index + 2])
    return Path(*parts)


def _number(file: Path) -> int:
    return int(file.read_text(encoding="utf-8"))


def _stat(file: Path, key: str) -> int:
    rows = dict(line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return int(rows[key])
