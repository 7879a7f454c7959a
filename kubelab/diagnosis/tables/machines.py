"""Causes on this computer and in the boxes: provider, disk, clock, units, files."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, container, inside, journal

_START = inside("sudo systemctl enable --now {unit}")

COMPUTER: Mapping[str, Cause] = {
    "docker-silent": Cause(
        probe="provider",
        title="the Docker engine does not answer: no box can run",
        look="./run host.doctor",
        mend="./run host.setup",
        masks=("box-unreachable", *causes.ETCD),
    ),
    "box-missing": Cause(
        probe="boxes",
        title="a box of the lab does not exist",
        look="{list_all_boxes}",
        mend="./run lab.up{lab}",
        masks=("box-unreachable", *causes.ETCD),
    ),
    "box-stopped": Cause(
        probe="boxes",
        title="a box of the lab does not run",
        look="{read_box_log}",
        mend="./run lab.up{lab}",
        masks=("box-unreachable", *causes.ETCD),
    ),
    "box-paused": Cause(
        probe="boxes",
        title="a box of the lab is frozen",
        look="{list_boxes}",
        mend="{resume_box}",
        masks=("box-unreachable", *causes.ETCD),
    ),
    "box-unreachable": Cause(
        probe="boxes",
        title="a box runs and refuses the login over ssh",
        look="{look_at_ssh}",
        mend="{restart_box}",
        masks=causes.ETCD,
        symptom=True,
    ),
    "disk-full": Cause(
        probe="disk",
        title="a file system in a box is full",
        look=inside("df -h {path}; sudo du -xah {path} | sort -h | tail -n 30"),
        masks=causes.ETCD,
    ),
    "clock-off": Cause(
        probe="clock",
        title="a box's clock differs from this computer's: certificates and leases are judged by it",
        look=inside("date -u") + "; date -u",
        mend="{restart_box}",
        masks=causes.ETCD,
    ),
}

UNITS: Mapping[str, Cause] = {
    "kubelet-stopped": Cause(
        probe="units",
        title="the kubelet of a node does not run",
        look=journal("kubelet"),
        mend=_START,
        masks=causes.API,
    ),
    "kubelet-deaf": Cause(
        probe="units",
        title="a kubelet started without an API server: until it reaches one, it runs no changed manifest",
        look=container("{container}"),
        mend=inside("sudo systemctl restart kubelet"),
        masks=causes.API,
    ),
    "containerd-stopped": Cause(
        probe="units",
        title="the container runtime of a node does not run",
        look=journal("containerd"),
        mend=_START,
        masks=causes.API,
    ),
    "flanneld-stopped": Cause(
        probe="flannel",
        title="flanneld of a node does not run: its packets reach no other node",
        look=journal("flanneld"),
        mend=_START,
        masks=causes.NODE,
    ),
    "calico-node-stopped": Cause(
        probe="policy engine",
        title="calico-node of a node does not run: changes of pods and policies do not reach its firewall",
        look=journal("calico-node"),
        mend=_START,
        masks=causes.NODE,
    ),
    "etcd-stopped": Cause(
        probe="etcd",
        title="etcd does not run: the API server has nothing to read from",
        look=journal("etcd"),
        mend=_START,
        masks=causes.ETCD,
    ),
    "unit-stopped": Cause(
        probe="units",
        title="a unit that the lab wants does not run",
        look=journal("{unit}"),
        mend=_START,
        masks=("folder-not-applied",),
        symptom=True,
    ),
    "unit-disabled": Cause(
        probe="units",
        title="a unit runs and is not enabled: it will not start with its box",
        look=inside("systemctl is-enabled {unit}"),
        mend=_START,
    ),
    "unit-failing": Cause(
        probe="units",
        title="a unit starts, fails and is started again",
        look=journal("{unit}"),
        mend=inside("sudo systemctl restart {unit}"),
        masks=causes.UNIT,
        symptom=True,
    ),
    "folder-not-applied": Cause(
        probe="files",
        title="a box has not applied the folder that was rendered for it",
        look=journal("kubelab-apply"),
        mend="./run lab.up{lab}",
        symptom=True,
    ),
    "file-differs": Cause(
        probe="files",
        title="a file in a box is not the one that was rendered",
        look=inside("sudo diff /opt/kubelab/box/files{path} {path}"),
        mend=causes.PUT,
    ),
    "folder-differs": Cause(
        probe="files",
        title="a folder of rendered files has another mode or owner: not all may enter, or not root alone may write",
        look=inside("ls -ld {path}"),
        mend=inside("sudo chown root:root {path} && sudo chmod 0755 {path} && {after}"),
        masks=causes.ETCD,
    ),
    "file-unexpected": Cause(
        probe="files",
        title="a folder that is read at start holds a file that the lab did not put there",
        look=inside("sudo cat {path}"),
        mend=inside("sudo rm {path}; {after}"),
    ),
    "kubelet-config-broken": Cause(
        probe="files",
        title="the kubelet's configuration was changed, and it cannot start with it or does not do its work",
        look=journal("kubelet"),
        mend=causes.PUT,
        masks=causes.API,
    ),
    "kubelet-wrong-server": Cause(
        probe="files",
        title="the kubelet's kubeconfig names another API server",
        look=journal("kubelet"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "containerd-config-broken": Cause(
        probe="files",
        title="containerd's configuration was changed, and the kubelet finds no container runtime in it",
        look=inside("sudo crictl info; sudo journalctl -u containerd -n 30 --no-pager"),
        mend=causes.PUT,
        masks=causes.API,
    ),
}

TABLE: Mapping[str, Cause] = {**COMPUTER, **UNITS}
