"""Saves a checkpoint of a running lab; restores one only where it fits, and waits for health."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab import checks, errors
from kubelab.checks import wait
from kubelab.converge import apply, bring_up, cluster_objects, session
from kubelab.lab import checkpoint_transfer
from kubelab.state import checkpoint_files, journal, workspace

Newer = tuple[tuple[str, ...], ...]
HOPELESS = ("checkpoint-unknown", "checkpoint-damaged", "checkpoint-shape", "checkpoint-name", "checkpoint-part")
"""Why a checkpoint cannot be restored at all: deleted or damaged meanwhile, or the lab file or the journal changed."""


def save(held: session.Held, title: str, *, force: bool = False) -> checkpoint_files.Checkpoint:
    """Save a checkpoint of a running lab; raise `checkpoint-taken` unless `force`, `boxes-down`."""
    checkpoint_files.folder(held.where, title)
    session.refuse_stopped(held.view)
    with held.report.phase(f"checkpoint {title}") as phase:
        made = checkpoint_transfer.take(held.view, title, force=force)
        phase.done(f"{len(made.files)} files, {made.size / 1e6:.1f} MB")
    return made


def keep_last_good(held: session.Held, risen: apply.UpResult) -> None:
    """Save the checkpoint of a successful `lab.up`; a failure is reported, and fails nothing.

    A `lab.up` without changes leaves the existing one: it is of the same lab.
    """
    if not risen.changed and checkpoint_files.LAST_GOOD in checkpoint_files.names(held.where):
        return
    with held.report.phase(f"checkpoint {checkpoint_files.LAST_GOOD}") as phase:
        try:
            made = checkpoint_transfer.take(held.view, checkpoint_files.LAST_GOOD, force=True)
            phase.done(f"{made.size / 1e6:.1f} MB")
        except errors.LabError as problem:
            phase.done(f"none was taken: {problem.what}: {'; '.join(problem.details)}")


def restore(held: session.Held, title: str, parts: Sequence[checkpoint_transfer.Part] = ()) -> Newer:
    """Restore a checkpoint, all of it or the named parts, and wait for health; return newer objects.

    Nothing is touched before the checkpoint was found to fit the lab and to be whole.
    """
    view, report = held.view, held.report
    chosen = tuple(parts) or tuple(checkpoint_transfer.Part)
    found = checkpoint_files.read(view.where, title)
    with report.phase("look at the checkpoint") as phase:
        checkpoint_files.refuse_unfit(
            view.where, found, checkpoint_files.shape(view.lab, workspace.read_keys(view.where))
        )
        phase.done(f"taken {found.taken[:19]}Z, every hash is right")
    session.refuse_stopped(view)
    newer = checkpoint_transfer.newer(view, found) if checkpoint_transfer.Part.ETCD in chosen else ()
    with journal.run(view.where, journal.RESTORE, report, checkpoint=title, parts=[str(part) for part in chosen]):
        checkpoint_transfer.put(view, found, chosen, report)
        if checkpoint_transfer.Part.ETCD in chosen:  # a checkpoint may be older than what was rendered last
            cluster_objects.apply(view)
    wait.wait(view, apply.wanted(view.lab, again=True), report, bring_up.timeout(view.lab))
    return newer


def resume_restore(held: session.Held) -> None:
    """Finish an interrupted restore, if the boxes run: half of one is of no use.

    A lab without an interrupted restore, or whose boxes must be started first, is left as it is.
    """
    where, report = held.where, held.report
    for last in journal.unfinished(where.state / journal.FILE):
        title, words = str(last.about.get("checkpoint")), last.about.get("parts")
        if last.command != journal.RESTORE or not isinstance(words, list):
            continue
        if where.kubeconfig.exists() and _run(held.view):
            try:
                restore(held, title, parts(",".join(map(str, words))))
            except errors.LabError as problem:
                if problem.ident not in HOPELESS:
                    raise
                report.say(f"{last}: what it had not put back stays as it is, for {problem.what}")
                journal.settle(where, journal.RESTORE)


def _run(view: checks.View) -> bool:
    try:
        checks.boxes_run(view)
    except checks.Wrong:
        return False
    return True


def parts(text: str) -> tuple[checkpoint_transfer.Part, ...]:
    """Return the parts that a person named, with commas between; raise LabError `checkpoint-part` if unknown."""
    words = [word for word in text.split(",") if word]
    known = [str(part) for part in checkpoint_transfer.Part]
    unknown = [word for word in words if word not in known]
    if unknown:
        what = f"a checkpoint has no part {', '.join(unknown)}"
        raise errors.LabError("checkpoint-part", what, details=[f"parts: {', '.join(known)}"])
    return tuple(checkpoint_transfer.Part(word) for word in words)
