"""The /24 of a lab: the one its file names, the one it was given before, or the next free one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from kubelab import errors, model, paths, providers
from kubelab.clients import program
from kubelab.config import rules
from kubelab.files import atomic, bounded, strictjson
from kubelab.state import locks, workspace

FURTHER = (IPv4Network("172.28.0.0/16"), IPv4Network("10.78.0.0/16"), IPv4Network("100.78.0.0/16"))
"""Further ranges for labs of containers, if the whole pool is taken: VPNs route whole private ranges."""
HALVES = 3
"""Prefix length up to which a route is a default route in disguise, as VPNs set them: 0.0.0.0/1 and 128.0.0.0/1."""


def pools(provider: model.Provider) -> tuple[IPv4Network, ...]:
    """Return the ranges for a provider's machines, the usual one first."""
    return (rules.POOL, *FURTHER) if provider is model.Provider.DOCKER else (rules.POOL,)


def resolve(
    where: paths.LabPaths,
    named: IPv4Network | None,
    *,
    claim: bool = True,
    within: Sequence[IPv4Network] = (rules.POOL,),
    avoid: Sequence[IPv4Network] = (),
) -> IPv4Network:
    """Return the lab's network; unless it is only a look, remember a given one under the lab's state/.

    A new one is the first of `within` that is free and overlaps none of `avoid`: `network-exhausted` if there is none.
    """
    if named:
        return named
    record = _record(where)
    if os.path.lexists(record):
        return _read(record) or _remembered(where)
    if not claim:
        return free(within, [*avoid, *_claimed(), *routed()])
    with locks.networks():  # another checkout chooses at the same moment, and would take the same one
        given = free(within, [*avoid, *_claimed(), *routed()])
        atomic.write(_claims(), "".join(f"{path}\n" for path in [*_records(), record]))
        atomic.write(record, f"{given}\n")
    return given


def _record(where: paths.LabPaths) -> Path:
    return where.state / "network"


def _read(record: Path) -> IPv4Network | None:
    """Return the network in a record; None for a damaged one."""
    with contextlib.suppress(ValueError, OSError):
        return IPv4Network(strictjson.content(record, most=bounded.LARGEST).decode().strip())
    return None


def _remembered(where: paths.LabPaths) -> IPv4Network:
    """Return the network of a lab with a damaged record from what it was made with; else raise `state-damaged`."""
    with contextlib.suppress(KeyError, ValueError):
        return IPv4Network(workspace.kept(where)["network.machines"])
    record = _record(where)
    remedy = f"{bounded.aside(record)}; then the same command again"
    raise errors.LabError("state-damaged", f"{record} names no network", remedy=remedy)


def free(within: Sequence[IPv4Network], taken: Sequence[IPv4Network]) -> IPv4Network:
    """Return the first free /24 of some ranges; raise `network-exhausted` if there is none."""
    for candidate in (network for pool in within for network in pool.subnets(new_prefix=24)):
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    ranges = ", ".join(map(str, within))
    raise errors.LabError("network-exhausted", f"no /24 of {ranges} is free", details=sorted(map(str, taken)))


def _claims() -> Path:
    """Return the file that lists the network records of all checkouts, one a line."""
    return paths.cache() / "networks"


def _records() -> list[Path]:
    """Return the existing records of other checkouts: destroying a lab removes its own."""
    lines = bounded.text(_claims()).splitlines()
    return [Path(line) for line in dict.fromkeys(lines) if _is_file(line)]


def _is_file(line: str) -> bool:
    with contextlib.suppress(OSError, ValueError):  # too long for a path, or none at all
        return Path(line).is_file()
    return False


def _claimed() -> list[IPv4Network]:
    """Return what other labs were given, up or not, in this checkout and in others, and those that are there."""
    every = [_read(record) for record in {*paths.BUILD.glob("*/state/network"), *_records()}]
    mine = [network for network in every if network]
    there = [taken for network in providers.networks() for taken in network.ranges]
    return [rules.FIRST, *mine, *there]


def routed() -> list[IPv4Network]:
    """Return every network that this computer has a route to, but default routes."""
    return list(routes())


def routes() -> dict[IPv4Network, str]:
    """Return every network that this computer has a route to, but default routes, and the device it leads to."""
    found = {
        network: str(row.get("dev", row.get("type", "nowhere")))
        for row in _told("route")
        if (network := _network(row.get("dst")))
    }
    return {network: device for network, device in found.items() if network.prefixlen > HALVES}


def addresses() -> dict[IPv4Address, str]:
    """Return this computer's own addresses and the device of each: an address of a single host has no route."""
    rows = [(info.get("local"), row.get("ifname")) for row in _told("address") for info in row.get("addr_info") or ()]
    found = {_network(local): str(device) for local, device in rows}
    return {network.network_address: device for network, device in found.items() if network}


def ways_out() -> list[str]:
    """Return the devices of this computer's default routes, the preferred one first."""
    return [str(row["dev"]) for row in _told("route") if row.get("dst") == "default" and "dev" in row]


def _network(text: object) -> IPv4Network | None:
    """Return a network, or an address as one of its own; None for `default`, and for what `ip` cannot mean by one."""
    with contextlib.suppress(ValueError):
        return IPv4Network(text, strict=False) if isinstance(text, str) else None
    return None


def _told(what: str) -> list[Mapping[str, Any]]:
    """Return the JSON output of `ip`; empty if it is missing, which host.doctor says, or one that writes no JSON."""
    try:
        found = json.loads(program.run(["ip", "-j", "-4", what]).stdout or "[]")
    except (FileNotFoundError, ValueError):
        return []
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
