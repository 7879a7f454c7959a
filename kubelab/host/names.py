"""The name servers of this computer that a pod can reach."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from kubelab.state import subnets

CONFIG = Path("/etc/resolv.conf")
RESOLVED = Path("/run/systemd/resolve/resolv.conf")
"""The file in which systemd-resolved names the servers behind its own 127.0.0.53."""
SOCKETS = Path("/proc/net/udp")
BRIDGE = "docker0"
"""The bridge of every box's first address: pods reach servers on this computer's address there."""
PORT = 53
MOST = 3
"""The entries of a resolv.conf."""


def reachable() -> tuple[str, ...]:
    """Return the name servers that a pod reaches: IPv4, none on a loopback address.

    If this computer asks only itself, the servers behind it count (systemd-resolved's), and else its own address on
    Docker's bridge, if a name server listens there.
    """
    for path in (CONFIG, RESOLVED):
        if outside := [server for server in servers(path) if _outside(server)]:
            return tuple(dict.fromkeys(outside))[:MOST]
    at_home = [server for server in servers(CONFIG) if ip_address(server).is_loopback]
    return tuple(_on_the_bridge()) if at_home else ()


def moved(rendered: Path) -> str | None:
    """Return in words how the rendered name servers of a lab differ from those that pods reach now.

    None if they are the same, if the lab has none, or if this computer reaches none at the moment: it is offline.
    """
    before, now = servers(rendered), reachable()
    if not rendered.exists() or not now or set(before) == set(now):
        return None
    asked = ", ".join(before) or "no server"
    return f"pods ask {asked} for names outside the cluster; this computer asks {', '.join(now)} now"


def servers(config: Path) -> list[str]:
    """Return every address of a name server in a resolv.conf; none without a file that can be read."""
    try:
        rows = config.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    named = [words[1] for row in rows if (words := row.split())[:1] == ["nameserver"] and len(words) > 1]
    return [server for server in named if _address(server)]


def named() -> list[IPv4Address]:
    """Return every IPv4 name server that this computer asks beyond itself, from any file."""
    both = [server for path in (CONFIG, RESOLVED) for server in servers(path)]
    return [IPv4Address(server) for server in dict.fromkeys(both) if _outside(server)]


def _address(server: str) -> bool:
    try:
        ip_address(server)
    except ValueError:
        return False
    return True


def _outside(server: str) -> bool:
    """Return whether an address is IPv4 and not a loopback address."""
    address = ip_address(server)
    return address.version == 4 and not (address.is_loopback or address.is_unspecified)


def _on_the_bridge() -> Iterator[str]:
    """Yield this computer's address on Docker's bridge if a name server listens there."""
    heard = _listened()
    for address, device in subnets.addresses().items():
        if device == BRIDGE and heard & {address, IPv4Address(0)}:
            yield str(address)


def _listened() -> set[IPv4Address]:
    """Return this computer's addresses with an open UDP port 53: rows are `sl local:port …`."""
    rows = SOCKETS.read_text(encoding="ascii").splitlines()[1:] if SOCKETS.exists() else []
    pairs = [row.split()[1].split(":") for row in rows]
    return {IPv4Address(bytes.fromhex(address)[::-1]) for address, port in pairs if int(port, 16) == PORT}
