"""What a lab file of the right shape may still get wrong: names, addresses, ranges, sizes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from kubelab import errors, model

if TYPE_CHECKING:
    from kubelab import load

LABEL = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
HEX = re.compile(r"[0-9a-f]+")
LEAST = {model.Kind.ETCD: 256, model.Kind.CONTROL_PLANE: 1024, model.Kind.WORKER: 1024}
"""MiB with which each kind still works."""
VIRTUALBOX = IPv4Network("192.168.56.0/21")
RESERVED = [IPv4Network(text) for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")]

Rule = Callable[["load.Spec", Sequence[model.Machine]], Iterator[errors.Problem]]


def problems(spec: load.Spec, machines: Sequence[model.Machine]) -> list[errors.Problem]:
    """Return every broken rule; `machines` is empty while the lab has no network yet."""
    return [problem for rule in RULES for problem in rule(spec, machines)]


def _lab_name(spec: load.Spec, _: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    if HEX.fullmatch(spec.name):
        yield _problem("name", f"'{spec.name}' is hexadecimal: Vagrant would take it for a machine's id")


def _counts(spec: load.Spec, _: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    for kind in (model.Kind.ETCD, model.Kind.CONTROL_PLANE):
        if spec.machines.counts[kind] > 1:
            yield _problem(f"machines.{kind}.count", "more than one is not supported yet")
    for kind, count in spec.machines.counts.items():
        section = spec.machines.of(kind)
        for key, given in (("names", section.names), ("addresses", section.addresses)):
            if given is not None and len(given) != count:
                yield _problem(f"machines.{kind}.{key}", f"has {len(given)} entries for {count} machines")
        if section.names is not None and section.name is not None:
            yield _problem(f"machines.{kind}.name", "'name' and 'names' exclude each other")


def _sizes(spec: load.Spec, _: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    for kind, least in LEAST.items():
        memory = spec.machines.of(kind).memory
        if memory is not None and memory < least:
            yield _problem(f"machines.{kind}.memory", f"{memory} MiB is too little: at least {least}")


def _names(spec: load.Spec, machines: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    for kind in model.Kind:
        section = spec.machines.of(kind)
        rows = [(f"names.{index}", name) for index, name in enumerate(section.names or [])]
        rows += [("name", section.name)] if section.name is not None else []
        for key, name in rows:
            if not LABEL.fullmatch(name):
                message = f"'{name}' is no host name: small letters, digits and dashes, first a letter"
                yield _problem(f"machines.{kind}.{key}", message)
            elif key != "name" and HEX.fullmatch(name):
                message = f"'{name}' is hexadecimal: Vagrant would take it for a machine's id"
                yield _problem(f"machines.{kind}.{key}", message)
    for first, second in itertools.combinations(machines, 2):
        if first.name == second.name:
            yield _problem(f"machines.{second.kind}", f"two machines are called {second.name}")


def _addresses(spec: load.Spec, machines: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    for machine in machines:
        place = f"machines.{machine.kind}.addresses"
        network = spec.network.machines
        if network and machine.address not in network:
            yield _problem(place, f"{machine.name} has {machine.address}, which is outside {network}")
        elif network and machine.address in (network[0], network[1], network[-1]):
            taken = "the network's own address, the host's or the broadcast address"
            yield _problem(place, f"{machine.name} has {machine.address}: that is {taken}")
    for first, second in itertools.combinations(machines, 2):
        if first.address == second.address:
            message = f"{first.name} and {second.name} both have {first.address}"
            yield _problem(f"machines.{second.kind}.addresses", message)


def _ranges(spec: load.Spec, _: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    network = spec.network
    ranges = {"machines": network.machines, "pods": network.pods, "services": network.services}
    known = {name: value for name, value in ranges.items() if value is not None}
    for (first, one), (second, other) in itertools.combinations(known.items(), 2):
        if one.overlaps(other):
            yield _problem(f"network.{second}", f"{other} overlaps {first}, {one}")
    for name, value in known.items():
        if any(value.overlaps(reserved) for reserved in RESERVED):
            yield _problem(f"network.{name}", f"{value} is reserved for other uses")
    nodes = sum(count for kind, count in spec.machines.counts.items() if kind is not model.Kind.ETCD)
    if network.pods.prefixlen > 24 or network.pods.num_addresses // 256 < nodes:
        yield _problem("network.pods", f"{network.pods} is too small: each of {nodes} nodes takes a /24 of it")
    if network.services.prefixlen > 27 or network.services.prefixlen < 12:
        yield _problem("network.services", f"{network.services}: a range between /12 and /27 is wanted")
    if network.machines and not 16 <= network.machines.prefixlen <= 24:
        yield _problem("network.machines", f"{network.machines}: a range between /16 and /24 is wanted")


def _domain(spec: load.Spec, _: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    if not all(LABEL.fullmatch(part) for part in spec.network.domain.split(".")):
        yield _problem("network.domain", f"'{spec.network.domain}' is no DNS domain such as cluster.local")


def _addons(spec: load.Spec, _: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    needs = {model.Addon.DNS, model.Addon.STORAGE} - set(spec.addons)
    if model.Addon.GUESTBOOK in spec.addons and needs:
        yield _problem("addons", f"the guestbook needs {' and '.join(sorted(needs))} as well")
    if len(set(spec.addons)) != len(spec.addons):
        yield _problem("addons", "names an add-on twice")


def _provider(spec: load.Spec, _: Sequence[model.Machine]) -> Iterator[errors.Problem]:
    network = spec.network.machines
    if spec.provider is model.Provider.VIRTUALBOX and network and not network.subnet_of(VIRTUALBOX):
        message = f"{network}: VirtualBox allows {VIRTUALBOX} only, unless it was configured"
        yield _problem("network.machines", message)


RULES: tuple[Rule, ...] = (_lab_name, _counts, _sizes, _names, _addresses, _ranges, _domain, _addons, _provider)


def _problem(place: str, message: str) -> errors.Problem:
    return errors.Problem(place=place, message=message)
