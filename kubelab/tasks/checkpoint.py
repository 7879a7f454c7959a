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
from kubelab.tasks.output import checkpoint_output
from kubelab.ui import progress, terminal

HELP = {**labs.LAB, "name": "the checkpoint's name"}


@decorator.task(positional=["name"], help={**HELP, "force": "in place of one of that name"})
def save(_: Any, name: str, lab: str = labs.DEFAULT, force: bool = False) -> None:
    """Save etcd, changed files of the nodes, and the volumes of the workers."""
    report = progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "up.log")
    with session.held(lab, report, rendered=True) as held:
        made = checkpoints.save(held, name, force=force)
    report.say(f"checkpoint {made.name}: {made.size / 1e6:.1f} MB, yours only; it goes with the lab")


@decorator.task(
    needs=decorator.Needs.NOTHING,
    name="list",
    help={**labs.LAB, "json": "print one JSON document", "verify": "read every file, too"},
)
def list_(_: Any, lab: str = labs.DEFAULT, json: bool = False, verify: bool = False) -> errors.Exit:
    """List the lab's checkpoints; exit code 1 if one is damaged, which --verify sees of every file."""
    return checkpoint_output.table(paths.LabPaths(name=lab), verify=verify, as_json=json)


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
    checkpoint_output.restored(name, newer, report)


@decorator.task(needs=decorator.Needs.NOTHING, positional=["name"], help=HELP)
def delete(_: Any, name: str, lab: str = labs.DEFAULT) -> None:
    """Delete a checkpoint."""
    with session.held_places(lab) as where:
        checkpoint_files.delete(where, name)
    terminal.write(f"checkpoint {name} of lab {lab} is deleted\n")
