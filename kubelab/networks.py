"""Which /24 a lab lives in: the one its file names, the one it was given before, or the next free one."""

from __future__ import annotations

import json
import subprocess
from ipaddress import IPv4Network

from kubelab import docker, errors, paths

POOL = IPv4Network("192.168.56.0/21")
"""What VirtualBox allows for host-only networks without configuration."""


def resolve(where: paths.LabPaths, named: IPv4Network | None, *, claim: bool = True) -> IPv4Network:
    """Return the lab's network and remember a given one under the lab's state/, unless it is only looked at."""
    if named:
        return named
    record = where.state / "network"
    if record.exists():
        return IPv4Network(record.read_text(encoding="utf-8").strip())
    taken = [*_claimed(), *routed()]
    for candidate in POOL.subnets(new_prefix=24):
        if not any(candidate.overlaps(other) for other in taken):
            if claim:
                where.state.mkdir(parents=True, exist_ok=True)
                record.write_text(f"{candidate}\n", encoding="utf-8")
            return candidate
    raise errors.LabError("network-exhausted", f"no /24 of {POOL} is free", details=sorted(map(str, taken)))


def _claimed() -> list[IPv4Network]:
    """Return what other labs of this checkout were given, and what Docker has."""
    files = paths.BUILD.glob("*/state/network")
    mine = [IPv4Network(file.read_text(encoding="utf-8").strip()) for file in files]
    configs = [config for network in docker.networks() for config in network["IPAM"]["Config"] or []]
    default = IPv4Network("192.168.56.0/24")  # the default lab's, up or not
    return [default, *mine, *(IPv4Network(config["Subnet"]) for config in configs if "." in config["Subnet"])]


def routed() -> list[IPv4Network]:
    """Return every network that this computer has a route to, but the default route."""
    return list(routes())


def routes() -> dict[IPv4Network, str]:
    """Return every network that this computer has a route to, but the default route, and the device it leads to."""
    try:
        done = subprocess.run(["ip", "-j", "-4", "route"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return {}
    rows = json.loads(done.stdout or "[]")
    return {
        IPv4Network(row["dst"], strict=False): str(row.get("dev", row.get("type", "nowhere")))
        for row in rows
        if row["dst"] != "default"
    }
