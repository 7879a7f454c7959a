"""Causes on the nodes: the nodes themselves, pod network, policy engine, proxy."""

from __future__ import annotations

from collections.abc import Mapping

from kubelab.diagnosis import causes
from kubelab.diagnosis.causes import Cause, inside, journal, kubectl, static_pod

TABLE: Mapping[str, Cause] = {
    "node-missing": Cause(
        probe="nodes",
        title="a machine of the lab has not registered as a node",
        look=journal("kubelet"),
        mend=inside("sudo systemctl restart kubelet"),
        masks=causes.DNS,
        symptom=True,
    ),
    "node-not-ready": Cause(
        probe="nodes",
        title="a node is not Ready",
        look=kubectl("describe node {box}"),
        mend=inside("sudo systemctl restart containerd kubelet"),
        masks=causes.DNS,
        symptom=True,
    ),
    "node-pressure": Cause(
        probe="nodes",
        title="a node is short of memory, disk, processes or network: it takes no more pods",
        look=kubectl("describe node {box}; ") + inside("df -h; free -m; ps -eo rss,args --sort -rss | head"),
        masks=("node-not-ready", "pods-pending", *causes.DNS),
    ),
    "node-cordoned": Cause(
        probe="nodes",
        title="a node was cordoned: no new pod is placed there",
        look=kubectl("describe node {box}"),
        mend=kubectl("uncordon {box}"),
        masks=("pods-pending", *causes.DNS),
    ),
    "cni-config-gone": Cause(
        probe="CNI",
        title="a node's CNI configuration is gone: its pods get no network",
        look=inside("ls -l /etc/cni/net.d; sudo crictl info"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "cni-config-broken": Cause(
        probe="CNI",
        title="a node's CNI configuration is not the one that was rendered",
        look=inside("ls -l /etc/cni/net.d; sudo crictl info"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "cni-plugin-gone": Cause(
        probe="CNI",
        title="a CNI plugin of a node is gone: new pods there get no network",
        look=inside("ls -l /opt/cni/bin") + "; " + kubectl("get events -A --field-selector type=Warning"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "flannel-interface": Cause(
        probe="flannel",
        title="flannel of a node carries the pod network over the wrong interface",
        look=inside("ip -d link show flannel.1; cat /etc/flannel/options.env"),
        mend="./run lab.up{lab} --repair",
        masks=("flannel-lease-foreign", *causes.NODE),
    ),
    "flannel-config-broken": Cause(
        probe="flannel",
        title="flannel's configuration on a node is not the one that was rendered",
        look=journal("flanneld"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    "vxlan-blocked": Cause(
        probe="flannel",
        title="a firewall rule of a node drops the pod network's packets (vxlan, udp 8472)",
        look=inside("sudo iptables-save"),
        mend=inside("{unblock}"),
        masks=causes.NODE,
    ),
    "firewall-rule": Cause(
        probe="flannel",
        title="a node's firewall drops packets by a rule that nothing of the lab made",
        look=inside("sudo iptables-save"),
        mend=inside("{unblock}"),
        masks=causes.NODE,
    ),
    "flannel-lease-foreign": Cause(
        probe="flannel",
        title="flannel sends a part of the pod network to an address that no machine of the lab has",
        look=inside("/usr/sbin/bridge fdb show dev flannel.1; ip route"),
        mend="./run lab.up{lab} --repair",
        masks=("flannel-silent", *causes.DNS),
        symptom=True,
    ),
    "flannel-silent": Cause(
        probe="flannel",
        title="a node's pod network does not reach another node's",
        look=inside("ip -d link show flannel.1; /usr/sbin/bridge fdb show dev flannel.1; ip route"),
        mend=inside("sudo systemctl restart flanneld"),
        masks=causes.DNS,
        symptom=True,
    ),
    "calico-node-changed": Cause(
        probe="policy engine",
        title="calico-node's configuration on a node is not the one that was rendered",
        look=journal("calico-node"),
        mend=causes.PUT,
        masks=causes.NODE,
    ),
    **static_pod(
        "kube-proxy",
        probe="proxy",
        masks=("container-failing", *causes.DNS),
        titles={
            "kube-proxy-gone": "kube-proxy's manifest is gone on a node: services do not follow their pods there",
            "kube-proxy-config": (
                "kube-proxy's configuration on a node was changed: it does not see services and endpoints"
            ),
        },
    ),
}
