"""Brings about each cause of `lab.why` that the catalogue of faults lacks: one bash script a cause.

A script runs on this computer. It has the containers of three boxes in `$ETCD`, `$MASTER` and `$WORKER`, and the
functions `inside CONTAINER COMMAND` (root's bash in that box) and `kube WORDS` (the lab's kubectl).
"""

from __future__ import annotations

from collections.abc import Mapping

MANIFESTS = "/etc/kubernetes/manifests"
DENY = """
kube apply -f - <<< '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
  "metadata": {"name": "too-strict", "namespace": "guestbook"},
  "spec": {"podSelector": {"matchLabels": {"app": "guestbook", "tier": "frontend"}},
    "policyTypes": ["Ingress"], "ingress": []}}'
"""
_SIGNED = """
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=by-hand -days 9 \\
  -keyout $folder/key -out $folder/crt 2> /dev/null
"""
_LEASE = """
inside $ETCD 'set -a; . /etc/etcd/etcdctl.env; prefix=/coreos.com/network
  config=$(/opt/bin/etcdctl get --print-value-only $prefix/config)
  pods=$(sed -nE "s/.*Network[^0-9]*([0-9]+[.][0-9]+)[.].*/\\1/p" <<< $config)
  /opt/bin/etcdctl put $prefix/subnets/$pods.250.0-24 "{\\"PublicIP\\": \\"192.0.2.9\\", \\"BackendType\\": \\"vxlan\\",
    \\"BackendData\\": {\\"VNI\\": 1, \\"VtepMAC\\": \\"ae:07:a5:44:8a:e4\\"}}"'
"""


def _line(container: str, path: str, line: str = "# changed by hand") -> str:
    """Return what appends a line to a file in a box."""
    return f"inside ${container} 'echo \"{line}\" >> {path}'"


def _manifest(pod: str, container: str = "MASTER") -> str:
    """Return what changes a static pod's manifest: the file is renamed into place, as the kubelet wants it."""
    path = f"{MANIFESTS}/{pod}.yaml"
    change = f'sed "s/^metadata:/metadata:\\n  annotations: {{by: hand}}/" {path} > /etc/kubernetes/.hand'
    return f"inside ${container} '{change} && mv /etc/kubernetes/.hand {path}'"


SCENES: Mapping[str, str] = {
    "box-missing": "docker rm --force $WORKER",
    "box-stopped": "docker stop --time 5 $WORKER",
    "box-paused": "docker pause $WORKER",
    "box-unreachable": "inside $WORKER 'systemctl stop ssh.socket ssh.service; pkill sshd; true'",
    "unit-disabled": "inside $WORKER 'systemctl disable kubelet'",
    "file-differs": _line("WORKER", "/etc/crictl.yaml"),
    "folder-differs": "inside $ETCD 'chmod 0700 /etc/etcd; systemctl restart --no-block etcd'",
    "file-unexpected": "inside $WORKER 'mkdir -p /etc/systemd/system/kubelet.service.d; "
    'printf "[Service]\\nEnvironment=BY=hand\\n" > /etc/systemd/system/kubelet.service.d/50-hand.conf\'',
    "certificate-foreign": _SIGNED + "inside $ETCD 'cat > /etc/etcd/pki/client.crt' < $folder/crt\n"
    "inside $ETCD 'cat > /etc/etcd/pki/client.key' < $folder/key",
    "certificate-names": "inside $MASTER 'cd /etc/kubernetes; cat kube-scheduler/server.crt > kubelet/server.crt; "
    "cat kube-scheduler/server.key > kubelet/server.key'",
    "etcd-config-broken": _line("ETCD", "/etc/etcd/etcd.conf.yaml"),
    "apiserver-gone": f"inside $MASTER 'rm {MANIFESTS}/kube-apiserver.yaml'",
    "apiserver-manifest-changed": _manifest("kube-apiserver"),
    "apiserver-files-changed": _line("MASTER", "/etc/kubernetes/kube-apiserver/audit-policy.yaml"),
    "scheduler-manifest-changed": _manifest("kube-scheduler"),
    "controller-manager-changed": _manifest("kube-controller-manager"),
    "kube-controllers-changed": _manifest("calico-kube-controllers"),
    "node-cordoned": "kube cordon kube-worker-01",
    "cni-config-broken": _line("WORKER", "/etc/cni/net.d/10-flannel-calico.conflist", " "),
    "flannel-config-broken": _line("WORKER", "/etc/flannel/options.env"),
    "flannel-lease-foreign": _LEASE,
    "firewall-rule": "inside $WORKER 'iptables -I OUTPUT -p tcp --dport 6443 -j DROP'",
    "calico-node-changed": _line("WORKER", "/etc/calico/calico-node.env"),
    "dns-service-changed": "kube -n kube-system delete service kube-dns",
    "policy-too-strict": DENY,
    "role-changed": "kube delete clusterrolebinding calico-cni",
    "object-differs": "kube -n guestbook delete service redis-follower",
}
"""Cause to what brings it about."""
NOT_ACTED: Mapping[str, str] = {
    "docker-silent": "the engine serves every lab of this computer: test_errors_life.py asks one that is away",
    "clock-off": "boxes that are containers share this computer's clock: only a machine of its own can be off",
    "resolvers-moved": "only another /etc/resolv.conf brings it about, which is every program's on this computer",
    "kubelet-deaf": "tests/life/test_faults.py and test_converge.py bring it about, which takes two restarts",
    "etcd-alarm": "only damaged data raise it: NOSPACE is etcd-quota's",
    "certificate-expired": "the faults of certificates replace those files; recorded in tests/data/why",
    "certificate-not-yet-valid": "needs a clock that was set back when it was issued; recorded in tests/data/why",
    "etcd-no-quorum": "takes several members: tests/life/test_ha.py",
    "address-nowhere": "takes several control planes: tests/life/test_ha.py",
    "address-twice": "takes several control planes: tests/life/test_ha.py",
    **dict.fromkeys(
        (
            "gateway-away",
            "gateway-blocked",
            "gateway-certificate",
            "loadbalancer-away",
            "metrics-blocked",
            "metrics-certificate",
            "metrics-foreign-ca",
            "metrics-role-gone",
            "metrics-server-away",
        ),
        "takes a lab with the add-on, which tests/life has not",
    ),
    "unit-failing": "a symptom: what makes a unit fail on a lab is one of the causes here",
}
"""Causes that no test brings about on a lab, each with the reason."""
