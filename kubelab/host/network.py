"""Whether the lab's addresses are free on this computer, and whether a proxy stands in the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from ipaddress import IPv4Network

from kubelab import paths
from kubelab.clients import surroundings
from kubelab.host import doctor_findings, names
from kubelab.state import subnets

INNER = {
    "pods": ("10.2.0.0/16", "10.244.0.0/16", "172.30.0.0/16", "100.80.0.0/16"),
    "services": ("10.3.0.0/24", "10.245.0.0/24", "172.31.0.0/24", "100.81.0.0/24"),
}
"""Ranges of the lab, and replacements for those that this computer uses itself."""


def check_subnet(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """The lab's network must lead to the lab's own bridge, or nowhere yet.

    A wider route (a VPN's) does not hinder an existing lab: its own bridge is the nearer way.
    """
    wanted, name = subject.lab.network.machines, subject.lab.name
    taken = [
        network
        for network in subject.routes
        if network.prefixlen > subnets.HALVES and network.overlaps(wanted) and subject.bridges.get(network) != name
    ]
    wider = subject.exists and all(network.prefixlen < wanted.prefixlen for network in taken)
    name_another = f"name another `network: machines:` in {doctor_findings.lab_file(name)}, or none"
    leave = "leave that network while you use the lab (a VPN; docker network rm)"
    leave += f"; or {_destroy(subject)}, then {name_another}"
    nearer = "nothing: the lab's own bridge is the nearer way; what the other network has at these addresses is hidden"
    return doctor_findings.Finding(
        what="the lab's network",
        found="; ".join(f"{network} leads to {_owner(subject, network)}" for network in taken)
        or f"{wanted} is free or the lab's own",
        wanted=f"{wanted} leads nowhere else",
        fix=nearer if wider else leave if subject.exists else f"{name_another}; docker network ls",
        ok=not taken,
        required=not wider,
    )


def _destroy(subject: doctor_findings.Subject) -> str:
    return f"./run lab.destroy{paths.lab_option(subject.lab.name)}"


def check_inner(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Pods' and services' ranges must not contain addresses of this computer or of its name servers.

    A wider route hides only addresses that nobody asks for; an existing lab keeps its ranges and gets a remark.
    """
    inner = {"pods": subject.lab.network.pods, "services": subject.lab.network.services}
    inside = {key: list(_inside(subject, wanted)) for key, wanted in inner.items()}
    around = {key: list(_around(subject, wanted)) for key, wanted in inner.items()}
    bad = [key for key in inner if inside[key] or around[key]]
    named = ", ".join(f"{key}: {_another(subject, key)}" for key in bad)
    name_others = f"write `network: {{{named}}}` in {doctor_findings.lab_file(subject.lab.name)}"
    hidden = "what this computer reaches there, no pod does"
    keeps = f"nothing, if pods need nothing there; else {_destroy(subject)}, then {name_others}"
    return doctor_findings.Finding(
        what="pods and services",
        found="; ".join(f"{key}, {inner[key]}: {said}" for key in bad for said in (*inside[key], *around[key]))
        or "no address of this computer's is in their ranges",
        wanted=f"ranges that nothing else has: {hidden}",
        fix=keeps if subject.exists else name_others,
        ok=not bad,
        required=any(inside.values()) and not subject.exists,
    )


def _inside(subject: doctor_findings.Subject, wanted: IPv4Network) -> Iterator[str]:
    """Yield the addresses of this computer in a range of the lab."""
    own = {subject.routes.get(network) for network, lab in subject.bridges.items() if lab == subject.lab.name}
    for network, device in subject.routes.items():
        if network.subnet_of(wanted) and device not in own:
            yield f"{network} leads to {_owner(subject, network)}"
    for address, device in subject.addresses.items():
        if address in wanted and not any(address in network for network in subject.routes):
            yield f"{address} is this computer's, on {device}"
    yield from (f"the name server {server} is in it" for server in subject.resolvers if server in wanted)


def _around(subject: doctor_findings.Subject, wanted: IPv4Network) -> Iterator[str]:
    for network in subject.routes:
        if subnets.HALVES < network.prefixlen < wanted.prefixlen and wanted.subnet_of(network):
            yield f"{network} around it leads to {_owner(subject, network)}"


def _another(subject: doctor_findings.Subject, key: str) -> str:
    """Return a range without any address of this computer or the lab."""
    lab = subject.lab.network
    taken = [*subject.routes, lab.machines, lab.pods, lab.services]
    choice = (text for text in INNER[key] if not any(IPv4Network(text).overlaps(network) for network in taken))
    return next(choice, "RANGE")


def _owner(subject: doctor_findings.Subject, network: IPv4Network) -> str:
    lab = subject.bridges.get(network)
    return f"lab {lab}" if lab else subject.routes[network]


def check_names(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Pods must reach a name server: without one they resolve the cluster's own names only."""
    found = names.reachable()
    theirs = ", ".join(names.servers(names.CONFIG)) or "none in /etc/resolv.conf"
    why = "only this computer itself reaches a loopback address, and pods have IPv4 only"
    again = f"./run lab.up{paths.lab_option(subject.lab.name)}"
    return doctor_findings.Finding(
        what="name servers",
        found=", ".join(found) or f"{theirs}: {why}",
        wanted="one that pods reach, or they know only the cluster's own names",
        fix=f"let it listen on this computer's address on {names.BRIDGE} too, or name an IPv4 one; then {again}",
        ok=bool(found),
        required=False,
    )


def check_proxy(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Proxies are for downloads; kubelab uses none on its way to a lab, but a person's own tools may."""
    proxies = surroundings.proxies()
    exempt = {entry.strip() for name in surroundings.EXEMPT for entry in os.environ.get(name, "").split(",")}
    network = subject.lab.network.machines
    covered = any(_covers(entry, network) for entry in exempt)
    found = f"{', '.join(proxies)}; the lab is {'' if covered else 'not '}exempt" if proxies else "none"
    return doctor_findings.Finding(
        what="proxy",
        found=found,
        wanted="none, or the lab's network in NO_PROXY for tools of your own",
        fix=f"export NO_PROXY=${{NO_PROXY:+$NO_PROXY,}}{network}",
        ok=not proxies or covered,
        required=False,
    )


def check_variables(_: doctor_findings.Subject) -> doctor_findings.Finding:
    """kubelab drops variables that would lead Vagrant or Docker to other machines; calls by hand still obey them."""
    found = surroundings.set_aside()
    return doctor_findings.Finding(
        what="variables",
        found=f"{', '.join(found)}: set, and not used here" if found else "none that leads elsewhere",
        wanted="none: a lab is this project's Vagrantfile on this computer's own Docker engine",
        fix=f"unset {' '.join(found)}, in shells in which you type vagrant or docker yourself",
        ok=not found,
        required=False,
    )


def _covers(entry: str, network: IPv4Network) -> bool:
    try:
        return network.subnet_of(IPv4Network(entry))
    except ValueError:
        return entry == "*"
