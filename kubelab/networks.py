"""Which /24 a lab lives in: the one its file names, the one it was given before, or the next free one."""

from __future__ import annotations

import json
import subprocess
from ipaddress import IPv4Network
from pathlib import Path

from kubelab import atomic, docker, errors, locks, paths, surroundings

POOL = IPv4Network("192.168.56.0/21")
"""What VirtualBox allows for host-only networks without configuration."""


def resolve(where: paths.LabPaths, named: IPv4Network | None, *, claim: bool = True) -> IPv4Network:
    """Return the lab's network and remember a given one under the lab's state/, unless it is only looked at."""
    if named:
        return named
    record = _record(where)
    if record.exists():
        return _read(record)
    if not claim:
        return _free()
    with locks.networks():  # another checkout chooses at the same moment, and would take the same one
        given = _free()
        atomic.write(_claims(), "".join(f"{path}\n" for path in [*_records(), record]))
        atomic.write(record, f"{given}\n")
    return given


def _record(where: paths.LabPaths) -> Path:
    return where.state / "network"


def _read(record: Path) -> IPv4Network:
    return IPv4Network(record.read_text(encoding="utf-8").strip())


def _free() -> IPv4Network:
    """Return the next /24 of the pool that nobody has; raise `network-exhausted` if there is none."""
    taken = [*_claimed(), *routed()]
    for candidate in POOL.subnets(new_prefix=24):
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    raise errors.LabError("network-exhausted", f"no /24 of {POOL} is free", details=sorted(map(str, taken)))


def _claims() -> Path:
    """Return the file that names every record of a given network, of all checkouts, one a line."""
    return paths.cache() / "networks"


def _records() -> list[Path]:
    """Return the records of other checkouts that are still there: destroying a lab removes its own."""
    known = _claims()
    lines = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    return [Path(line) for line in dict.fromkeys(lines) if line and Path(line).exists()]


def _claimed() -> list[IPv4Network]:
    """Return what other labs were given, up or not, in this checkout and in others, and what Docker has."""
    mine = [_read(record) for record in {*paths.BUILD.glob("*/state/network"), *_records()}]
    configs = [config for network in docker.networks() for config in network["IPAM"]["Config"] or []]
    default = IPv4Network("192.168.56.0/24")  # the default lab's, up or not
    return [default, *mine, *(IPv4Network(config["Subnet"]) for config in configs if "." in config["Subnet"])]


def routed() -> list[IPv4Network]:
    """Return every network that this computer has a route to, but the default route."""
    return list(routes())


def routes() -> dict[IPv4Network, str]:
    """Return every network that this computer has a route to, but the default route, and the device it leads to."""
    try:
        done = subprocess.run(
            ["ip", "-j", "-4", "route"], env=surroundings.child(), capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return {}
    rows = json.loads(done.stdout or "[]")
    return {
        IPv4Network(row["dst"], strict=False): str(row.get("dev", row.get("type", "nowhere")))
        for row in rows
        if row["dst"] != "default"
    }
