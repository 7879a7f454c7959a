"""Volumes that a halted lab has lost: `docker system prune --volumes` removes those that no container uses."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab import errors, model, paths, providers
from kubelab.converge import observed
from kubelab.state import checkpoint_files, workspace
from kubelab.ui import progress


def boxes(lab: model.Lab, where: paths.LabPaths) -> tuple[str, ...]:
    """Return the machines of this checkout's boxes whose volumes Docker no longer has."""
    if not workspace.kept(where):
        return ()
    there = providers.of(lab).volume_machines(lab.name)
    made = [machine for machine in lab.machines if observed.vagrant_id(machine)]
    return tuple(machine.name for machine in made if machine.name not in there)


def tell(lab: model.Lab, where: paths.LabPaths, report: progress.Progress) -> None:
    """Report the loss before the volumes are made anew, and keep the last good checkpoint from being overwritten."""
    lost = boxes(lab, where)
    if not lost:
        return
    option = paths.lab_option(lab.name)
    report.say(f" ! lost: Docker no longer has the volumes of {', '.join(lost)} (docker system prune?)")
    report.say(f"   {_meaning(lab, lost)}")
    kept = _kept(where)
    report.event("lost", boxes=lost, checkpoint=kept)
    if kept:
        report.say(
            f"   ./run checkpoint.restore {kept}{option} puts back what the last good lab.up saw, once this is up"
        )


def _meaning(lab: model.Lab, lost: Sequence[str]) -> str:
    """Return what the loss of these machines' volumes means for the cluster."""
    members = [machine.name for machine in lab.etcd]
    gone = [name for name in members if name in lost]
    if not gone:
        return "what pods kept there is gone"
    if gone == members:
        return "the cluster begins empty"
    return f"{', '.join(gone)} lost a copy of the cluster's data; the others give it a new one"


def _kept(where: paths.LabPaths) -> str:
    """Return the name under which the last good checkpoint is kept; empty if none is readable.

    A run that was stopped before the boxes were made has given it that name already.
    """
    there = checkpoint_files.names(where)
    if checkpoint_files.LAST_GOOD not in there:
        return max((name for name in there if name.startswith(f"{checkpoint_files.LAST_GOOD}-")), default="")
    try:
        return checkpoint_files.set_aside(where, checkpoint_files.LAST_GOOD)
    except errors.LabError:
        return ""
