"""checkpoint.*: save the state of a running lab under a name, and restore it."""

from __future__ import annotations

from typing import Any

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.exercises import lockout
from kubelab.lab import checkpoint_transfer, checkpoints
from kubelab.state import checkpoint_files
from kubelab.tasks import decorator
from kubelab.tasks import lab as labs
from kubelab.ui import progress, terminal

HELP = {**labs.LAB, "name": "the checkpoint's name"}


@decorator.task(positional=["name"], help={**HELP, "force": "in place of one of that name"})
def save(_: Any, name: str, lab: str = labs.DEFAULT, force: bool = False) -> None:
    """Save etcd, changed files of the nodes, and the volumes of the workers."""
    report = progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "up.log")
    with session.held(lab, report, rendered=True) as held:
        made = checkpoints.save(held, name, force=force)
    report.say(f"checkpoint {made.name}: {made.size / 1e6:.1f} MB, yours only; it goes with the lab")


@decorator.task(name="list", help={**labs.LAB, "json": "print one JSON document", "verify": "read every file, too"})
def list_(_: Any, lab: str = labs.DEFAULT, json: bool = False, verify: bool = False) -> errors.Exit:
    """List the lab's checkpoints; with --verify, exit code 1 if one is damaged."""
    where = paths.LabPaths(name=lab)
    found = [checkpoint_files.read(where, name) for name in checkpoint_files.names(where)]
    wrong = {row.name: checkpoint_files.flaws(where, row) for row in found} if verify else {}
    if json:
        rows = [{**_plain(row), **({"flaws": wrong[row.name]} if verify else {})} for row in found]
        terminal.document(rows)
    else:
        for row in found:
            state = f"  damaged: {'; '.join(wrong[row.name])}" if wrong.get(row.name) else ""
            terminal.write(f"{row.name:<24} {row.taken[:19]}Z  {row.size / 1e6:7.1f} MB{state}\n")
        if not found:
            terminal.write(f"lab {lab} has no checkpoints; type: ./run checkpoint.save{paths.lab_option(lab)} NAME\n")
    return errors.Exit.FAILED if any(wrong.values()) else errors.Exit.GOOD


@decorator.task(
    positional=["name"],
    help={**HELP, "only": f"these parts, with commas between: {', '.join(checkpoint_transfer.Part)} (all if left out)",
          "json": labs.JSON["json"], "give_up": "even while an exercise runs: the attempt counts as assisted"},
)  # fmt: skip
def restore(
    _: Any, name: str, lab: str = labs.DEFAULT, only: str = "", json: bool = False, give_up: bool = False
) -> None:
    """Restore a checkpoint and wait until the lab is well; names newer objects, which are lost."""
    report = progress.Progress.chosen(as_json=json, log=paths.LabPaths(name=lab).logs / "up.log")
    with session.held(lab, report, rendered=True) as held:
        lockout.refuse(lab, "checkpoint.restore", give_up=give_up)
        newer = checkpoints.restore(held, name, checkpoints.parts(only))
    for word, kind, namespace, title in newer:
        fate = "is gone, it was made" if word == "new" else "is back, it was deleted"
        report.say(f"   {kind} {namespace}/{title} {fate} after the checkpoint")
    report.event("restored", checkpoint=name, newer=newer, seconds=round(report.seconds, 2))
    report.say(f"checkpoint {name} is restored; the lab is well ({report.seconds:.1f} s)")


@decorator.task(positional=["name"], help=HELP)
def delete(_: Any, name: str, lab: str = labs.DEFAULT) -> None:
    """Delete a checkpoint."""
    with session.held_places(lab) as where:
        checkpoint_files.delete(where, name)
    terminal.write(f"checkpoint {name} of lab {lab} is deleted\n")


def _plain(row: checkpoint_files.Checkpoint) -> dict[str, object]:
    return {"name": row.name, "taken": row.taken, "bytes": row.size, "shape": dict(row.shape)}
