"""What is there of a lab: its containers, the record of what each box applied, boxes that its file no longer names."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kubelab import artifact, checks, errors, model, paths
from kubelab.clients import docker
from kubelab.render import lab_files

ROOT_LABEL = "kubelab.root"


class State(enum.StrEnum):
    """What must be done for one box."""

    EQUAL = "nothing"
    APPLY = "apply its folder"
    START = "start"
    CREATE = "create"
    RECREATE = "create anew"


@dataclass(frozen=True, kw_only=True)
class Found:
    """One machine's box as it is: what its container needs, why, and what it has applied (None: cannot be read)."""

    machine: model.Machine
    state: State
    why: str = ""
    record: str | None = None


@dataclass(frozen=True, kw_only=True)
class There:
    """All that is there of a lab: each machine's box, and names of boxes that its file has no machine for."""

    boxes: Mapping[str, Found]
    strangers: tuple[str, ...] = ()


def look(view: checks.View, how: lab_files.Box) -> There:
    """Return what is there. Reads the containers at once and the records of running boxes in parallel."""
    containers = docker.containers(view.lab.name)
    found = {item["Name"].lstrip("/"): item for item in containers}
    refuse_foreign(view.lab, found)
    boxes = {machine.name: box(machine, found.get(machine.container), how) for machine in view.lab.machines}
    if any(here.state is State.EQUAL for here in boxes.values()):
        boxes |= _recorded(view, boxes)
    names = {item["Config"]["Labels"].get("kubelab.box") for item in containers} | docker.volume_boxes(view.lab.name)
    return There(boxes=boxes, strangers=tuple(sorted(names - set(boxes) - {None})))


def boxes(view: checks.View, how: lab_files.Box) -> dict[str, State]:
    """Return machine name to what it takes to make that box apply the folder that was rendered last."""
    there = look(view, how)
    wanted = {name: (view.where.box(name) / "files.tsv").read_bytes() for name in there.boxes}
    return {name: state(found, wanted[name]) for name, found in there.boxes.items()}


def states(there: There, files: Mapping[str, artifact.HostFile]) -> dict[str, State]:
    """Return machine name to what it takes to make that box apply the rendered files."""
    return {name: state(found, files[f"boxes/{name}/files.tsv"].content) for name, found in there.boxes.items()}


def state(found: Found, wanted: bytes) -> State:
    """Return what it takes for one box whose files.tsv should be `wanted`."""
    if found.state is State.EQUAL and found.record != wanted.decode():
        return State.APPLY
    return found.state


def refuse_foreign(lab: model.Lab, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse to touch boxes of a lab of the same name that another checkout made."""
    refuse_roots(lab.name, roots(found.values()))


def roots(containers: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the other checkouts that boxes were made from."""
    return {str(item["Config"]["Labels"].get(ROOT_LABEL, paths.ROOT)) for item in containers} - {str(paths.ROOT)}


def refuse_roots(lab: str, others: Collection[str]) -> None:
    """Raise `lab-elsewhere` with the checkouts that a lab's boxes were made from, if there are any others."""
    if others:
        details = [f"its boxes were made from {root}" for root in sorted(others)]
        raise errors.LabError("lab-elsewhere", f"lab {lab} belongs to another checkout", details=details)


def box(machine: model.Machine, found: Mapping[str, Any] | None, how: lab_files.Box) -> Found:
    """Return what a machine's container needs, `found` being what Docker says of it (None: there is none)."""
    if found is None:
        return Found(machine=machine, state=State.CREATE, why="there is no such box")
    if found["Config"]["Labels"].get("kubelab.shape") != lab_files.shape(machine, how):
        return Found(machine=machine, state=State.RECREATE, why=_other_shape(machine, found, how))
    if found["Id"] != vagrant_id(machine):
        return Found(machine=machine, state=State.RECREATE, why="Vagrant does not know its container")
    if not found["State"]["Running"]:
        return Found(machine=machine, state=State.START, why="it is stopped")
    return Found(machine=machine, state=State.EQUAL)


def _other_shape(machine: model.Machine, found: Mapping[str, Any], how: lab_files.Box) -> str:
    """Return what of a container cannot be changed and is not as it should be."""
    host, config = found.get("HostConfig", {}), found["Config"]
    memory, cpus = int(host.get("Memory", 0)) >> 20, int(host.get("NanoCpus", 0)) // 10**9
    rows = [
        (name, was, wanted)
        for name, was, wanted in (
            ("memory", str(memory), str(machine.memory)),
            ("cpus", str(cpus), str(machine.cpus)),
            ("address", _address(found), str(machine.address)),
            ("box image", str(config.get("Image")), how.image),
            ("process limit", str(host.get("PidsLimit") or "none"), _process_limit(how)),
        )
        if was != wanted
    ]
    words = "; ".join(f"{name} {was} -> {wanted}" for name, was, wanted in rows)
    return words or "the flags or mounts with which boxes are run changed"


def _process_limit(how: lab_files.Box) -> str:
    words = list(how.run_arguments)
    return words[words.index("--pids-limit") + 1] if "--pids-limit" in words else "none"


def _address(found: Mapping[str, Any]) -> str:
    """Return the address that the container was given on the lab's own network: the one that was asked for."""
    networks = (found.get("NetworkSettings") or {}).get("Networks") or {}
    for item in networks.values():
        asked = (item.get("IPAMConfig") or {}).get("IPv4Address")
        if asked:
            return str(asked)
    return "none"


def _recorded(view: checks.View, boxes: Mapping[str, Found]) -> dict[str, Found]:
    running = [found.machine for found in boxes.values() if found.state is State.EQUAL]
    found = {}
    for name, record in checks.records(view, running).items():
        here = boxes[name]
        text, why = (None, str(record)) if isinstance(record, Exception) else (record, "")
        found[name] = Found(machine=here.machine, state=here.state, why=why, record=text)
    return found


def vagrant_id(machine: model.Machine) -> str | None:
    """Return the container that Vagrant holds for the machine: one that it does not know must be made anew."""
    record = paths.ROOT / ".vagrant/machines" / machine.vagrant_name / "docker/id"
    return record.read_text(encoding="utf-8").strip() if record.exists() else None
