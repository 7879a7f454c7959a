"""Lists every harm that a lab must survive, in the order of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.survive import disks, harms, kills, stage
from kubelab import model


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One harm: its title, its act, and the services that must go on meanwhile."""

    title: str
    act: Callable[[stage.Stage], harms.Done]
    keeps: tuple[str, ...] = ()
    """Those of reads, writes, API and DNS that may pause for at most `run.PAUSE` seconds."""
    slow: bool = False
    """Whether it takes minutes; `./run test` leaves it out."""


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
}
