"""The checks of a healthy lab, for waits and status, in the order in which they come true."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab import model
from kubelab.checks import boxes, cluster, guestbook, serving
from kubelab.checks.view import Check

BASE: Mapping[str, Check] = {
    "boxes": boxes.boxes_run,
    "etcd": boxes.etcd_answers,
    "API server": cluster.api_ready,
    "nodes": cluster.nodes_ready,
}
ADDONS: Mapping[model.Addon, Mapping[str, Check]] = {
    model.Addon.DNS: {"cluster DNS": cluster.dns_ready},
    model.Addon.STORAGE: {"storage": cluster.volumes_made},
    model.Addon.GUESTBOOK: {
        "guestbook answers": guestbook.guestbook_ready,
        "guestbook complete": guestbook.guestbook_complete,
    },
    model.Addon.DASHBOARD: {"dashboard": guestbook.dashboard_ready},
}
LAST: Mapping[str, Check] = {
    "system pods": cluster.system_pods_ready,
    "folders applied": boxes.folders_applied,
    "objects applied": cluster.objects_applied,
}


REPORTED: Mapping[str, Check] = {"kubelets": serving.kubelets_reported}
"""Further checks after a change: a restarted kubelet has not yet reported its pods again."""


def healthy(lab: model.Lab) -> dict[str, Check]:
    """Return the checks of a healthy lab by name, in the order in which they come true."""
    addons = {name: check for addon in lab.addons for name, check in ADDONS.get(addon, {}).items()}
    return {**BASE, **addons, **LAST}


def healthy_again(lab: model.Lab) -> dict[str, Check]:
    """Return the same for a lab that has just been changed: reports from before the change do not count."""
    wanted = healthy(lab)
    return {**{name: check for name, check in wanted.items() if name not in LAST}, **REPORTED, **LAST}
