"""A lab's requirements of the kernel: features, cgroups, inotify limits."""

from __future__ import annotations

import enum
import functools
import gzip
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab.host import doctor_findings

ROOT = Path("/")
INOTIFY: Mapping[str, int] = {"max_user_instances": 1024, "max_user_watches": 524288}
"""The limits that host.setup sets: a lab holds about 80 instances, and the kernel's usual limit is 128."""
ENOUGH_INSTANCES = 512
"""Instances below which a lab is refused: two labs and a desktop."""


class State(enum.Enum):
    """Whether the kernel has a feature."""

    PRESENT = "present"
    LOADABLE = "loadable"
    """A module that is not loaded: a box may not load it."""
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature: its module, its option in the kernel's configuration, and a path that exists when it works."""

    module: str
    option: str
    sign: str


FEATURES = (
    Feature(module="vxlan", option="VXLAN", sign="sys/module/vxlan"),
    Feature(module="br_netfilter", option="BRIDGE_NETFILTER", sign="proc/sys/net/bridge/bridge-nf-call-iptables"),
    Feature(module="overlay", option="OVERLAY_FS", sign="sys/module/overlay"),
    Feature(module="ip_set", option="IP_SET", sign="sys/module/ip_set"),
    Feature(module="nf_tables", option="NF_TABLES", sign="sys/module/nf_tables"),
    Feature(module="veth", option="VETH", sign="sys/module/veth"),
    Feature(module="bridge", option="BRIDGE", sign="sys/module/bridge"),
)


def states(root: Path = ROOT) -> dict[Feature, State]:
    """Return the state of every feature of the running kernel."""
    return {feature: _state(feature, root) for feature in FEATURES}


def loadable(root: Path = ROOT) -> list[str]:
    """Return the modules that must be loaded before a lab works."""
    return [feature.module for feature, state in states(root).items() if state is State.LOADABLE]


def low_limits(root: Path = ROOT) -> dict[str, int]:
    """Return the inotify limits that are too low, name to what they should be."""
    return {name: want for name, want in INOTIFY.items() if _limit(name, root) < want}


def _limit(name: str, root: Path = ROOT) -> int:
    return int((root / "proc/sys/fs/inotify" / name).read_text(encoding="ascii"))


def _state(feature: Feature, root: Path) -> State:
    if (root / feature.sign).exists():
        return State.PRESENT
    release = platform.release()
    modules = root / "lib/modules" / release
    if re.search(rf"(?m)/{feature.module}\.ko", _text(modules / "modules.builtin")):
        return State.PRESENT
    if re.search(rf"(?m)/{feature.module}\.ko[.a-z]*:", _text(modules / "modules.dep")):
        return State.LOADABLE
    configuration = _configuration(root, release)
    if re.search(rf"(?m)^CONFIG_{feature.option}=y$", configuration):
        return State.PRESENT
    return State.ABSENT if configuration else State.UNKNOWN


@functools.cache
def _configuration(root: Path, release: str) -> str:
    packed = root / "proc/config.gz"
    if packed.exists():
        return gzip.decompress(packed.read_bytes()).decode()
    return _text(root / "boot" / f"config-{release}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def check_features(_: doctor_findings.Subject) -> doctor_findings.Finding:
    """The kernel's features must be built in or loaded, for boxes may not load modules."""
    seen = states()
    wanting = [feature.module for feature, state in seen.items() if state in (State.LOADABLE, State.ABSENT)]
    unknown = [feature.module for feature, state in seen.items() if state is State.UNKNOWN]
    found = "all there"
    if wanting or unknown:
        words = {"missing": wanting, "could not tell": unknown}
        found = "; ".join(f"{word}: {', '.join(names)}" for word, names in words.items() if names)
    return doctor_findings.Finding(
        what="kernel features",
        found=found,
        wanted=", ".join(feature.module for feature in FEATURES),
        fix=f"{doctor_findings.SETUP}  (or: sudo modprobe -a {' '.join(wanting)})",
        ok=not wanting,
    )


def check_cgroups(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """The version of cgroups: the boxes' kubelet is configured for either."""
    unified = (ROOT / "sys/fs/cgroup/cgroup.controllers").exists()
    split = (ROOT / "sys/fs/cgroup/memory").is_dir()
    found = "version 2" if unified else "version 1" if split else "none with a memory controller"
    driver = subject.engine.get("CgroupDriver")
    return doctor_findings.Finding(
        what="cgroups",
        found=f"{found}, Docker's driver is {driver}" if driver else found,
        wanted="version 1 or 2",
        fix="mount them: cgroups are the init system's work, or of the package cgroupfs-mount",
        ok=unified or split,
    )


def check_inotify(_: doctor_findings.Subject) -> doctor_findings.Finding:
    """The inotify instances of one user: everything in all boxes is one user's."""
    found = _limit("max_user_instances")
    return doctor_findings.Finding(
        what="inotify instances",
        found=str(found),
        wanted=f"{ENOUGH_INSTANCES}: a lab holds about 80",
        fix=f"{doctor_findings.SETUP}  (or: sudo sysctl fs.inotify.max_user_instances={INOTIFY['max_user_instances']})",
        ok=found >= ENOUGH_INSTANCES,
    )
