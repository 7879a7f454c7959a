"""Describes the measured computer: numbers of different computers do not compare."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from kubelab import model, providers


def facts(versions: model.VersionSet) -> dict[str, str]:
    """Return name to value: processor, cores, memory, load, kernel, cgroups, tools, version set, commit."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{_memory() / 2**30:.1f} GiB",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "kernel": platform.release(),
        "system": _system(),
        "cgroups": "v2" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "v1",
        "docker": providers.BY_KIND[model.Provider.DOCKER].version(),
        "vagrant": _said("vagrant", "--version").removeprefix("Vagrant "),
        "python": platform.python_version(),
        "versions": f"{versions.name} (Kubernetes {versions.kubernetes})",
        "commit": commit(),
    }


def commit() -> str:
    """Return the checkout's commit, marked if something in it differs."""
    return _said("git", "describe", "--always", "--dirty")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def _said(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"
