"""This computer: what boxes see of it, whether it can run a lab, and how it is made able to."""

from __future__ import annotations

import os
from pathlib import Path

from kubelab import errors, model
from kubelab.host import doctor

RESOLVED = Path("/run/systemd/resolve/resolv.conf")
"""Where systemd-resolved names the servers behind its own 127.0.0.53."""


def facts() -> model.HostFacts:
    """Return what a kubelet in a box sees of this computer, and the name servers that a pod can reach."""
    return model.HostFacts(
        memory=memory(), cpus=os.cpu_count() or 1, cgroup_v2=cgroup_v2(), resolvers=resolvers(Path("/etc/resolv.conf"))
    )


def memory() -> int:
    """Return the computer's memory in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 20)


def cgroup_v2() -> bool:
    """Return whether cgroups are the unified hierarchy."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def resolvers(config: Path) -> tuple[str, ...]:
    """Return the IPv4 name servers of a resolv.conf that are reachable from a pod: none on a loopback address.

    Where all are (systemd-resolved's stub), those of the service behind it count.
    """
    for path in (config, RESOLVED):
        rows = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        servers = [words[1] for row in rows if (words := row.split())[:1] == ["nameserver"] and len(words) > 1]
        outside = [server for server in servers if "." in server and not server.startswith(("127.", "0."))]
        if outside:
            return tuple(dict.fromkeys(outside))[:3]
    return ()


def refuse_unfit(lab: model.Lab) -> None:
    """Refuse a lab that cannot work here, before anything is created; every reason at once."""
    bad = [finding for finding in doctor.quick(lab) if finding.required and not finding.ok]
    if bad:
        details = [f"{row.what}: found {row.found}, wanted {row.wanted}; type: {row.fix}" for row in bad]
        raise errors.LabError("host-unfit", f"this computer cannot run lab {lab.name} as it is", details=details)
