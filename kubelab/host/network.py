"""Whether the lab's addresses are its own here, and whether a proxy stands in the way to them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import IPv4Network

from kubelab.host import findings

HALVES = 3
"""Prefix length up to which a route is a default route in disguise, as VPNs set them: 0.0.0.0/1."""


def look_subnet(subject: findings.Subject) -> findings.Finding:
    """The lab's network must lead to the lab's own bridge, or nowhere yet."""
    wanted = subject.lab.network.machines
    taken = [
        f"{network} leads to {_owner(subject, network)}"
        for network in subject.routes
        if network.prefixlen > HALVES and network.overlaps(wanted) and subject.bridges.get(network) != subject.lab.name
    ]
    return findings.Finding(
        what="the lab's network",
        found="; ".join(taken) or f"{wanted} is free or the lab's own",
        wanted=f"{wanted} leads nowhere else",
        fix=f"name another `network: machines:` in labs/{subject.lab.name}.yaml, or none; docker network ls",
        ok=not taken,
    )


def _owner(subject: findings.Subject, network: IPv4Network) -> str:
    lab = subject.bridges.get(network)
    return f"lab {lab}" if lab else subject.routes[network]


def look_proxy(subject: findings.Subject) -> findings.Finding:
    """A proxy is used for what is downloaded; the lab must be exempt from it, or no tool reaches its API."""
    proxies = proxy_variables(os.environ)
    exempt = {entry.strip() for name in ("no_proxy", "NO_PROXY") for entry in os.environ.get(name, "").split(",")}
    network = subject.lab.network.machines
    covered = any(_covers(entry, network) for entry in exempt)
    found = f"{', '.join(proxies)}; the lab is {'' if covered else 'not '}exempt" if proxies else "none"
    return findings.Finding(
        what="proxy",
        found=found,
        wanted="none, or the lab's network in NO_PROXY",
        fix=f"export NO_PROXY=${{NO_PROXY:+$NO_PROXY,}}{network}",
        ok=not proxies or covered,
        required=False,
    )


def proxy_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the names of the variables that set a proxy, without their values: those may hold passwords."""
    names = ("http_proxy", "https_proxy", "all_proxy")
    return [name for name in environment if name.lower() in names and environment[name]]


def _covers(entry: str, network: IPv4Network) -> bool:
    try:
        return network.subnet_of(IPv4Network(entry))
    except ValueError:
        return entry == "*"
