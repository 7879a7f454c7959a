"""Starts and reboots boxes, restarts kubelets, and waits for logins, the API server and nodes."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab import checks, errors, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import doors, patience, ssh
from kubelab.ui import progress

LET_IN = 180.0
"""Seconds for a starting box to accept a login; 3 are usual."""
REGISTERED = 60.0
"""Seconds for a starting kubelet to register its node; 5 are usual."""

API_BACK = 180.0
"""Seconds for the API server to answer once its files are right; 25 are usual after a restart."""
HURRY = 8.0
"""Seconds after which a silent API server that is not new is ended."""
OLD_PODS = paths.PROVISION / "exercises" / "end-old-pods.sh"


def running(view: checks.View) -> None:
    """Start boxes that a student stopped; raise `exercise-unclean` if one is gone for good."""
    provider = providers.of(view.lab)
    found = {box.name: box for box in provider.boxes(view.lab.name)}
    missing = [machine.name for machine in view.lab.machines if machine.container not in found]
    if missing:
        what = f"no such box any more: {', '.join(missing)}"
        raise errors.LabError("exercise-unclean", what, remedy="./run lab.up, then the same command again")
    stopped = [box.ident for box in found.values() if not box.runs]
    if stopped:
        provider.start(stopped)
        _let_in(view)


def reboot(view: checks.View, machines: Sequence[model.Machine]) -> None:
    """Shut machines down and start them again, and wait until they accept a login."""
    providers.of(view.lab).restart([machine.container for machine in machines])
    _let_in(view)


def registered(view: checks.View) -> bool:
    """Restart the kubelet of every deleted node: it registers only when it starts.

    Waits for the nodes, whose labels and taints are restored then; the wait for a healthy lab reports missing ones.
    Returns whether one was gone.
    """
    gone = _gone(view)
    ssh.each(gone, lambda machine: ssh.run(view.where, machine, "sudo systemctl restart kubelet", timeout=60))
    for _ in patience.polls(REGISTERED):
        if not _gone(view):
            break
    return bool(gone)


def _gone(view: checks.View) -> list[model.Machine]:
    try:
        there = {item["metadata"]["name"] for item in view.api.items("/api/v1/nodes")}
    except doors.DoorError:
        return []
    return [node for node in view.lab.nodes if node.name not in there]


def _let_in(view: checks.View) -> None:
    quiet = progress.Progress.silent()
    wait.wait(view, {"boxes let us in": _every_box}, quiet, LET_IN)


def _every_box(view: checks.View) -> None:
    """Every box accepts a login."""
    answers = ssh.each(view.lab.machines, lambda machine: ssh.run(view.where, machine, "true"))
    silent = [name for name, answer in answers.items() if isinstance(answer, Exception)]
    if silent:
        raise checks.Silent(", ".join(silent))


def api_back(view: checks.View) -> None:
    """Wait for the API server; one of an older manifest that still shuts down is not waited for."""
    if wait.until(view, checks.api_ready, HURRY):
        ssh.each(view.lab.control_plane, lambda machine: _end_old_pods(view, machine))
        if wait.until(view, checks.api_ready, API_BACK - HURRY):
            raise errors.LabError("exercise-unclean", f"the API server did not answer in {API_BACK:.0f} s")


def _end_old_pods(view: checks.View, machine: model.Machine) -> str:
    return ssh.run(view.where, machine, "sudo bash -s", timeout=30, given=OLD_PODS.read_bytes())
