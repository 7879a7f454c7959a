"""The shape of a lab file: its keys, their types and defaults."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any

import pydantic

from kubelab import model
from kubelab.config import strict, yaml_reader


def _network(value: object) -> IPv4Network:
    if not isinstance(value, str) or not re.fullmatch(r"[\d.]+/\d+", value, re.ASCII):
        raise ValueError(f"{yaml_reader.shown(value)} is no IPv4 range such as 10.2.0.0/16")
    try:
        near = IPv4Network(value, strict=False)
    except ValueError as problem:
        raise ValueError(f"{yaml_reader.shown(value)} is no IPv4 range such as 10.2.0.0/16") from problem
    if str(near) != value:
        raise ValueError(f"{value} has host bits: did you mean {near}?")
    return near


def _address(value: object) -> IPv4Address:
    if not isinstance(value, str):
        raise ValueError(f"{yaml_reader.shown(value)} is no IPv4 address such as 192.168.56.101")
    try:
        return IPv4Address(value)
    except ValueError as problem:
        raise ValueError(f"{yaml_reader.shown(value)} is no IPv4 address such as 192.168.56.101") from problem


Range = Annotated[IPv4Network, pydantic.PlainValidator(_network)]
Address = Annotated[IPv4Address, pydantic.PlainValidator(_address)]
# One digit: ten of a kind would make names and octets of another length.
Count = Annotated[int, pydantic.Field(ge=1, le=9)]
Memory = Annotated[int, pydantic.Field(ge=1, le=1 << 20)]
Cpus = Annotated[int, pydantic.Field(ge=1, le=256)]
Octet = Annotated[int, pydantic.Field(ge=2, le=254)]
Provider = Annotated[model.Provider, strict.choice(model.Provider)]
Driver = Annotated[model.Driver, strict.choice(model.Driver)]
System = Annotated[model.System, strict.choice(model.System)]
Addon = Annotated[model.Addon, strict.choice(model.Addon)]
Tool = Annotated[model.Tool, strict.choice(model.Tool)]
Dashboard = Annotated[model.Dashboard, strict.choice(model.Dashboard)]


class NetworkSpec(strict.Strict):
    """The section `network`. A lab without `machines` is given a range when it is first used."""

    machines: Range | None = None
    pods: Range = IPv4Network("10.2.0.0/16")
    services: Range = IPv4Network("10.3.0.0/24")
    domain: str = "cluster.local"
    api: Address | None = None


class KindSpec(strict.Strict):
    """One kind under `machines`; defaults are in `model.KINDS`. Memory in MiB."""

    count: Count | None = None
    memory: Memory | None = None
    cpus: Cpus | None = None
    name: str | None = None
    names: list[str] | None = None
    octet: Octet | None = None
    addresses: list[Address] | None = None


class MachinesSpec(strict.Strict):
    """The section `machines`."""

    model_config = pydantic.ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    etcd: KindSpec = KindSpec()
    control_plane: KindSpec = KindSpec()
    worker: KindSpec = KindSpec()

    def of(self, kind: model.Kind) -> KindSpec:
        """Return the section of a kind."""
        found: KindSpec = getattr(self, kind.value.replace("-", "_"))
        return found

    @property
    def counts(self) -> dict[model.Kind, int]:
        """Return how many machines of each kind there are."""
        return {kind: self.of(kind).count or row.count for kind, row in model.KINDS.items()}


class BoxSpec(strict.Strict):
    """The section `box`: a box that others made. A rule asks for its name."""

    system: System = model.System.FLATCAR
    name: str = ""
    url: str = ""


class Spec(strict.Strict):
    """A lab file in the right shape. `name` is the file's, not a key in it."""

    name: str
    versions: str = "1.37"
    provider: Provider = model.Provider.DOCKER
    driver: Driver | None = None
    box: BoxSpec | None = None
    network: NetworkSpec = NetworkSpec()
    machines: MachinesSpec = MachinesSpec()
    addons: list[Addon] | None = None
    dashboard: Dashboard | None = None
    tools: list[Tool] = []

    @property
    def chosen_addons(self) -> list[model.Addon]:
        """Return the add-ons of the lab; left out, the usual ones but what an emulated machine is too slow for."""
        if self.addons is not None:
            return self.addons
        emulated = self.provider is model.Provider.LIBVIRT and self.driver is model.Driver.QEMU
        return [addon for addon in model.USUAL_ADDONS if not (emulated and addon is model.Addon.DASHBOARD)]


def shape(name: str, values: dict[str, Any]) -> tuple[Spec, list[yaml_reader.Flaw]]:
    """Return the spec and the problems of its shape; wrong parts are left out of the spec, so that rules see the
    rest."""
    flaws: list[yaml_reader.Flaw] = []
    if "name" in values:
        flaws.append(yaml_reader.Flaw(place=("name",), message="unknown key: a lab is named by its file"))
    values = {**values, "name": name}
    try:
        return Spec.model_validate(values), flaws
    except pydantic.ValidationError as problem:
        found = strict.flaws(problem, keys)
    for flaw in found:
        values = _without(values, flaw.place)
    return Spec.model_validate(values), flaws + found


def keys(place: yaml_reader.Place) -> list[str]:
    """Return the keys that may stand under a place of the file."""
    shapes: dict[yaml_reader.Place, type[strict.Strict]] = {
        (): Spec,
        ("network",): NetworkSpec,
        ("box",): BoxSpec,
        ("machines",): MachinesSpec,
    }
    found = shapes.get(place, KindSpec)
    return [field.alias or name for name, field in found.model_fields.items() if (found, name) != (Spec, "name")]


def _without(values: dict[str, Any], place: yaml_reader.Place) -> dict[str, Any]:
    """Return the values without the one at `place`; of a list the whole: its other positions would shift."""
    key, rest = str(place[0]), place[1:]
    if rest and isinstance(values.get(key), dict):
        return {**values, key: _without(values[key], rest)}
    return {other: value for other, value in values.items() if other != key}
