"""The rules of a lab file beyond its shape: names, addresses, ranges, sizes."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from kubelab import model, paths
from kubelab.config import schema, yaml_reader

LABEL = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
"""A machine's name: with its prefix, it stays within a certificate's 64 characters."""
DOMAIN = re.compile(r"(?=.{1,100}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
HEX = re.compile(r"[0-9a-f]+")
NO_TEXT = re.compile(r"y|n|yes|no|on|off|true|false|null|[0-9]+(\.[0-9]*)?(e-?[0-9]+)?|0[xob][0-9a-f]+")
"""Of names and domains those that Kubernetes' YAML takes for a truth value or a number: a kubelet or an etcd whose
configuration has one does not start."""
TAKEN = ("localhost", "kubernetes")
"""Names that have another meaning on every machine."""
BOX_NAME = re.compile(r"\w[\w./-]{0,99}", re.ASCII)
BOX_URL = re.compile(r"(https://|file:///)[\w.~:/?#@!$&()*+,;=%-]{1,500}", re.ASCII)
"""No http://: whoever is on the way could give the machines another system."""
COUNTS: dict[model.Kind, dict[int, str]] = {
    model.Kind.ETCD: {
        2: "2 members stop when either is lost: write 1 or 3",
        4: "4 members bear the loss of one, as 3 do: write 3 or 5",
        **dict.fromkeys(range(6, 10), "5 at most: every write waits for most members"),
    },
    model.Kind.CONTROL_PLANE: dict.fromkeys(range(6, 10), "5 at most"),
    model.Kind.WORKER: {},
}
"""The numbers of a kind that are refused, and why."""
LEAST = {model.Kind.ETCD: 256, model.Kind.CONTROL_PLANE: 1024, model.Kind.WORKER: 1024}
"""The least MiB with which each kind works."""
POOL = IPv4Network("192.168.56.0/21")
"""What VirtualBox allows without configuration; a lab that names no network is given a /24 of it."""
FIRST = next(POOL.subnets(new_prefix=24))
"""The default lab's network, and the stand-in of a lab that has none yet."""
PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
NOT_READ = "is no text in YAML, in which the lab's configuration files are written"
ID = "is hexadecimal: Vagrant would take it for a machine's id"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A lab as its file describes it, in its network or, before it has one, in a stand-in."""

    spec: schema.Spec
    given: IPv4Network | None

    @property
    def network(self) -> IPv4Network:
        """Return the machines' network, or one of the pool."""
        return self.given or FIRST

    @property
    def ranges(self) -> dict[str, IPv4Network]:
        """Return the three ranges by their keys; the machines' is the whole pool until a range is given."""
        network = self.spec.network
        return {"machines": self.given or POOL, "pods": network.pods, "services": network.services}

    @property
    def machines(self) -> tuple[model.Machine, ...]:
        """Return every machine, in the order of its kind; addresses may break rules."""
        return tuple(machine for kind in model.KINDS for machine in self.of(kind))

    @property
    def api(self) -> IPv4Address | None:
        """Return the API's virtual address; one control plane needs none."""
        if self.spec.machines.counts[model.Kind.CONTROL_PLANE] == 1:
            return None
        return self.spec.network.api or _address(self.network, model.API_OCTET)

    def of(self, kind: model.Kind) -> Iterator[model.Machine]:
        """Yield the machines of one kind."""
        row, section = model.KINDS[kind], self.spec.machines.of(kind)
        for index in range(self.spec.machines.counts[kind]):
            name = f"{section.name or row.name}-{index + 1:02}"
            yield model.Machine(
                lab=self.spec.name,
                kind=kind,
                name=_nth(section.names, index) or name,
                address=_nth(section.addresses, index) or _address(self.network, (section.octet or row.octet) + index),
                memory=section.memory or row.memory,
                cpus=section.cpus or row.cpus,
                virtual=self.api if kind is model.Kind.CONTROL_PLANE else None,
            )


def _address(network: IPv4Network, number: int) -> IPv4Address:
    # A range at the very end of the address space has none left; it is refused as not private.
    return IPv4Address(min(int(network.network_address) + number, 2**32 - 1))


def flaws(draft: Draft) -> list[yaml_reader.Flaw]:
    """Return every broken rule of a lab."""
    return [yaml_reader.Flaw(place=place, message=message) for rule in RULES for place, message in rule(draft)]


Found = Iterator[tuple[yaml_reader.Place, str]]


