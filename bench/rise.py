"""Measures one `lab.up` of a new lab: its CPU seconds, and its marks from every source of times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench import command, cost, cpu, marks
from kubelab import checks, model, providers
from kubelab.clients import ssh
from kubelab.converge import session
from kubelab.render import roles

ANSWERS = "guestbook answers"


def up(lab: str = command.LAB) -> tuple[command.Done, cpu.Usage]:
    """Bring the lab up as a user does; return also what it took."""
    with cpu.Watch() as watch:
        done = command.run("lab.up", "--lab", lab, "--json")
    return done, watch.usage.named({box.ident: box.machine for box in providers.boxes(lab)})


def rows(done: command.Done, usage: cpu.Usage) -> cost.Rows:
    """Return the CPU seconds until the guestbook answers, until the end of `lab.up`, and of each phase."""
    phases = cost.of_events(done.events, done.seconds)
    return cost.rows(usage, answered=done.reached(ANSWERS), whole=done.seconds, phases=phases)


def timeline(done: command.Done, lab: str = command.LAB) -> list[marks.Mark]:
    """Return the marks of that run: its own events, containers, the boxes' steps and units, the API's times."""
    view = checks.View.of(*session.open_lab(lab))
    found = [*_events(done.events), *marks.of_containers(done.clock, providers.boxes(lab))]
    found += marks.of_boxes(done.clock, _asked(view, lambda _: "cat /var/lib/kubelab/timeline.tsv"))
    found += marks.of_units(done.clock, _asked(view, _units))
    return marks.ordered([*found, *marks.of_cluster(done.clock, view.api)])


def _events(events: Sequence[dict[str, Any]]) -> list[marks.Mark]:
    """Return a mark for each `reached` event and for each end of a phase; a check with both gets one mark."""
    reached = {event["what"] for event in events if event["event"] == "reached"}
    found = [marks.Mark(name=event["what"], at=event["at"], source="lab.up") for event in events if "what" in event]
    for event in events:
        if event["event"] == "end" and event["phase"] not in reached:
            found.append(marks.Mark(name=event["phase"], at=event["at"], source="lab.up", took=event["seconds"]))
    return found


def _units(machine: model.Machine) -> str:
    names = " ".join(roles.units(machine.kind))
    return f"systemctl show --timestamp=us+utc --property=Id,ActiveEnterTimestamp {names}"


def _asked(view: checks.View, command_for: Callable[[model.Machine], str]) -> dict[str, str]:
    """Return box name to a command's output there; raise the error of a box that does not answer."""
    done = ssh.each(view.lab.machines, lambda machine: ssh.run(view.where, machine, command_for(machine)))
    for result in done.values():
        if isinstance(result, Exception):
            raise result
    return {name: str(result) for name, result in done.items()}
