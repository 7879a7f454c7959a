"""Checkpoints as text or JSON."""

from __future__ import annotations

from kubelab import errors, paths
from kubelab.lab import checkpoints
from kubelab.state import checkpoint_files
from kubelab.ui import progress, terminal


def table(where: paths.LabPaths, *, verify: bool, as_json: bool) -> errors.Exit:
    """Print the checkpoints of a lab; with `verify` every file is read: `FAILED` if one is damaged.

    One whose manifest cannot be read is a row like the others: it must not hide those that are whole.
    """
    found: list[checkpoint_files.Checkpoint] = []
    wrong: dict[str, list[str]] = {}
    for name in checkpoint_files.names(where):
        try:
            found.append(checkpoint_files.read(where, name))
            wrong |= {name: checkpoint_files.flaws(where, found[-1])} if verify else {}
        except errors.LabError as problem:
            wrong[name] = [f"{checkpoint_files.MANIFEST} {'; '.join(map(str, problem.details))}"]
    unread = sorted(wrong.keys() - {row.name for row in found})
    if as_json:
        rows = [{**_plain(row), **({"flaws": wrong[row.name]} if verify else {})} for row in found]
        nothing: dict[str, object] = {"taken": None, "bytes": None, "shape": {}}
        terminal.document([*rows, *({"name": name, **nothing, "flaws": wrong[name]} for name in unread)])
    for row in () if as_json else found:
        state = f"  damaged: {'; '.join(wrong[row.name])}" if wrong.get(row.name) else ""
        terminal.write(f"{row.name:<24} {row.taken[:19]}Z  {row.size / 1e6:7.1f} MB{state}\n")
    for name in () if as_json else unread:
        terminal.write(f"{name:<24} damaged: {wrong[name][0]}\n")
    if not (found or unread or as_json):
        word = f"./run checkpoint.save{paths.lab_option(where.name)} NAME"
        terminal.write(f"lab {where.name} has no checkpoints; type: {word}\n")
    return errors.Exit.FAILED if any(wrong.values()) else errors.Exit.GOOD


def _plain(row: checkpoint_files.Checkpoint) -> dict[str, object]:
    return {"name": row.name, "taken": row.taken, "bytes": row.size, "shape": dict(row.shape)}


def restored(name: str, newer: checkpoints.Newer, report: progress.Progress) -> None:
    """Say what was newer than a checkpoint that was put back: made after it, or deleted."""
    for word, kind, namespace, title in newer:
        fate = "is gone, it was made" if word == "new" else "is back, it was deleted"
        report.say(f"   {kind} {namespace}/{title} {fate} after the checkpoint")
    report.event("restored", checkpoint=name, newer=newer, seconds=round(report.seconds, 2))
    report.say(f"checkpoint {name} is restored; the lab is well ({report.seconds:.1f} s)")