def _lab_name(draft: Draft) -> Found:
    name = draft.spec.name
    if not paths.LAB_NAME.fullmatch(name):
        yield (
            ("name of the file",),
            f"{yaml_reader.shown(name)}: 1 to 20 small letters, digits and dashes, first a letter",
        )
    elif HEX.fullmatch(name):
        yield ("name of the file",), f"'{name}' {ID}"


def _counts(draft: Draft) -> Found:
    for kind, count in draft.spec.machines.counts.items():
        section = draft.spec.machines.of(kind)
        if count in COUNTS[kind]:
            yield ("machines", kind, "count"), COUNTS[kind][count]
        for key, given in (("names", section.names), ("addresses", section.addresses)):
            if given is not None and len(given) != count:
                yield ("machines", kind, key), f"has {len(given)} entries; count is {count}"
        for one, many in (("name", "names"), ("octet", "addresses")):
            if getattr(section, one) is not None and getattr(section, many) is not None:
                yield ("machines", kind, one), f"'{one}' and '{many}' exclude each other"


def _sizes(draft: Draft) -> Found:
    for kind, least in LEAST.items():
        memory = draft.spec.machines.of(kind).memory
        if memory is not None and memory < least:
            yield ("machines", kind, "memory"), f"{memory} MiB is too little: at least {least}"


def _names(draft: Draft) -> Found:
    for kind in model.KINDS:
        section = draft.spec.machines.of(kind)
        named = enumerate(section.names or [])
        rows: list[tuple[yaml_reader.Place, str]] = [(("names", index), name) for index, name in named]
        rows += [(("name",), section.name)] if section.name is not None else []
        for key, name in rows:
            place: yaml_reader.Place = ("machines", kind, *key)
            if not LABEL.fullmatch(name):
                yield place, f"{yaml_reader.shown(name)}: 1 to 40 small letters, digits and dashes, first a letter"
            elif "names" in key and HEX.fullmatch(name):
                yield place, f"'{name}' {ID}"
            elif "names" in key and NO_TEXT.fullmatch(name):
                yield place, f"{yaml_reader.shown(name)} {NOT_READ}"
            elif name in TAKEN:
                yield place, f"'{name}' means something else on every machine"
    for name, count in Counter(machine.name for machine in draft.machines).items():
        if count > 1:
            kind = [machine.kind for machine in draft.machines if machine.name == name][-1]
            source = "names" if draft.spec.machines.of(kind).names else "name"
            yield ("machines", kind, source), f"{count} machines are called {yaml_reader.shown(name)}"


def _addresses(draft: Draft) -> Found:
    network = draft.network
    seen: dict[IPv4Address, str] = {}
    if not 16 <= network.prefixlen <= 24:
        return
    for kind in model.KINDS:
        section = draft.spec.machines.of(kind)
        if section.addresses and not draft.given:
            yield ("machines", kind, "addresses"), "addresses need a network to be in: name network.machines as well"
            continue
        for index, machine in enumerate(draft.of(kind)):
            address = machine.address
            place = ("machines", kind, *(("addresses", index) if section.addresses else ("octet",)))
            if address not in network:
                yield place, f"{machine.name} has {address}, which is outside {network}"
            elif address in (network[0], network[1], network[-1]):
                yield place, f"{machine.name} has {address}, which is the network's, the host's or for broadcast"
            elif not section.addresses and int(address) - int(network[0]) > 254:
                yield place, f"{machine.name} has {address}: the last octet may be 254 at most"
            if address in seen:
                yield place, f"{machine.name} has {address}, as {seen[address]} has"
            seen[address] = machine.name


def _api(draft: Draft) -> Found:
    place, given, network = ("network", "api"), draft.spec.network.api, draft.network
    if given and draft.api is None:
        yield place, "is for more than one control plane: the API has the address of a single one"
    elif given and not draft.given:
        yield place, "an address needs a network to be in: name network.machines as well"
    elif draft.api and 16 <= network.prefixlen <= 24:
        if draft.api not in network:
            yield place, f"{draft.api} is outside {network}"
        elif draft.api in (network[0], network[1], network[-1]):
            yield place, f"{draft.api} is the network's, the host's or for broadcast"
        for machine in draft.machines:
            if machine.address == draft.api:
                yield place, f"{draft.api} is the address of {machine.name}: the virtual address needs one of its own"


def _ranges(draft: Draft) -> Found:
    for (first, one), (second, other) in itertools.combinations(draft.ranges.items(), 2):
        if one.overlaps(other):
            note = "" if draft.given or first != "machines" else ", of which this lab is given its network"
            yield ("network", second), f"{other} overlaps {first}, {one}{note}"
    for name, value in draft.ranges.items():
        if not any(value.subnet_of(private) for private in PRIVATE):
            yield ("network", name), f"{value} is not private: take it from {', '.join(map(str, PRIVATE))}"


