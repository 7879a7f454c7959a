"""The lab's own objects in the cluster: one control plane applies them from its folder."""

from __future__ import annotations

from kubelab import checks, errors
from kubelab.clients import doors, ssh

APPLY = "sudo systemctl restart --no-block kubelab-addons.service"


def apply(view: checks.View) -> None:
    """Let a control plane apply the objects that its record lacks; it goes on after this returns.

    Raises LabError `apply-failed` if no control plane takes the command.
    """
    planes = view.lab.control_plane
    try:
        ssh.first(planes, lambda machine: ssh.run(view.where, machine, APPLY))
    except doors.DoorError as problem:
        names = " or ".join(machine.name for machine in planes)
        raise errors.LabError("apply-failed", f"{names} could not apply objects", details=[problem]) from problem
