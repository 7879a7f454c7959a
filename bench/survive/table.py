"""Lists every harm that a lab must survive, in the order of a run."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.survive import disks, harms, kills, several, stage, upgrading
from kubelab import model


class Group(enum.StrEnum):
    """The labs that a harm is for."""

    ONE = "A lab with one etcd member and one control plane"
    SEVERAL = "A lab with three etcd members and three control planes"
    OLDER = "A lab of the version set before the newest"


PAUSE = 10.0
"""Seconds for which a service that must go on may pause: clients time out and connect to the other worker."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One harm: its title, its act, and the services that must go on meanwhile."""

    title: str
    act: Callable[[stage.Stage], harms.Done]
    keeps: tuple[str, ...] = ()
    """Those of reads, writes, API and DNS that may pause for at most `most` seconds."""
    most: float = PAUSE
    group: Group = Group.ONE
    slow: bool = False
    """Whether it takes minutes; `./run test` leaves it out."""


def _several(title: str, act: Callable[[stage.Stage], harms.Done], keeps: str = "", most: float = PAUSE) -> Scenario:
    return Scenario(title=title, act=act, keeps=tuple(keeps.split()), most=most, group=Group.SEVERAL, slow=True)


def _boxes(on: stage.Stage) -> list[model.Machine]:
    return list(on.view.lab.machines)


_CLIENTS = ("reads", "writes", "DNS")
_ALL = (*_CLIENTS, "API")
TABLE: Mapping[str, Scenario] = {
    "kill-kube-apiserver": Scenario(
        title="API server killed",
        act=harms.kill(kills.container("kube-apiserver", kills.control_plane)),
        keeps=_CLIENTS,
    ),
    "kill-etcd": Scenario(title="etcd killed", act=harms.kill(kills.unit("etcd.service", kills.etcd)), keeps=_CLIENTS),
    "kill-kube-controller-manager": Scenario(
        title="controller-manager killed",
        act=harms.kill(kills.container("kube-controller-manager", kills.control_plane)),
        keeps=_ALL,
    ),
    "kill-kube-scheduler": Scenario(
        title="scheduler killed",
        act=harms.kill(kills.container("kube-scheduler", kills.control_plane)),
        keeps=_ALL,
    ),
    "kill-containerd": Scenario(
        title="containerd killed on the leader's worker",
        act=harms.kill(kills.unit("containerd.service", kills.home)),
        keeps=_ALL,
    ),
    "kill-kubelet": Scenario(
        title="kubelet killed on the leader's worker",
        act=harms.kill(kills.unit("kubelet.service", kills.home)),
        keeps=_ALL,
    ),
    "kill-flanneld": Scenario(
        title="flanneld killed on the leader's worker",
        act=harms.kill(kills.unit("flanneld.service", kills.home)),
        keeps=_ALL,
    ),
    "kill-calico-node": Scenario(
        title="calico-node killed on the leader's worker",
        act=harms.kill(kills.unit("calico-node.service", kills.home)),
        keeps=_ALL,
    ),
    "kill-kube-controllers": Scenario(
        title="kube-controllers killed",
        act=harms.kill(kills.container("calico-kube-controllers", kills.control_plane)),
        keeps=_ALL,
    ),
    "kill-coredns": Scenario(
        title="CoreDNS killed, every replica at once",
        act=harms.kill(kills.container("coredns", kills.workers)),
        keeps=("reads", "writes", "API"),
    ),
    "halt": Scenario(title="halt and up", act=harms.halt),
    "power-etcd": Scenario(title="power cut of the etcd box", act=harms.power_cut(kills.etcd), keeps=_CLIENTS),
    "power-control-plane": Scenario(
        title="power cut of the control plane box", act=harms.power_cut(kills.control_plane), keeps=_CLIENTS
    ),
    "power-worker": Scenario(title="power cut of the leader's worker", act=harms.power_cut(kills.home), keeps=("API",)),
    "power-all": Scenario(title="power cut of all boxes at once", act=harms.power_cut(_boxes)),
    "docker-restart": Scenario(
        title="Docker restarted (an engine and a lab of their own)", act=harms.restart_docker, slow=True
    ),
    "cut-in": Scenario(
        title="leader's worker hears nothing for two minutes", act=harms.cut("in"), keeps=("API",), slow=True
    ),
    "cut-out": Scenario(
        title="leader's worker is not heard for two minutes", act=harms.cut("out"), keeps=("API",), slow=True
    ),
    "cut-both": Scenario(
        title="leader's worker off the network for two minutes", act=harms.cut("both"), keeps=("API",), slow=True
    ),
    "lose-worker": Scenario(
        title="leader's worker lost for good, volumes and all", act=harms.lose_worker, keeps=("API",)
    ),
    "lose-etcd": Scenario(title="etcd's data lost, restored from a checkpoint", act=harms.lose_etcd),
    "certs-expired": Scenario(title="every certificate expired (90 s of life)", act=harms.expire, slow=True),
    "certs-early": Scenario(title="every certificate not valid yet", act=harms.come_too_early, slow=True),
    "disk-worker": Scenario(
        title="a worker's disk full", act=disks.full_disk, keeps=("API", "writes", "reads"), slow=True
    ),
    "quota-etcd": Scenario(title="etcd out of its quota", act=disks.etcd_quota, keeps=_CLIENTS, slow=True),
    # An API server that ends is missed by the next look of keepalived; a machine that vanishes by the other ones.
    "several-kill-server": _several(
        "API server killed on the control plane with the address",
        harms.kill(kills.container("kube-apiserver", several.holder)), "reads writes DNS API", 5,
    ),
    "several-kill-member": _several(
        "etcd killed on the member that leads",
        harms.kill(kills.unit("etcd.service", several.leading)), "reads writes DNS API", 3,
    ),
    "several-power-holder": _several(
        "power cut of the control plane with the address",
        harms.power_cut(several.holder, several.AWAY), "reads writes DNS API", 5,
    ),
    "several-power-plane": _several(
        "power cut of another control plane", harms.power_cut(several.other_plane, several.AWAY),
        "reads writes DNS API", 5,
    ),
    "several-power-leader": _several(
        "power cut of the etcd member that leads", harms.power_cut(several.leading, several.AWAY), "reads writes DNS"
    ),
    "several-power-follower": _several(
        "power cut of another etcd member", harms.power_cut(several.following, several.AWAY), "reads writes DNS API", 5
    ),
    "several-cut-holder": _several(
        "the control plane with the address off the network",
        harms.cut("both", several.holder, several.CUT), "reads writes DNS",
    ),
    "several-cut-leader": _several(
        "the etcd member that leads off the network",
        harms.cut("both", several.leading, several.CUT), "reads writes DNS",
    ),
    "several-no-quorum": _several("two of three etcd members without power", several.lose_quorum, "reads writes DNS"),
    "several-restart-all": _several("every machine restarted, one after the other", several.restart_all),
    "upgrade": Scenario(
        title="upgraded to the newest version set", act=upgrading.upgrade, keeps=("reads", "DNS"), group=Group.OLDER,
        slow=True,
    ),
}  # fmt: skip


def of_lab(lab: model.Lab) -> list[str]:
    """Return the scenarios for a lab, in their order."""
    newest = lab.versions.name == upgrading.newest().name
    group = Group.SEVERAL if lab.virtual else Group.ONE if newest else Group.OLDER
    return [name for name, row in TABLE.items() if row.group is group]
