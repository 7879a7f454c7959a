"""The original lab's ten mistakes, as far as a running lab shows them; other suites test the rest.

1. it acted on the user's current context: here, and statically in tests/rendered
2. a pod's name was taken for a pod that runs: here; and in tests/unit/test_checks.py
3. 10.3.0.1 was literal in a certificate: tests/rendered, and here as it is served at the range's own first address
4. private keys could be committed: tests/unit and tests/rendered; their modes are in tests/live/test_files.py
5. changed inputs renewed nothing: tests/unit and tests/life
6. the first interface's address was taken: here, in every place that an address is taken
7. a certificate's name differed from the node's: here as served; statically in tests/rendered
8. the API server's key also signed tokens: here with a real token; statically in tests/rendered
9. entries stayed in the user's kubeconfig: tests/unit and tests/life
10. a failed step was carried on from: here; and in tests/life
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import suite
import test_certificates
import testinfra.host
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from kubelab import checks, model, paths
from kubelab.checks import probes

ELSEWHERE = """\
apiVersion: v1
kind: Config
clusters: [{name: elsewhere, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: elsewhere, context: {cluster: elsewhere, user: elsewhere}}]
users: [{name: elsewhere, user: {token: nobody}}]
current-context: elsewhere
"""


@pytest.mark.red_by("apiserver-bad-flag", depends_on="nodes")
def test_mistake_1_the_person_s_current_context_does_not_matter(lab: model.Lab, tmp_path: Path) -> None:
    """With a current context that leads elsewhere, the lab's words still ask the lab, and leave the file alone."""
    theirs = tmp_path / "config"
    theirs.write_text(ELSEWHERE, encoding="utf-8")
    words = [sys.executable, "-m", "invoke", "lab.kubectl", "--lab", lab.name, "--", "get", "nodes", "-o", "name"]
    environment = {**os.environ, "KUBECONFIG": str(theirs), "HOME": str(tmp_path)}
    done = subprocess.run(
        words, cwd=paths.ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert sorted(done.stdout.split()) == sorted(f"node/{node.name}" for node in lab.nodes), done.stderr
    assert theirs.read_text(encoding="utf-8") == ELSEWHERE


@pytest.mark.red_by("kubelet-stopped", depends_on="network")
def test_mistake_2_a_pod_that_crashes_is_not_taken_for_one_that_runs(
    view: checks.View, lab: model.Lab, namespace: str
) -> None:
    """A pod that is there by name and crashes is called wrong, by the very check that the static pods go through."""
    name = suite.fresh("crashing")
    path = f"/api/v1/namespaces/{namespace}/pods"
    view.api.create(path, probes.pod(lab, name, ["/nobody-has-this-program"], node=lab.workers[0].name))

    def crashed() -> None:
        rows = view.api.get(f"{path}/{name}")["status"].get("containerStatuses", [])
        if not any(row["restartCount"] or "terminated" in row["state"] for row in rows):
            raise checks.Silent("it has not crashed yet")

    suite.soon(crashed)
    assert name in [item["metadata"]["name"] for item in view.api.items(path)]
    with pytest.raises(checks.Wrong, match=name):
        checks.running(view.api.get(f"{path}/{name}"))


@pytest.mark.single  # with several the virtual address is one more, see test_certificates
@pytest.mark.red_by("apiserver-certificate-name", depends_on="nodes")
def test_mistake_3_the_api_s_address_follows_from_the_range(
    view: checks.View, lab: model.Lab, control: model.Machine
) -> None:
    """The served certificate has the first address of this lab's range of services, and no other of any such range."""
    shown = test_certificates.served(str(control.address), model.API_PORT, view.where.keys / "kubernetes/ca.crt")
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = set(names.get_values_for_type(x509.IPAddress))
    own = {machine.address for machine in lab.control_plane}
    assert addresses == own | {lab.network.api_service, IPv4Address("127.0.0.1")}
    assert view.api.get("/api/v1/namespaces/default/services/kubernetes")["spec"]["clusterIP"] in map(str, addresses)


def first_interface(host: testinfra.host.Host) -> str:
    """Return the address of a box's first interface, which is the same bridge for every lab."""
    rows = json.loads(host.check_output("ip -json -4 address show eth0"))
    return str(rows[0]["addr_info"][0]["local"])


@pytest.mark.red_by("etcd-client-url", depends_on="nodes")
def test_mistake_6_etcd_does_not_take_the_first_interface(member: model.Machine, host: testinfra.host.Host) -> None:
    """etcd listens on, and tells others, its address on the lab's network."""
    wrong = first_interface(host)
    assert wrong != str(member.address)
    script = ". /etc/etcd/etcdctl.env; /opt/bin/etcdctl member list --write-out=json"
    members = json.loads(host.check_output("sh -ac %s", script))["members"]
    (mine,) = [row for row in members if row["name"] == member.name]
    assert mine["clientURLs"] == [f"https://{member.address}:2379"]
    assert mine["peerURLs"] == [f"https://{member.address}:2380"]
    assert wrong not in host.check_output("ss --no-header --tcp --listening --numeric")


@pytest.mark.red_by("flannel-interface", depends_on="network")
def test_mistake_6_flannel_does_not_take_the_first_interface(node: model.Machine, host: testinfra.host.Host) -> None:
    """The pod network's packets leave from the node's address on the lab's network, and the others know that one."""
    wrong = first_interface(host)
    (link,) = json.loads(host.check_output("ip -json -details link show flannel.1"))
    assert link["linkinfo"]["info_data"]["local"] == str(node.address)
    assert wrong not in host.check_output("cat /etc/flannel/options.env")
    box = suite.door(suite.opened()[0].etcd[0].name)
    assert isinstance(box, testinfra.host.Host), box
    script = ". /etc/etcd/etcdctl.env; /opt/bin/etcdctl get --prefix /coreos.com/network/subnets/ --print-value-only"
    leases = [json.loads(line) for line in box.check_output("sh -ac %s", script).splitlines() if line]
    assert str(node.address) in [lease["PublicIP"] for lease in leases]
    assert wrong not in [lease["PublicIP"] for lease in leases]


@pytest.mark.red_by("kubelet-first-interface", depends_on="nodes")
def test_mistake_6_kubelet_does_not_take_the_first_interface(
    view: checks.View, node: model.Machine, host: testinfra.host.Host
) -> None:
    """The node registered under its address on the lab's network, and nothing listens on the other one."""
    wrong = first_interface(host)
    found = [row["address"] for row in view.api.get(f"/api/v1/nodes/{node.name}")["status"]["addresses"]]
    assert str(node.address) in found
    assert wrong not in found
    assert wrong not in host.check_output("ss --no-header --tcp --listening --numeric")


@pytest.mark.red_by("kubelet-stopped", depends_on="nodes")
def test_mistake_7_a_node_s_certificate_has_the_node_s_name(view: checks.View, node: model.Machine) -> None:
    """What the kubelet serves names the node as it registered, and so does what it introduces itself with."""
    registered = view.api.get(f"/api/v1/nodes/{node.name}")["metadata"]["labels"]["kubernetes.io/hostname"]
    shown = test_certificates.served(str(node.address), 10250, view.where.keys / "kubernetes/ca.crt")
    (common,) = shown.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert common.value == f"system:node:{registered}"
    assert names.get_values_for_type(x509.DNSName) == [registered]


@pytest.mark.red_by("apiserver-bad-flag", depends_on="nodes")
def test_mistake_8_the_api_server_s_key_signs_no_token(view: checks.View, namespace: str) -> None:
    """A real token of a service account is signed with a key of its own, which no certificate has."""
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    reply = view.api.create(f"/api/v1/namespaces/{namespace}/serviceaccounts/probe/token", asked)
    signed, _, signature = reply["status"]["token"].rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    half = len(raw) // 2
    plain = utils.encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))

    def verifies(key: object) -> bool:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        try:
            key.verify(plain, signed.encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    keys = view.where.keys
    assert verifies(serialization.load_pem_public_key((keys / "service-account.pub").read_bytes()))
    others = [x509.load_pem_x509_certificate(path.read_bytes()).public_key() for path in keys.rglob("*.crt")]
    assert others
    assert not any(map(verifies, others))


@pytest.mark.red_by("step-left-out", depends_on="the whole lab")
def test_mistake_10_every_step_of_the_box_ended_well(
    view: checks.View, machine: model.Machine, host: testinfra.host.Host
) -> None:
    """The unit that applies the folder succeeded; each call of provision.sh was made and came to its end, in order."""
    said = host.check_output("systemctl show --property=Result,ExecMainStatus kubelab-apply.service")
    assert sorted(said.splitlines()) == ["ExecMainStatus=0", "Result=success"]
    script = (view.where.box(machine.name) / "provision.sh").read_text(encoding="utf-8")
    calls = [line.removeprefix("step ") for line in script.splitlines() if line.startswith("step ")]
    assert calls[-1] == "keep-record"
    done = [line.split("\t")[2] for line in host.file("/var/lib/kubelab/timeline.tsv").content_string.splitlines()]
    assert done[-len(calls) :] == calls
