"""The input of doctor's checks, and the row that each of them returns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from kubelab import errors, model, paths, providers
from kubelab.clients import docker
from kubelab.host import names
from kubelab.state import subnets

SETUP = "./run host.setup"
OWN_LAB = "mine"
OWN = f"labs/{OWN_LAB}.yaml"


def lab_file(name: str) -> str:
    """Return where to change a lab: in its file, or, for a lab file of a course's pack, in a copy.

    The teacher compares a pack's own files; a copy needs no explanation.
    """
    given = paths.PACK / "files.json"
    own = f"labs/{name}.yaml"
    if not given.is_file() or f'"{own}"' not in given.read_text(encoding="utf-8", errors="replace"):
        return own
    return f"{OWN} (cp {own} {OWN}, and --lab {OWN_LAB} with every word from then on)"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row: its subject, what was found and wanted, the remedy, and whether a lab needs it."""

    what: str
    found: str
    wanted: str
    fix: str
    ok: bool
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The lab that should fit here, and the facts of the computer that all checks share."""

    lab: model.Lab
    engine: Mapping[str, Any]
    """The result of `docker info`; empty without an answer."""
    problem: errors.LabError | None
    """Why Docker gave no answer."""
    running: frozenset[str]
    """The names of the lab's boxes that run already."""
    bridges: Mapping[IPv4Network, str]
    """The networks of all labs, and whose they are."""
    routes: Mapping[IPv4Network, str]
    """Every route but default ones, and its device."""
    addresses: Mapping[IPv4Address, str] = field(default_factory=dict)
    """This computer's own addresses, and the device of each."""
    resolvers: Sequence[IPv4Address] = ()
    """The name servers that this computer asks beyond itself."""
    exists: bool = False
    """Whether the lab has data here: then the keys that its data depends on cannot change."""


Look = Callable[[Subject], Finding]


def subject(lab: model.Lab) -> Subject:
    """Return the present facts of this computer and the lab; a silent Docker engine is a fact, not an error."""
    try:
        engine = json.loads(docker.run("info", "--format", "{{json .}}", timeout=10))
        boxes, found = providers.boxes(lab.name), providers.networks()
        exists = bool(providers.volumes(lab.name))
    except errors.LabError as silent:
        return _without_engine(lab, silent)
    if not engine.get("ServerVersion"):  # `docker info` exits with 0 when only the client is there
        return _without_engine(lab, _ask_again())
    return Subject(
        lab=lab,
        engine=engine,
        problem=None,
        running=frozenset(box.name for box in boxes if box.runs),
        bridges={taken: network.lab for network in found for taken in network.ranges},
        exists=exists,
        **_of_this_computer(),
    )


def _without_engine(lab: model.Lab, problem: errors.LabError) -> Subject:
    return Subject(lab=lab, engine={}, problem=problem, running=frozenset(), bridges={}, **_of_this_computer())


def _of_this_computer() -> dict[str, Any]:
    return {"routes": subnets.routes(), "addresses": subnets.addresses(), "resolvers": names.named()}


def _ask_again() -> errors.LabError:
    try:
        docker.run("version", timeout=10)
    except errors.LabError as problem:
        return problem
    return errors.LabError("docker-unreachable", "the Docker engine does not answer")
