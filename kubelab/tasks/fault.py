"""fault.*: break a running lab in a known way, and restore it exactly."""

from __future__ import annotations

from typing import Any

from kubelab import errors
from kubelab.converge import session
from kubelab.exercises import lockout
from kubelab.faults import catalogue
from kubelab.faults import inject as injection
from kubelab.proofs import prove_faults
from kubelab.tasks import decorator, lab
from kubelab.tasks.output import fault_output
from kubelab.ui import foreign, progress, terminal

LAB = lab.LAB
GIVE_UP = lab.GIVE_UP
DEFAULT = lab.DEFAULT


@decorator.task(name="list", help={"json": "print one JSON document for programs"})
def list_(_: Any, json: bool = False) -> None:
    """List every fault: what it does, where, when it was proven. It gives them away."""
    terminal.write(fault_output.document() if json else fault_output.table())


@decorator.task(
    positional=["name"],
    help={
        **LAB,
        "name": "a fault of fault.list",
        "on": "the machine (the seed chooses one if left out)",
        "seed": "chooses machine and options: the same number, the same fault",
        "force": "also on a lab that is not well",
        "json": "print one JSON document for programs",
    },
)
def inject(
    _: Any, name: str, on: str = "", seed: int = 0, lab: str = DEFAULT, force: bool = False, json: bool = False
) -> None:
    """Break the lab in one known way; fault.clear restores it."""
    report = progress.Progress.chosen(as_json=json)
    with session.held(lab, report) as held:
        lockout.refuse(lab, "fault.inject")
        session.refuse_absent(held.lab)
        with report.phase(f"inject {name}") as phase:
            done = injection.inject(held.view, name, fault_output.machine(held.view, on), seed, force=force)
            phase.done(done.machine.name)
    fault_output.injected(done, report)


@decorator.task(help={**LAB, **GIVE_UP, "json": "print one JSON document for programs"})
def clear(_: Any, lab: str = DEFAULT, json: bool = False, give_up: bool = False) -> None:
    """Undo every fault of the lab, the last one first, and wait until it is well again."""
    report = progress.Progress.chosen(as_json=json)
    with session.held(lab, report) as held:
        lockout.refuse(lab, "fault.clear", give_up=give_up)
        session.refuse_absent(held.lab)
        done = injection.clear(held.view, report)
    fault_output.cleared(done, report)


@decorator.task(help={**LAB, **GIVE_UP, "json": "print one JSON document for programs"})
def active(_: Any, lab: str = DEFAULT, json: bool = False, give_up: bool = False) -> None:
    """List the active faults of the lab. It gives them away."""
    lockout.refuse(lab, "fault.active", give_up=give_up)
    opened = session.opened(lab)
    session.refuse_absent(opened.lab)
    rows = [fault_output.entry(one) for one in injection.active(opened.view)]
    terminal.write(f"{foreign.document(rows)}\n" if json else fault_output.entries(rows))


@decorator.task(
    help={
        **LAB,
        "only": "faults, with commas between (all that the lab may have if left out)",
        "resume": "skip faults that were proven with the same row and scripts",
    }
)
def prove(_: Any, only: str = "", resume: bool = False, lab: str = DEFAULT) -> errors.Exit:
    """Inject and clear each fault on the running lab; writes docs/reference/faults-proven.md."""
    asked = [catalogue.find(name).name for name in only.split(",") if name]
    with session.held(lab, progress.Progress.chosen()) as held:
        lockout.refuse(lab, "fault.prove")
        session.refuse_absent(held.lab)
        names = asked or catalogue.of_addons(held.lab.addons)
        proofs = prove_faults.run(held, names, resume=resume)
    return errors.Exit.GOOD if all(proofs[name].good for name in names) else errors.Exit.FAILED
