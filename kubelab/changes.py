"""What differs between the lab that was rendered and the boxes that are there, and what each difference takes."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from kubelab import build, checks, docker, errors, model, paths


class State(enum.StrEnum):
    """What must be done for one box."""

    EQUAL = "nothing"
    APPLY = "apply its folder"
    START = "start"
    CREATE = "create"
    RECREATE = "create anew"


def boxes(view: checks.View, box: build.Box) -> dict[str, State]:
    """Return machine name to what it takes to make that box what the lab says. Reads all boxes in parallel."""
    found = {item["Name"].lstrip("/"): item for item in docker.containers(view.lab.name)}
    refuse_foreign(view.lab, found)
    states = {machine.name: _container(machine, found.get(machine.container), box) for machine in view.lab.machines}
    if State.EQUAL in states.values():
        states |= _applied(view, states)
    return states


def refuse_foreign(lab: model.Lab, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse to touch boxes of a lab of the same name that another checkout made."""
    roots = {item["Config"]["Labels"].get("kubelab.root") for item in found.values()} - {
        str(paths.ROOT),
        None,
    }
    if roots:
        details = [f"its boxes were made from {root}" for root in sorted(map(str, roots))]
        raise errors.LabError("lab-elsewhere", f"lab {lab.name} belongs to another checkout", details=details)


def _container(machine: model.Machine, found: Mapping[str, Any] | None, box: build.Box) -> State:
    if found is None:
        return State.CREATE
    if found["Config"]["Labels"].get("kubelab.shape") != build.shape(machine, box):
        return State.RECREATE
    if found["Id"] != vagrant_id(machine):
        return State.RECREATE
    return State.EQUAL if found["State"]["Running"] else State.START


def _applied(view: checks.View, states: Mapping[str, State]) -> dict[str, State]:
    records = checks.records(view)
    different = {}
    for machine in view.lab.machines:
        wanted = (view.where.box(machine.name) / "files.tsv").read_text(encoding="utf-8")
        if states[machine.name] is State.EQUAL and records[machine.name] != wanted:
            different[machine.name] = State.APPLY
    return different


def vagrant_id(machine: model.Machine) -> str | None:
    """Return the container that Vagrant holds for the machine: one that it does not know must be made anew."""
    record = paths.ROOT / ".vagrant/machines" / machine.vagrant_name / "docker/id"
    return record.read_text(encoding="utf-8").strip() if record.exists() else None