def _range_sizes(draft: Draft) -> Found:
    ranges = draft.ranges
    nodes = sum(count for kind, count in draft.spec.machines.counts.items() if kind is not model.Kind.ETCD)
    # flannel never gives away the first /24, so that a /22 is the least for two nodes.
    if 2 ** (24 - ranges["pods"].prefixlen) - 1 < nodes:
        room = f"each of {nodes} nodes takes a /24 of it, and flannel keeps one"
        yield ("network", "pods"), f"{ranges['pods']} is too small: {room}"
    # The API server takes no more than 20 bits.
    if not 12 <= ranges["services"].prefixlen <= 24:
        yield ("network", "services"), f"{ranges['services']}: a range from /12 to /24 is wanted"
    if draft.given and not 16 <= draft.given.prefixlen <= 24:
        yield ("network", "machines"), f"{draft.given}: a range from /16 to /24 is wanted"


def _domain(draft: Draft) -> Found:
    domain = draft.spec.network.domain
    if not DOMAIN.fullmatch(domain):
        yield ("network", "domain"), f"{yaml_reader.shown(domain)} is no DNS domain such as cluster.local"
    elif NO_TEXT.fullmatch(domain):
        yield ("network", "domain"), f"{yaml_reader.shown(domain)} {NOT_READ}"


def _addons(draft: Draft) -> Found:
    addons = draft.spec.chosen_addons
    needs = [addon for addon in (model.Addon.DNS, model.Addon.STORAGE) if addon not in addons]
    if model.Addon.GUESTBOOK in addons and needs:
        yield ("addons",), f"the guestbook needs {' and '.join(needs)} as well"
    if draft.spec.dashboard and model.Addon.DASHBOARD not in addons:
        yield ("dashboard",), "chooses the web UI of the add-on dashboard, which addons does not name"
    named: dict[str, list[model.Extra]] = {"addons": [*addons], "tools": [*draft.spec.tools]}
    for key, names in named.items():
        for name, count in Counter(names).items():
            if count > 1:
                yield (key,), f"names {name} {count} times"


def _balanced(draft: Draft) -> Found:
    """A machine, or the API, with an address that a service of type LoadBalancer may get."""
    network = draft.network
    if model.Addon.LOADBALANCER not in draft.spec.chosen_addons or not 16 <= network.prefixlen <= 24:
        return
    first, last = network[-1 - model.BALANCED], network[-2]
    taken = {machine.address: machine.name for machine in draft.machines}
    taken |= {draft.api: "the API"} if draft.api else {}
    for address, name in taken.items():
        if first <= address <= last:
            yield ("addons",), f"loadbalancer needs {first} to {last} for services, but {name} has {address}"


def _provider(draft: Draft) -> Found:
    if draft.spec.provider is model.Provider.VIRTUALBOX and not draft.network.subnet_of(POOL):
        yield ("network", "machines"), f"{draft.network}: VirtualBox allows {POOL} only, unless it was configured"
    if draft.spec.driver and draft.spec.provider is not model.Provider.LIBVIRT:
        yield ("driver",), "only virtual machines of provider libvirt have one"


def _box(draft: Draft) -> Found:
    box = draft.spec.box
    if box is None:
        return
    if draft.spec.provider is model.Provider.DOCKER:
        yield ("box",), "boxes of provider docker are kubelab's own: write provider: libvirt or virtualbox as well"
    if not box.name:
        yield ("box", "name"), "is missing: the box as Vagrant calls it"
    elif not BOX_NAME.fullmatch(box.name):
        yield ("box", "name"), f"{yaml_reader.shown(box.name)}: a name of Vagrant's, such as flatcar or owner/flatcar"
    if box.url and not BOX_URL.fullmatch(box.url):
        yield ("box", "url"), f"{yaml_reader.shown(box.url)}: https://… or file:///…, without spaces and quotes"


Rule = Callable[[Draft], Found]
RULES: tuple[Rule, ...] = (
    _lab_name,
    _counts,
    _sizes,
    _names,
    _addresses,
    _api,
    _ranges,
    _range_sizes,
    _domain,
    _addons,
    _balanced,
    _provider,
    _box,
)


Value = TypeVar("Value")


def _nth(values: list[Value] | None, index: int) -> Value | None:
    return values[index] if values and index < len(values) else None
