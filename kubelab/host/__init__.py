"""This computer: what boxes see of it, whether it can run a lab, and how it is made able to."""

from __future__ import annotations

import os
from pathlib import Path

from kubelab import errors, model
from kubelab.host import doctor, names


def facts() -> model.HostFacts:
    """Return what a kubelet in a box sees of this computer, and the name servers that a pod can reach."""
    return model.HostFacts(
        memory=memory(), cpus=os.cpu_count() or 1, cgroup_v2=cgroup_v2(), resolvers=names.reachable()
    )


def memory() -> int:
    """Return the computer's memory in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20)


def cgroup_v2() -> bool:
    """Return whether cgroups are the unified hierarchy."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def refuse_unfit(lab: model.Lab) -> tuple[str, ...]:
    """Refuse a lab that cannot work here, before anything is created, every reason at once; return what to know of."""
    found = [finding for finding in doctor.quick(lab) if not finding.ok]
    bad = [finding for finding in found if finding.required]
    if bad:
        details = [f"{row.what}: found {row.found}, wanted {row.wanted}; type: {row.fix}" for row in bad]
        raise errors.LabError("host-unfit", f"this computer cannot run lab {lab.name} as it is", details=details)
    return tuple(f"{row.what}: {row.found}; {row.fix}" for row in found)
