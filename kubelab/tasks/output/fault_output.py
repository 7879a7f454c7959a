"""Output about faults, as tables, lines and JSON."""

from __future__ import annotations

import io
import json
from typing import Any

import rich.console
import rich.table

from kubelab import checks, errors, model, paths
from kubelab.faults import catalogue, inject
from kubelab.proofs import prove_faults
from kubelab.ui import progress, terminal


def table() -> str:
    """Return the catalogue for a person, topic by topic."""
    rows = rich.table.Table("fault", "on", "what is done", "proven", box=None)
    proofs, topic = prove_faults.read(), ""
    for row in catalogue.FAULTS.values():
        if row.topic != topic:
            rows.add_row(f"[bold]{row.topic}[/]", "", "", "")
            topic = row.topic
        found = proofs.get(row.name)
        rows.add_row(f"  {row.name}", str(row.on), row.title, found.date if found and found.good else "not yet")
    out = io.StringIO()
    terminal.Console(file=out, highlight=False, width=120).print(rows)
    return out.getvalue()


def document() -> str:
    """Return the catalogue for programs."""
    rows = [
        {
            "name": row.name,
            "title": row.title,
            "topic": row.topic,
            "on": row.on,
            "cause": row.cause,
            "detectors": row.detector,
            "options": dict(row.options),
            "needs": row.needs,
        }
        for row in catalogue.FAULTS.values()
    ]
    return json.dumps(rows, indent=1) + "\n"


def machine(view: checks.View, name: str) -> model.Machine | None:
    """Return the machine of a name, None for no name; raises `machine-unknown`."""
    found = [machine for machine in view.lab.machines if machine.name == name]
    if name and not found:
        names = ", ".join(machine.name for machine in view.lab.machines)
        raise errors.LabError("machine-unknown", f"no machine {name} in lab {view.lab.name}", details=[f"has: {names}"])
    return found[0] if found else None


def entry(one: inject.Active) -> dict[str, Any]:
    """Return an active fault as plain values."""
    options = dict(one.entry.options)
    state = "active" if one.entry.done else "interrupted"
    return {"fault": one.row.name, "machine": one.machine.name, "at": one.entry.at, "options": options, "state": state}


def entries(rows: list[dict[str, Any]]) -> str:
    """Return the active faults for a person."""
    lines = [f"{row['fault']} on {row['machine']}, since {row['at']} ({row['state']})" for row in rows]
    return "".join(f"{line}\n" for line in lines or ["no fault is active"])


def injected(one: inject.Active, report: progress.Progress) -> None:
    """Print what was injected, and what to type next."""
    report.event("injected", **entry(one))
    option = paths.lab_option(one.machine.lab)
    report.say(f"\n{one.row.title} ({one.machine.name}). It may take up to {one.row.patience:.0f} s to show.")
    report.say(f"  ./run lab.status{option}\n  ./run lab.why{option}\n  ./run fault.clear{option}")


def cleared(done: inject.Cleared, report: progress.Progress) -> None:
    """Print what was cleared and how long it took."""
    names = [one.row.name for one in done.faults]
    report.event("cleared", faults=names, undone=round(done.undone, 1), healthy=round(done.healthy, 1))
    if not names:
        report.say("No fault was active.")
        return
    report.say(f"\nCleared {', '.join(names)} in {done.undone:.1f} s; the lab was well after {done.healthy:.1f} s.")
