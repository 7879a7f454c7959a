"""A node that an upgrade drains: remembered while it takes no pods, so that the next `lab.up` lets them in again."""

from __future__ import annotations

import contextlib

from kubelab import checks, errors, paths
from kubelab.clients import kubectl
from kubelab.files import bounded
from kubelab.state import workspace
from kubelab.ui import progress

FILE = "cordoned"
"""A file of a lab's state/: the node that was cordoned here, and by nobody else before."""
DRAIN = 90
"""Seconds for a node's pods to go; two frontends and a redis take ten."""
WORDS = ("--ignore-daemonsets", "--delete-emptydir-data", f"--timeout={DRAIN}s")


def drain(view: checks.View, name: str) -> None:
    """Move a node's pods elsewhere; LabError `drain-failed` if one stays, and then the node takes pods again.

    A node that its user had cordoned stays so afterwards. Pods without a controller are not deleted: nothing would make
    them again.
    """
    node = view.api.get(f"/api/v1/nodes/{name}")
    if not node["spec"].get("unschedulable"):
        workspace.keep(view.where.state / FILE, name.encode())
    try:
        kubectl.run(view.where, "drain", name, *WORDS, timeout=DRAIN + 10)
    except errors.LabError as problem:
        with contextlib.suppress(errors.LabError):  # the next lab.up tries it again
            release(view)
        raise errors.LabError("drain-failed", f"{name} could not be drained", details=problem.details) from problem


def left(where: paths.LabPaths) -> str:
    """Return the node that an upgrade has cordoned; empty if there is none."""
    note = where.state / FILE
    return bounded.text(note).strip()


def release(view: checks.View, report: progress.Progress | None = None) -> None:
    """Let pods onto the node again that an upgrade has cordoned, if there is one; one that is gone is forgotten."""
    name = left(view.where)
    if name and name in {machine.name for machine in view.lab.nodes}:
        kubectl.run(view.where, "uncordon", name)
        if report:
            report.say(f"   {name} takes pods again")
    (view.where.state / FILE).unlink(missing_ok=True)
