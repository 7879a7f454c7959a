"""Upgrades a running lab to the next minor version, one part after the other: etcd, API servers, controllers, nodes.

Each part is rendered with the new software, applied and waited for. A node is drained before, and takes pods again
after.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from kubelab import checks
from kubelab.checks import wait
from kubelab.converge import apply, bring_up, compose, cordons, stuck_kubelet, upgrade_parts
from kubelab.ui import progress


def carry_out(view: checks.View, report: progress.Progress) -> None:
    """Upgrade every part that is behind, each when the one before serves; an interrupted run goes on with the rest.

    Raises what a wait and applying raise, and `drain-failed`.
    """
    for part, change in upgrade_parts.steps(view.lab, view.where):
        drains = part.role is upgrade_parts.Role.NODE
        if drains:
            with report.phase(f"drain {part.machine.name}"):
                cordons.drain(view, part.machine.name)
        with report.phase(f"upgrade {part.title}") as phase:
            compose.write(compose.compose(view.lab, view.where, ahead=[part]))
            bring_up.folders(view, [part.machine])
            phase.done(change)
        _await(view, served(view, part), report)
        if drains:
            cordons.release(view, report)
            _await(view, apply.wanted(view.lab, again=True), report)


def _await(view: checks.View, wanted: Mapping[str, checks.Check], report: progress.Progress) -> None:
    wait.wait(view, wanted, report, bring_up.timeout(view.lab), stuck_kubelet.Watch(view, report))


def served(view: checks.View, part: upgrade_parts.Part) -> Mapping[str, checks.Check]:
    """Return the checks by name that a part has been upgraded with; pods may wait for its node meanwhile."""
    first: dict[str, checks.Check] = {"etcd": checks.etcd_answers, "API server": checks.api_ready}
    if part.role is upgrade_parts.Role.ETCD:
        return first
    pods: dict[str, checks.Check] = {
        "static pods": checks.static_pods_current,
        "kubelets": checks.kubelets_reported,
        "control plane": checks.control_plane_serves,
    }
    if part.role is not upgrade_parts.Role.NODE:
        return {**first, **pods}
    version = view.lab.versions.kubernetes
    return {**first, "kubelet": functools.partial(kubelet_runs, name=part.machine.name, version=version), **pods}


def kubelet_runs(view: checks.View, *, name: str, version: str) -> None:
    """The kubelet of a node has registered it with its version, and the node is Ready."""
    checks.node_ready(view, name)
    node = checks.asked(lambda: view.api.get(f"/api/v1/nodes/{name}"))
    found = node["status"]["nodeInfo"]["kubeletVersion"]
    if found != f"v{version}":
        raise checks.Wrong(f"the kubelet of {name} says {found}, not v{version}")
