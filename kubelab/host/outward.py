"""This computer's addresses on networks with other computers: those that a class can reach."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from kubelab import errors
from kubelab.state import subnets

INNER = re.compile(r"lo|(?:docker|br-|veth|virbr|vboxnet|cni|flannel|cali).*")
"""Devices that lead to containers and virtual machines of this computer alone."""


EVERY = "0.0.0.0"  # noqa: S104 (a person may ask for every address, and gets one of them to hand out)


def addresses() -> list[IPv4Address]:
    """Return the addresses that others reach, first those of the device that leads out."""
    return ordered(subnets.addresses(), subnets.ways_out())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a server for a class listens, the address under which the class reaches it, and what else could be."""

    bind: str
    reached: str
    others: tuple[str, ...] = ()


def chosen(bind: str) -> Place:
    """Return where to listen for a class: as given, or on the address that leads to the network.

    Raises `serve-address` if none was given, and this computer has none that others reach.
    """
    if bind and bind != EVERY:
        return Place(bind=bind, reached=bind)
    found = [str(address) for address in addresses()]
    if not found:
        raise errors.LabError("serve-address", "this computer has no address on a network with others")
    return Place(bind=bind or found[0], reached=found[0], others=tuple(found[1:]))


def ordered(found: Mapping[IPv4Address, str], ways: Sequence[str]) -> list[IPv4Address]:
    """Return the addresses of devices that lead to other computers, first those of `ways`."""
    reached = {address: device for address, device in found.items() if not INNER.fullmatch(device)}
    last = len(ways)
    return sorted(reached, key=lambda address: ways.index(reached[address]) if reached[address] in ways else last)
