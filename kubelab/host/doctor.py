"""What a lab needs of this computer: a table of checks, each a row of what was found and what is wanted."""

from __future__ import annotations

import gzip
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from kubelab import docker, errors, model, networks, paths

SETUP = "./run host.setup"
LAB_DISK = 5
COLD_DISK = 25
"""GiB: a running lab; building all components with empty caches."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row: what was looked at, what was found and wanted, what mends it, and whether a lab needs it."""

    what: str
    found: str
    wanted: str
    fix: str
    ok: bool
    required: bool = True


Look = Callable[[model.Lab], Finding]


def quick(lab: model.Lab) -> list[Finding]:
    """Return the findings that cost next to nothing and that a lab cannot start without."""
    return [look(lab) for look in QUICK]


def everything(lab: model.Lab) -> list[Finding]:
    """Return every finding."""
    return [look(lab) for look in (*QUICK, *THOROUGH)]


def _platform(_: model.Lab) -> Finding:
    found = f"{platform.system()} {platform.machine()}"
    return Finding(
        what="platform",
        found=found,
        wanted="Linux x86_64",
        fix="arm64, macOS and Windows are not supported: use a Linux machine, real or virtual",
        ok=found == "Linux x86_64",
    )


def _tool(name: str, *, required: bool = True) -> Look:
    def look(_: model.Lab) -> Finding:
        path = shutil.which(name)
        return Finding(
            what=name, found=path or "nothing", wanted="installed", fix=SETUP, ok=bool(path), required=required
        )

    return look


def _docker(lab: model.Lab) -> Finding:
    wanted, needed = "an engine that answers", lab.provider is model.Provider.DOCKER
    try:
        found = docker.run("version", "--format", "{{.Server.Version}}", timeout=10).strip()
    except errors.LabError as problem:
        return Finding(what="Docker", found=problem.what, wanted=wanted, fix=problem.remedy, ok=False, required=needed)
    return Finding(what="Docker", found=found, wanted=wanted, fix=SETUP, ok=True, required=needed)


def _cpus(lab: model.Lab) -> Finding:
    most = max(machine.cpus for machine in lab.machines)
    count = os.cpu_count() or 1
    return Finding(
        what="CPUs",
        found=str(count),
        wanted=f"{most}, the most that a machine of the lab has",
        fix=f"write cpus: {count} or less in labs/{lab.name}.yaml",
        ok=count >= most,
    )


def _memory(lab: model.Lab) -> Finding:
    available = int(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text("ascii"))[1]) // 1024  # type: ignore[index]
    need = 500 + 300 * len(lab.machines)
    return Finding(
        what="free memory",
        found=f"{available} MiB",
        wanted=f"{need} MiB, what such a lab uses",
        fix="end other programs, or have fewer machines",
        ok=available >= need,
    )


def _disk(place: Path, what: str, need: int, *, required: bool) -> Look:
    def look(_: model.Lab) -> Finding:
        near = next(path for path in (place, *place.parents) if path.exists())
        free = shutil.disk_usage(near).free // (1 << 30)
        return Finding(
            what=f"free disk for {what}",
            found=f"{free} GiB at {near}",
            wanted=f"{need} GiB",
            fix="./run components.clean --go, docker system prune",
            ok=free >= need,
            required=required,
        )

    return look


def _inotify(_: model.Lab) -> Finding:
    found = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text("ascii"))
    return Finding(
        what="inotify instances",
        found=str(found),
        wanted="512: a lab holds about 80",
        fix=f"{SETUP}  (or: sudo sysctl fs.inotify.max_user_instances=1024)",
        ok=found >= 512,
    )


def _subnet(lab: model.Lab) -> Finding:
    mine = {config["Subnet"] for network in docker_networks(lab.name) for config in network["IPAM"]["Config"]}
    other = [route for route in networks.routed() if route.overlaps(lab.network.machines) and str(route) not in mine]
    return Finding(
        what="the lab's network",
        found=f"{', '.join(map(str, other))} is routed elsewhere" if other else f"{lab.network.machines} is free",
        wanted="routed to this lab only",
        fix=f"name another network in labs/{lab.name}.yaml, or leave it out",
        ok=not other,
    )


def docker_networks(lab: str) -> list[dict[str, Any]]:
    """Return the lab's Docker networks; none where Docker does not answer (which has a row of its own)."""
    try:
        return docker.networks(lab)
    except errors.LabError:
        return []


