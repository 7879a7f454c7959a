"""Checkpoints from end to end: saved under the lab's lock, restored only where they fit, waited for until healthy."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab import checks, errors, paths
from kubelab.checks import wait
from kubelab.converge import apply, remove_worker, session
from kubelab.lab import checkpoint_transfer, lifecycle
from kubelab.state import checkpoint_files, journal, locks, workspace
from kubelab.ui import progress

Newer = tuple[tuple[str, ...], ...]
HOPELESS = ("checkpoint-unknown", "checkpoint-damaged", "checkpoint-shape")
"""Why a checkpoint cannot be put back at all: deleted or damaged meanwhile, or the lab file changed."""


def save(name: str, title: str, report: progress.Progress, *, force: bool = False) -> checkpoint_files.Checkpoint:
    """Save a checkpoint of a running lab; raise `checkpoint-taken` unless `force`, `boxes-down`."""
    view = _view(name)
    checkpoint_files.folder(view.where, title)
    with locks.lab(name):
        session.refuse_stopped(view)
        with report.phase(f"checkpoint {title}") as phase:
            made = checkpoint_transfer.take(view, title, force=force)
            phase.done(f"{len(made.files)} files, {made.size / 1e6:.1f} MB")
    return made


def keep_last_good(risen: apply.Risen, report: progress.Progress) -> None:
    """Take the checkpoint that a green `lab.up` leaves behind; a failure is said, and fails nothing.

    A `lab.up` that had nothing to do leaves the one that is there: it is of the same lab.
    """
    lab, where = risen.lab, risen.where
    if not risen.changed and checkpoint_files.LAST_GOOD in checkpoint_files.names(where):
        return
    with report.phase(f"checkpoint {checkpoint_files.LAST_GOOD}") as phase:
        try:
            with locks.lab(lab.name):
                made = checkpoint_transfer.take(checks.View.of(lab, where), checkpoint_files.LAST_GOOD, force=True)
            phase.done(f"{made.size / 1e6:.1f} MB")
        except errors.LabError as problem:
            phase.done(f"none was taken: {problem.what}: {'; '.join(problem.details)}")


def restore(name: str, title: str, report: progress.Progress, parts: Sequence[checkpoint_transfer.Part] = ()) -> Newer:
    """Put a checkpoint back, all of it or the named parts, and wait for health; return what is newer than it.

    Nothing is touched before the checkpoint was found to fit the lab and to be whole.
    """
    view = _view(name)
    chosen = tuple(parts) or tuple(checkpoint_transfer.Part)
    with locks.lab(name):
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
                remove_worker.apply_objects(view)
        wait.wait(view, checks.healthy_again(view.lab), report, lifecycle.TIMEOUT)
    return newer


def go_on(name: str, report: progress.Progress) -> None:
    """Put the checkpoint back whose restoring was stopped half way, if the boxes run: nobody wants half of one.

    A lab in which no restoring was stopped, or whose boxes have to be started first, is left as it is.
    """
    where = paths.LabPaths(name=name)
    for last in journal.unfinished(where.state / journal.FILE):
        title, words = str(last.about.get("checkpoint")), last.about.get("parts")
        if last.command != journal.RESTORE or not isinstance(words, list):
            continue
        if _run(_view(name)):
            try:
                restore(name, title, report, parts(",".join(map(str, words))))
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


def _view(name: str) -> checks.View:
    session.rendered(name)
    lab, where = session.open_lab(name)
    return checks.View.of(lab, where)
