"""This computer's addresses on networks with other computers: those that a class can reach."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address

from kubelab import errors
from kubelab.state import subnets

INNER = re.compile(r"lo|(?:docker|br-|veth|virbr|vboxnet|cni|flannel|cali).*")
"""Devices that lead to containers and virtual machines of this computer alone."""


EVERY = "0.0.0.0"  # noqa: S104 (a person may ask for every address, and gets one of them to hand out)


def addresses() -> list[IPv4Address]:
    """Return the addresses that others reach, first those of the device that leads out."""
    return ordered(subnets.addresses(), subnets.ways_out())


def chosen(bind: str) -> tuple[str, str]:
    """Return the address on which to listen for a class, and the one under which the class reaches it.

    Raises `serve-address` if none was given, and this computer has none that others reach.
    """
    if bind and bind != EVERY:
        return bind, bind
    found = [str(address) for address in addresses()]
    if not found:
        raise errors.LabError("serve-address", "this computer has no address on a network with others")
    return bind or found[0], found[0]


def ordered(found: Mapping[IPv4Address, str], ways: Sequence[str]) -> list[IPv4Address]:
    """Return the addresses of devices that lead to other computers, first those of `ways`."""
    reached = {address: device for address, device in found.items() if not INNER.fullmatch(device)}
    last = len(ways)
    return sorted(reached, key=lambda address: ways.index(reached[address]) if reached[address] in ways else last)
