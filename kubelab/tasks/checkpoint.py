"""checkpoint.*: keep the state of a running lab under a name, and put it back."""

from __future__ import annotations

from typing import Any

from kubelab import checkpoint, errors, lifecycle, paths, progress, restoring, snapshot, terminal
from kubelab.exercises import guard
from kubelab.tasks import edge
from kubelab.tasks import lab as lab_

HELP = {**lab_.LAB, "name": "the checkpoint's name"}


@edge.task(positional=["name"], help={**HELP, "force": "in place of one of that name"})
def save(_: Any, name: str, lab: str = lab_.DEFAULT, force: bool = False) -> None:
    """Save etcd, what was changed on the nodes, and the volumes of the workers."""
    report = progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "up.log")
    made = restoring.save(lab, name, report, force=force)
    report.say(f"checkpoint {made.name}: {made.size / 1e6:.1f} MB, yours only; it goes with the lab")


@edge.task(name="list", help={**lab_.LAB, "json": "print one JSON document", "verify": "read every file, too"})
def list_(_: Any, lab: str = lab_.DEFAULT, json: bool = False, verify: bool = False) -> errors.Exit:
    """List the lab's checkpoints; with --verify, exit code 1 if one is damaged."""
    where = paths.LabPaths(name=lab)
    found = [checkpoint.read(where, name) for name in checkpoint.names(where)]
    wrong = {row.name: checkpoint.flaws(where, row) for row in found} if verify else {}
    if json:
        rows = [{**_plain(row), **({"flaws": wrong[row.name]} if verify else {})} for row in found]
        terminal.document(rows)
    else:
        for row in found:
            state = f"  damaged: {'; '.join(wrong[row.name])}" if wrong.get(row.name) else ""
            terminal.write(f"{row.name:<24} {row.taken[:19]}Z  {row.size / 1e6:7.1f} MB{state}\n")
        if not found:
            terminal.write(f"lab {lab} has no checkpoints; type: ./run checkpoint.save NAME\n")
    return errors.Exit.FAILED if any(wrong.values()) else errors.Exit.GOOD


@edge.task(
    positional=["name"],
    help={**HELP, "only": f"these parts, with commas between: {', '.join(snapshot.Part)} (all if left out)",
          "json": lab_.JSON["json"], "give_up": "although an exercise runs: the attempt counts as assisted"},
)  # fmt: skip
def restore(
    _: Any, name: str, lab: str = lab_.DEFAULT, only: str = "", json: bool = False, give_up: bool = False
) -> None:
    """Put a checkpoint back and wait until the lab is well; names what is newer than it, which is lost."""
    lifecycle.rendered(lab)
    guard.refuse(lab, "checkpoint.restore", give_up=give_up)
    report = progress.Progress.chosen(as_json=json, log=paths.LabPaths(name=lab).logs / "up.log")
    newer = restoring.restore(lab, name, report, restoring.parts(only))
    for word, kind, namespace, title in newer:
        fate = "is gone, it was made" if word == "new" else "is back, it was deleted"
        report.say(f"   {kind} {namespace}/{title} {fate} after the checkpoint")
    report.event("restored", checkpoint=name, newer=newer, seconds=round(report.seconds, 2))
    report.say(f"checkpoint {name} is restored; the lab is well ({report.seconds:.1f} s)")


@edge.task(positional=["name"], help=HELP)
def delete(_: Any, name: str, lab: str = lab_.DEFAULT) -> None:
    """Delete a checkpoint."""
    checkpoint.delete(paths.LabPaths(name=lab), name)
    terminal.write(f"checkpoint {name} of lab {lab} is deleted\n")


def _plain(row: checkpoint.Checkpoint) -> dict[str, object]:
    return {"name": row.name, "taken": row.taken, "bytes": row.size, "shape": dict(row.shape)}
