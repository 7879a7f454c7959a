"""The present state of a lab: its boxes, their applied records, and boxes that its file no longer names."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import artifact, checks, errors, model, paths, providers
from kubelab.files import bounded
from kubelab.render import files_tsv, lab_files


class State(enum.StrEnum):
    """The change that one box needs."""

    EQUAL = "nothing"
    APPLY = "apply its folder"
    START = "start"
    CREATE = "create"
    RECREATE = "create anew"


@dataclass(frozen=True, kw_only=True)
class ObservedBox:
    """One machine's box as found: its change, the reason, and its applied record (None: unreadable)."""

    machine: model.Machine
    state: State
    why: str = ""
    record: str | None = None


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The present state of a lab: each machine's box, and names of boxes without a machine in its file."""

    boxes: Mapping[str, ObservedBox]
    strangers: tuple[str, ...] = ()


def observe(view: checks.View, how: lab_files.Box) -> Observed:
    """Return the present state. Reads the boxes at once and the records of running boxes in parallel."""
    provider = providers.of(view.lab)
    here = provider.boxes(view.lab.name)
    refuse_roots(view.lab.name, roots(here))
    found = {box.name: box for box in here}
    boxes = {machine.name: box(machine, found.get(machine.container), how) for machine in view.lab.machines}
    if any(here.state is State.EQUAL for here in boxes.values()):
        boxes |= _recorded(view, boxes)
    names = {box.machine for box in here} | provider.volume_machines(view.lab.name)
    return Observed(boxes=boxes, strangers=tuple(sorted(names - set(boxes) - {""})))


def boxes(view: checks.View, how: lab_files.Box) -> dict[str, State]:
    """Return machine name to the change that makes that box apply the last rendered folder."""
    there = observe(view, how)
    wanted = {name: (view.where.box(name) / files_tsv.NAME).read_bytes() for name in there.boxes}
    return {name: state(found, wanted[name]) for name, found in there.boxes.items()}


def states(there: Observed, files: Mapping[str, artifact.HostFile]) -> dict[str, State]:
    """Return machine name to the change that makes that box apply the rendered files."""
    return {name: state(found, files[f"boxes/{name}/{files_tsv.NAME}"].content) for name, found in there.boxes.items()}


def state(found: ObservedBox, wanted: bytes) -> State:
    """Return the change of one box whose files.tsv should be `wanted`."""
    if found.state is State.EQUAL and found.record != wanted.decode():
        return State.APPLY
    return found.state


def roots(boxes: Iterable[providers.Box]) -> set[Path]:
    """Return the other checkouts that boxes were made from."""
    return {box.root for box in boxes if box.root} - {paths.ROOT}


def refuse_roots(lab: str, others: Collection[Path]) -> None:
    """Raise `lab-elsewhere` with the checkouts that a lab's boxes were made from, if there are any others."""
    if others:
        details = [f"its boxes were made from {root}" for root in sorted(others)]
        raise errors.LabError("lab-elsewhere", f"lab {lab} belongs to another checkout", details=details)


def box(machine: model.Machine, found: providers.Box | None, how: lab_files.Box) -> ObservedBox:
    """Return the change that a machine's box needs; `found` is the box (None: there is none)."""
    if found is None:
        return ObservedBox(machine=machine, state=State.CREATE, why="there is no such box")
    if found.shape != lab_files.shape(machine, how):
        return ObservedBox(machine=machine, state=State.RECREATE, why=_other_shape(machine, found, how))
    if found.ident != vagrant_id(machine):
        return ObservedBox(machine=machine, state=State.RECREATE, why="Vagrant does not know its container")
    if not found.runs:
        return ObservedBox(machine=machine, state=State.START, why="it is stopped")
    return ObservedBox(machine=machine, state=State.EQUAL)


def _other_shape(machine: model.Machine, found: providers.Box, how: lab_files.Box) -> str:
    """Return the fixed properties of a box that are not as they should be."""
    rows = [
        (name, was, wanted)
        for name, was, wanted in (
            ("memory", str(found.memory), str(machine.memory)),
            ("cpus", str(found.cpus), str(machine.cpus)),
            ("address", str(found.address or "none"), str(machine.address)),
            ("box image", found.image, how.image),
            ("process limit", str(found.processes or "none"), _process_limit(how)),
        )
        if was != wanted
    ]
    words = "; ".join(f"{name} {was} -> {wanted}" for name, was, wanted in rows)
    return words or "the flags or mounts with which boxes are run changed"


def _process_limit(how: lab_files.Box) -> str:
    words = list(how.run_arguments)
    return words[words.index("--pids-limit") + 1] if "--pids-limit" in words else "none"


def _recorded(view: checks.View, boxes: Mapping[str, ObservedBox]) -> dict[str, ObservedBox]:
    running = [found.machine for found in boxes.values() if found.state is State.EQUAL]
    found = {}
    for name, record in checks.records(view, running).items():
        here = boxes[name]
        text, why = (None, str(record)) if isinstance(record, Exception) else (record, "")
        found[name] = ObservedBox(machine=here.machine, state=here.state, why=why, record=text)
    return found


def vagrant_id(machine: model.Machine) -> str | None:
    """Return the container that Vagrant holds for the machine: one that it does not know must be made anew."""
    records = (paths.ROOT / ".vagrant/machines" / machine.vagrant_name).glob("*/id")
    return next((bounded.text(record).strip() for record in records), None)
