"""A cause: its name, its place in the order of probes, the symptoms that it explains, and its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROBES = (
    "provider",
    "boxes",
    "disk",
    "clock",
    "units",
    "files",
    "certificates",
    "etcd",
    "API server",
    "scheduler",
    "controllers",
    "kube-controllers",
    "nodes",
    "CNI",
    "flannel",
    "policy engine",
    "proxy",
    "DNS",
    "policy",
    "storage",
    "RBAC",
    "scheduling",
    "admission",
    "add-ons",
    "application",
)
"""The probes, from the host up: of several causes the one of the earliest probe is named first."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One row. In `look` and `mend`, `{box}`, `{lab}`, `{put}` and the like are filled from the finding."""

    probe: str
    title: str
    look: str
    mend: str = ""
    """A command line that repairs it as printed; empty where only a person can decide what must go."""
    masks: tuple[str, ...] = ()
    """Symptoms that it explains: they are not reported beside it."""
    symptom: bool = False
    """Whether it is only a symptom: named if no found cause explains it."""


def inside(command: str) -> str:
    """Return the command line that runs a command in the finding's box."""
    return f"./run lab.ssh {{box}}{{lab}} --command '{command}'"


def kubectl(words: str) -> str:
    """Return the command line of kubectl for the finding's lab."""
    return f"./run lab.kubectl{{lab}} -- {words}"


def journal(unit: str) -> str:
    """Return the command that shows a unit's last words in the finding's box."""
    return inside(f"sudo journalctl -u {unit} -n 30 --no-pager")


def container(name: str) -> str:
    """Return the command that shows the last words of a static pod's container: it works without the API server."""
    return inside(f"sudo crictl ps -a --name {name}; sudo crictl logs --tail 20 $(sudo crictl ps -aq --name {name})")


PUT = inside("{put}")
"""The command that restores the rendered file and restarts what reads it."""
APPLY = kubectl("apply --server-side --force-conflicts -f {manifest}")
"""The command that applies the rendered objects again."""


def static_pod(pod: str, *, probe: str, masks: tuple[str, ...], titles: Mapping[str, str]) -> dict[str, Cause]:
    """Return the causes that a static pod's rendered files mend, by name: `titles` are theirs.

    Of a cause `…-gone`, a manifest that is not there, the folder of manifests is shown; of the others the container.
    """
    gone, failing = inside("sudo ls -l /etc/kubernetes/manifests"), container(pod)
    return {
        name: Cause(probe=probe, title=title, look=gone if name.endswith("-gone") else failing, mend=PUT, masks=masks)
        for name, title in titles.items()
    }


WORKLOAD = ("pods-not-ready", "guestbook-silent", "metrics-silent", "loadbalancer-silent", "gateway-silent")
DNS = ("dns-silent", *WORKLOAD)
CONTAINER = (
    "pods-pending",
    "folder-not-applied",
    "node-not-ready",
    "flannel-silent",
    "logs-refused",
    *DNS,
)
OF_API = ("apiserver-failing", "api-silent")
UNIT = ("container-failing", *OF_API, "server-unready", *CONTAINER)
NODE = (
    "unit-stopped",
    "unit-failing",
    "container-failing",
    "pods-pending",
    "node-missing",
    "node-not-ready",
    "flannel-silent",
    "logs-refused",
    *DNS,
)
API = ("unit-stopped", "unit-failing", *UNIT)
ETCD = ("etcd-silent", "etcd-member-unhealthy", *API)
OF_ONE_BOX = (
    *OF_API,
    "unit-failing",
    "container-failing",
    "node-missing",
    "node-not-ready",
    "logs-refused",
    "folder-not-applied",
)
"""Symptoms of one box: a worker's cause explains them in that worker only."""
UNDER_API = ("etcd", "containerd", "kubelet")
"""Units that the API server needs: their failure explains its silence, and its silence explains the failure of
others."""
