"""Whether this computer is large enough for a lab: processors, memory, disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from kubelab import model, paths
from kubelab.components import inventory
from kubelab.files import atomic
from kubelab.host import doctor_findings

USED: Mapping[model.Kind, int] = {model.Kind.ETCD: 100, model.Kind.CONTROL_PLANE: 700, model.Kind.WORKER: 350}
"""MiB that a box of each kind uses in practice, with some room; measured 60, 440 and 220 with every add-on."""
LAB_DISK = 5
"""GiB: the box and pod images, four boxes with their volumes, logs."""
COLD_DISK = 25
"""GiB: modules 4.4, compiled packages 8.7, the linker's files, the results, and then a lab."""
WARM_DISK = 8
"""GiB: a build with filled Go caches."""
GIB = 1 << 30


def check_processors(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Docker refuses a container with more processors than the computer has."""
    wanted = max(machine.cpus for machine in subject.lab.machines)
    found = int(subject.engine.get("NCPU", 0)) or processors()
    return doctor_findings.Finding(
        what="processors",
        found=str(found),
        wanted=f"{wanted}: the most that a machine of the lab has",
        fix=f"write `cpus: {found}` or less in {doctor_findings.lab_file(subject.lab.name)}",
        ok=found >= wanted,
    )


def processors(proc: Path = Path("/proc")) -> int:
    """Return how many processors the computer has."""
    return sum(row.startswith("processor") for row in (proc / "cpuinfo").read_text(encoding="utf-8").splitlines())


def check_memory(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Free memory must suffice for the lab's boxes that do not run yet."""
    idle = [machine for machine in subject.lab.machines if machine.container not in subject.running]
    need = sum(USED[machine.kind] for machine in idle)
    found = _meminfo("MemAvailable")
    return doctor_findings.Finding(
        what="free memory",
        found=f"{found} MiB",
        wanted=f"{need} MiB: what {len(idle)} boxes use" if idle else "the lab runs already",
        fix="end other programs or labs, or have fewer machines",
        ok=found >= need,
    )


def check_limits(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """All memory against the sum of the lab's limits: with less, full boxes disturb one another and the computer."""
    limits = sum(machine.memory for machine in subject.lab.machines)
    found = _meminfo("MemTotal")
    return doctor_findings.Finding(
        what="memory",
        found=f"{found} MiB",
        wanted=f"{limits} MiB: the sum of the machines' limits",
        fix=f"less `memory:` in {doctor_findings.lab_file(subject.lab.name)}, if the lab shall be used to the full",
        ok=found >= limits,
        required=False,
    )


def check_cache(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Free disk in the cache: much for a first build, little once everything is built."""
    return _disk("free disk, cache", paths.cache(), _cache_need(subject.lab), "./run components.clean --go")


def check_engine_disk(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Free disk where Docker keeps images, boxes and volumes."""
    place = Path(subject.engine.get("DockerRootDir", "/var/lib/docker"))
    return _disk("free disk, Docker", place, LAB_DISK, "docker system prune")


def _cache_need(lab: model.Lab) -> int:
    rows = inventory.rows(lab.versions, None)
    if inventory.whole(rows):
        return LAB_DISK
    return WARM_DISK if (paths.cache() / "go" / "build").exists() else COLD_DISK


def _disk(what: str, place: Path, need: int, fix: str) -> doctor_findings.Finding:
    # os.path: Docker's folder may lie in one that this person may not look into, and Path.exists would raise.
    near = next(path for path in (place, *place.parents) if os.path.exists(path))  # noqa: PTH110
    if os.statvfs(near).f_flag & os.ST_RDONLY:
        found, wanted = f"{near} cannot be written", "a disk that can be"
        return doctor_findings.Finding(what=what, found=found, wanted=wanted, fix=atomic.ELSEWHERE, ok=False)
    free = shutil.disk_usage(near).free // GIB
    return doctor_findings.Finding(
        what=what, found=f"{free} GiB at {near}", wanted=f"{need} GiB", fix=fix, ok=free >= need
    )


def available() -> int:
    """Return the memory that programs could still get, in MiB."""
    return _meminfo("MemAvailable")


def _meminfo(name: str) -> int:
    """Return a row of /proc/meminfo in MiB."""
    rows = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    values = {key: int(value.split()[0]) for key, _, value in (row.partition(":") for row in rows)}
    return values[name] // 1024