def _vagrant(_: model.Lab) -> Finding:
    done = _output("vagrant", "--version")
    found = re.search(r"(\d+)\.(\d+)", done or "")
    ok = bool(found) and (int(found[1]), int(found[2])) >= (2, 3) if found else False
    return Finding(what="Vagrant", found=(done or "nothing").strip(), wanted="2.3 or newer", fix=_vagrant_fix(), ok=ok)


def _vagrant_fix() -> str:
    policy = _output("apt-cache", "policy", "vagrant") or ""
    candidate = re.search(r"Candidate: (\S+)", policy)
    if candidate and candidate[1] != "(none)":
        return f"{SETUP}  (apt has {candidate[1]})"
    return "apt has no vagrant here: take the package from https://developer.hashicorp.com/vagrant/install"


def _go(_: model.Lab) -> Finding:
    from kubelab.components import toolchain  # noqa: PLC0415 (only this row needs the building part)

    try:
        found = str(toolchain.go())
    except errors.LabError as problem:
        return Finding(what="Go", found=problem.what, wanted="1.26.3 or newer", fix=SETUP, ok=False, required=False)
    return Finding(what="Go", found=found, wanted="1.26.3 or newer", fix=SETUP, ok=True, required=False)


def _cgroups(_: model.Lab) -> Finding:
    v2 = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    v1 = Path("/sys/fs/cgroup/memory").exists()
    found = "version 2" if v2 else "version 1" if v1 else "none"
    return Finding(what="cgroups", found=found, wanted="version 1 or 2", fix="boot with cgroups", ok=v1 or v2)


def _kernel(_: model.Lab) -> Finding:
    options = {"VXLAN": "vxlan", "BRIDGE_NETFILTER": "br_netfilter", "OVERLAY_FS": "overlay", "IP_SET": "ip_set",
               "NF_TABLES": "nf_tables", "VETH": "veth", "BRIDGE": "bridge"}  # fmt: skip
    missing = [module for option, module in options.items() if not _kernel_has(option, module)]
    return Finding(
        what="kernel features",
        found=f"missing: {', '.join(missing)}" if missing else "all there",
        wanted=", ".join(options.values()),
        fix=f"sudo modprobe -a {' '.join(missing)}",
        ok=not missing,
    )


def _kernel_has(option: str, module: str) -> bool:
    """Return whether the running kernel has a feature: built in, loaded, or there to be loaded."""
    if Path("/sys/module", module).exists():
        return True
    release = platform.release()
    for path in (Path("/proc/config.gz"), Path(f"/boot/config-{release}")):
        if path.exists():
            text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            return re.search(rf"(?m)^CONFIG_{option}=[ym]$", text.decode()) is not None
    return any(Path(f"/lib/modules/{release}").rglob(f"{module}.ko*"))


def _proxy(lab: model.Lab) -> Finding:
    proxy = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY")
    exempt = os.environ.get("no_proxy", "") + "," + os.environ.get("NO_PROXY", "")
    covered = any(_covers(entry.strip(), lab.network.machines) for entry in exempt.split(","))
    return Finding(
        what="proxy",
        found=f"{'set' if proxy else 'none'}; the lab is {'exempt' if covered else 'not exempt'}",
        wanted="none, or one that the lab's network is exempt from",
        fix=f"export NO_PROXY=$NO_PROXY,{lab.network.machines}",
        ok=not proxy or covered,
        required=False,
    )


def _covers(entry: str, network: IPv4Network) -> bool:
    try:
        return network.subnet_of(IPv4Network(entry))
    except ValueError:
        return entry == "*"


def _output(*words: str) -> str | None:
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None


QUICK: tuple[Look, ...] = (
    _platform, _tool("vagrant"), _tool("ssh"), _docker, _cpus, _memory,
    _disk(paths.cache(), "the lab", LAB_DISK, required=True), _inotify, _subnet,
)  # fmt: skip
THOROUGH: tuple[Look, ...] = (
    _vagrant, _go, _tool("gcc", required=False), _tool("mmdebstrap", required=False), _tool("chromium", required=False),
    _disk(paths.cache(), "building everything from nothing", COLD_DISK, required=False),
    _cgroups, _kernel, _proxy,
)  # fmt: skip


def as_json(findings: list[Finding]) -> str:
    """Return the findings for programs."""
    return json.dumps([vars(finding) for finding in findings], indent=2)
