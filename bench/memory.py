"""Measures the memory of a lab's boxes, without the file pages that the kernel may drop at any time."""

from __future__ import annotations

from pathlib import Path

from bench import cgroups
from kubelab import providers


def of_lab(lab: str) -> dict[str, int]:
    """Return box name to bytes, for every running box of the lab."""
    return {box.machine: of_box(box) for box in providers.boxes(lab) if box.runs}


def of_box(box: providers.Box) -> int:
    """Return the bytes in the cgroup of a box, pods included."""
    group = cgroups.of_process(box.process, box.ident, "memory")
    if group is None:
        raise ProcessLookupError(f"{box.machine} has just ended")
    if group.version == 1:
        usage, inactive = _number(group.folder / "memory.usage_in_bytes"), "total_inactive_file"
    else:
        usage, inactive = _number(group.folder / "memory.current"), "inactive_file"
    return usage - _stat(group.folder / "memory.stat", inactive)


def _number(file: Path) -> int:
    return int(file.read_text(encoding="utf-8"))


def _stat(file: Path, key: str) -> int:
    rows = dict(line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return int(rows[key])
