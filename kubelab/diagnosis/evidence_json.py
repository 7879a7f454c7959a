"""Evidence as one JSON document, and back, so that a test or another person can judge it again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from kubelab import model
from kubelab.diagnosis import evidence
from kubelab.render import files_tsv

Json = dict[str, Any]


def document(view: evidence.Evidence) -> Json:
    """Return all evidence as JSON; it holds no key, because none was gathered."""
    return {
        "lab": _lab(view.lab),
        "now": view.now,
        "docker": view.docker,
        "checks": dict(view.checks),
        "late": list(view.late),
        "moved": view.moved,
        "boxes": {name: _box(box) for name, box in view.boxes.items()},
        "cluster": dataclasses.asdict(view.cluster),
        "manifests": {path: list(items) for path, items in view.manifests.items()},
    }


def restored(found: Mapping[str, Any]) -> evidence.Evidence:
    """Return the evidence of a document."""
    lab = _lab_of(found["lab"])
    return evidence.Evidence(
        lab=lab,
        now=found["now"],
        docker=found["docker"],
        checks=found["checks"],
        late=tuple(found["late"]),
        moved=found.get("moved"),
        boxes={machine.name: _box_of(machine, found["boxes"][machine.name]) for machine in lab.machines},
        cluster=evidence.Cluster(**found["cluster"]),
        manifests=found["manifests"],
    )


def _lab(lab: model.Lab) -> Json:
    network = lab.network
    return {
        "name": lab.name,
        "provider": str(lab.provider),
        "versions": {"name": lab.versions.name, "components": dict(lab.versions.components)},
        "network": {name: str(getattr(network, name)) for name in ("machines", "pods", "services", "domain")},
        "machines": [_of_machine(machine) for machine in lab.machines],
        "addons": [str(addon) for addon in lab.addons],
    }


def _lab_of(found: Json) -> model.Lab:
    ranges = {name: IPv4Network(found["network"][name]) for name in ("machines", "pods", "services")}
    return model.Lab(
        name=found["name"],
        provider=model.Provider(found["provider"]),
        versions=model.VersionSet(**found["versions"]),
        network=model.Network(**ranges, domain=found["network"]["domain"]),
        machines=tuple(_machine(row) for row in found["machines"]),
        addons=tuple(model.Addon(name) for name in found["addons"]),
    )


def _of_machine(machine: model.Machine) -> Json:
    """Return a machine's fields; one without a virtual address lacks that field, as older evidence does."""
    texts: Json = {"address": str(machine.address), "kind": str(machine.kind), "virtual": str(machine.virtual)}
    row = dataclasses.asdict(machine) | texts
    return row if machine.virtual else {key: value for key, value in row.items() if key != "virtual"}


def _machine(row: Json) -> model.Machine:
    addresses: Json = {key: IPv4Address(row[key]) for key in ("address", "virtual") if key in row}
    return model.Machine(**(row | addresses | {"kind": model.Kind(row["kind"])}))


def _box(box: evidence.Box) -> Json:
    wanted = {"rows": [list(row.cells) for row in box.wanted.rows.values()], "texts": dict(box.wanted.texts)}
    return {
        "state": box.state,
        "problem": box.problem,
        "late": box.late,
        "asked": list(box.asked),
        "text": None if box.text is None else box.text.split("\n"),
        "wanted": wanted,
    }


def _box_of(machine: model.Machine, row: Json) -> evidence.Box:
    rows = [files_tsv.row(cells) for cells in row["wanted"]["rows"]]
    return evidence.Box(
        machine=machine,
        state=row["state"],
        problem=row["problem"],
        late=row.get("late", False),
        asked=(row["asked"][0], row["asked"][1]),
        text=None if row["text"] is None else "\n".join(row["text"]),
        wanted=evidence.Wanted(rows={item.path: item for item in rows if item}, texts=row["wanted"]["texts"]),
    )
