"""Refused requests: anonymous ones, a node's for another's secrets, a privileged pod, an etcd client of another CA."""

from __future__ import annotations

import base64
import json
import uuid
from pathlib import Path

import pytest
import requests
import suite
import testinfra.host

from kubelab import checks, model
from kubelab.checks import probes
from kubelab.clients import kube_api

HEALTH = ("/livez", "/readyz", "/healthz")


def anonymous(view: checks.View) -> kube_api.Api:
    """Return a door without an identity."""
    return kube_api.Api(view.lab.api_endpoint, view.where.keys / "kubernetes/ca.crt", None)


@pytest.mark.parametrize("path", HEALTH)
@pytest.mark.red_by("apiserver-bad-flag", depends_on="API")
def test_anyone_may_ask_for_health(view: checks.View, path: str) -> None:
    """A health probe needs no identity."""
    assert anonymous(view).request("GET", path).text == "ok"


@pytest.mark.parametrize("path", ["/api", "/apis", "/version", "/metrics", "/api/v1/nodes", "/openapi/v2", "/logs/"])
@pytest.mark.red_by("anonymous-may-ask", depends_on="API")
def test_anonymous_request_is_refused(view: checks.View, path: str) -> None:
    """Everything else asks who one is, and refuses before it looks at rights."""
    assert anonymous(view).request("GET", path).status_code == 401


@pytest.mark.red_by("apiserver-bad-flag", depends_on="API")
def test_forged_token_is_refused(view: checks.View) -> None:
    """A bearer of a made-up token is nobody."""
    reply = requests.get(
        f"{view.lab.api_endpoint}/api/v1/nodes",
        headers={"Authorization": "Bearer made.up.token"},
        verify=str(view.where.keys / "kubernetes/ca.crt"),
        proxies={"https": ""},
        timeout=5,
    )
    assert reply.status_code == 401


@pytest.mark.red_by("kubelet-open", depends_on="network")
def test_kubelet_refuses_the_anonymous(view: checks.View, node: model.Machine) -> None:
    """A kubelet asked for its pods, logs or a command by nobody in particular refuses."""
    door = kube_api.Api(f"https://{node.address}:10250", view.where.keys / "kubernetes/ca.crt", None)
    for path in ("/pods", "/metrics", "/logs/", "/run/kube-system/x/y"):
        assert door.request("GET", path).status_code == 401


@pytest.mark.red_by("kubelet-open", depends_on="network")
def test_kubelet_refuses_another_node(view: checks.View, node: model.Machine) -> None:
    """Another node's certificate is known to a kubelet and gives no right there."""
    other = next(machine for machine in view.lab.nodes if machine != node)
    door = kube_api.Api.of(view.where, f"https://{node.address}:10250", f"nodes/{other.name}/kubelet-client")
    assert door.request("GET", "/pods").status_code == 403


@pytest.mark.parametrize("port", [10255, 8080, 10248, 10249, 10256])
@pytest.mark.red_by("kubelet-read-only-port", depends_on="network")
def test_nobody_listens_without_tls(
    view: checks.View, node: model.Machine, port: int, host: testinfra.host.Host
) -> None:
    """The kubelet's read-only port, the API server's insecure one and the health ports are not there for others."""
    if str(port) in suite.guest_ports(view, host):
        return  # a guest's pod that uses the node's network
    session = requests.Session()
    session.trust_env = False
    with pytest.raises(requests.ConnectionError):
        session.get(f"http://{node.address}:{port}/", timeout=3)


@pytest.fixture(scope="module")
def known(view: checks.View, namespace: str) -> tuple[str, str]:
    """Give a secret's name and value, in the test's own namespace; every API server was asked to make it."""
    name, value = suite.fresh("known"), f"plain-{uuid.uuid4().hex}"
    servers = [f"https://{machine.address}:{model.API_PORT}" for machine in view.lab.control_plane]
    doors = [kube_api.Api.of(view.where, server) for server in servers]
    path, body = f"/api/v1/namespaces/{namespace}/secrets", suite.secret(name, value)
    codes = [door.request("POST", path, body).status_code for door in doors]
    assert codes == [201, *[409] * (len(doors) - 1)]
    return name, value


@pytest.mark.xdist_group("secret")
@pytest.mark.red_by("secrets-plain", depends_on="API")
def test_secret_is_ciphertext_in_etcd(
    view: checks.View, namespace: str, known: tuple[str, str], member: model.Machine, host: testinfra.host.Host
) -> None:
    """What etcd stores of a secret was encrypted with the lab's key; the API gives it back whole."""
    name, value = known
    key = f"/registry/secrets/{namespace}/{name}"
    script = f". /etc/etcd/etcdctl.env; /opt/bin/etcdctl get {key} --print-value-only | base64 --wrap=0"
    stored = base64.b64decode(host.check_output("sh -ac %s", script))
    assert stored.startswith(b"k8s:enc:secretbox:v1:key1:")
    assert value.encode() not in stored
    given = view.api.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")["data"]["value"]
    assert base64.b64decode(given).decode() == value


@pytest.mark.xdist_group("secret")
@pytest.mark.red_by("secrets-plain", depends_on="API")
def test_no_secret_of_the_lab_is_in_plain_text(
    known: tuple[str, str], member: model.Machine, host: testinfra.host.Host
) -> None:
    """Not one secret in etcd is stored another way; a fresh lab has none but the suite's own."""
    script = ". /etc/etcd/etcdctl.env; /opt/bin/etcdctl get --prefix /registry/secrets/ --write-out=json"
    rows = json.loads(host.check_output("sh -ac %s", script)).get("kvs", [])
    assert any(base64.b64decode(row["key"]).decode().endswith(f"/{known[0]}") for row in rows)
    plain = [base64.b64decode(row["key"]).decode() for row in rows
             if not base64.b64decode(row["value"]).startswith(b"k8s:enc:secretbox:")]  # fmt: skip
    assert plain == []


@pytest.mark.xdist_group("secret")
@pytest.mark.red_by("audit-readable", depends_on="API")
def test_audit_log_says_who_and_not_what(
    namespace: str, known: tuple[str, str], lab: model.Lab, control: model.Machine, host: testinfra.host.Host
) -> None:
    """The making of the secret is in the audit log, with its maker and without its content; only root reads the log."""
    name, value = known
    log = "/var/log/kubernetes/audit.log"
    lines = host.check_output(f"grep -hF '\"{name}\"' {log}").splitlines()
    events = [json.loads(line) for line in lines]
    made = [event for event in events if event["verb"] == "create" and event["objectRef"]["resource"] == "secrets"]
    assert [event["user"]["username"] for event in made] == ["kubelab-admin"]
    assert [event["objectRef"]["namespace"] for event in made] == [namespace]
    assert value not in host.check_output(f"grep -hF '{name}' {log}")
    assert base64.b64encode(value.encode()).decode() not in "".join(lines)
    assert host.file(log).mode == 0o600


@pytest.mark.xdist_group("secret")
@pytest.mark.red_by("nodes-read-secrets", depends_on="network")
def test_node_reads_its_own_pods_secrets_only(
    view: checks.View, lab: model.Lab, namespace: str, known: tuple[str, str]
) -> None:
    """A node reads a secret that a pod on it uses; the same identity's neighbour is refused, and so is the list."""
    name, _ = known
    holder, other = lab.workers[0], next(node for node in reversed(lab.nodes) if node != lab.workers[0])
    item = probes.pod(lab, suite.fresh("holder"), ["/agnhost", "pause"], node=holder.name)
    reference = {"name": "VALUE", "valueFrom": {"secretKeyRef": {"name": name, "key": "value"}}}
    item["spec"]["containers"][0]["env"] = [reference]
    suite.run_pod(view, namespace, item, holder)
    path = f"/api/v1/namespaces/{namespace}/secrets"
    mine = kube_api.Api.of(view.where, lab.api_endpoint, f"nodes/{holder.name}/kubelet-client")
    theirs = kube_api.Api.of(view.where, lab.api_endpoint, f"nodes/{other.name}/kubelet-client")
    assert mine.request("GET", f"{path}/{name}").status_code == 200
    assert theirs.request("GET", f"{path}/{name}").status_code == 403
    assert mine.request("GET", path).status_code == 403


@pytest.mark.red_by("nodes-unrestricted", depends_on="API")
def test_node_changes_no_other_node(view: checks.View, lab: model.Lab) -> None:
    """NodeRestriction: a node may write its own object and no other's; it may not free itself of a role's label."""
    mine, other = lab.workers[0], lab.nodes[0]
    door = kube_api.Api.of(view.where, lab.api_endpoint, f"nodes/{mine.name}/kubelet-client")
    harmless = {"metadata": {"annotations": {"kubelab/look": "1"}}}
    powerful = {"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}}

    def change(node: model.Machine, body: kube_api.Json) -> int:
        return door.request("PATCH", f"/api/v1/nodes/{node.name}", body, dryRun="All").status_code

    assert change(mine, harmless) == 200
    assert change(other, harmless) == 403
    assert change(mine, {"metadata": {"labels": {"node-restriction.kubernetes.io/x": ""}}}) == 403
    assert change(mine, powerful) == 403


def dry_run(view: checks.View, namespace: str, change: kube_api.Json, host_network: bool = False) -> requests.Response:
    """Ask whether a pod with such a container would be let in."""
    item = probes.pod(view.lab, "would-be", ["/agnhost", "pause"])
    item["spec"]["serviceAccountName"] = "default"
    item["spec"]["containers"][0].update(change)
    item["spec"].update({"hostNetwork": True} if host_network else {})
    return view.api.request("POST", f"/api/v1/namespaces/{namespace}/pods", item, dryRun="All")


@pytest.mark.parametrize(
    "namespace_", [probes.NAMESPACE, pytest.param("guestbook", marks=pytest.mark.addon(model.Addon.GUESTBOOK))]
)
@pytest.mark.red_by("namespace-privileged", depends_on="controllers")
def test_privileged_pod_is_refused(view: checks.View, namespace_: str) -> None:
    """PodSecurity's baseline holds, by default and where a label says so: a harmless pod is let in, others are not.

    The namespace without a label is the suite's own: what people wrote on `default` is theirs.
    """
    probes.make_place(view)
    assert dry_run(view, namespace_, {}).status_code == 201
    for refused in (
        dry_run(view, namespace_, {"securityContext": {"privileged": True}}),
        dry_run(view, namespace_, {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}),
        dry_run(view, namespace_, {}, host_network=True),
    ):
        assert refused.status_code == 403
        assert "violates PodSecurity" in refused.text


def etcd(view: checks.View, member: model.Machine, identity: str | None) -> requests.Response:
    """Return what a member says to the owner of a certificate of the lab, or to somebody without one."""
    keys: Path = view.where.keys
    pair = (str(keys / f"{identity}.crt"), str(keys / f"{identity}.key")) if identity else None
    with requests.Session() as session:
        session.trust_env = False
        url = f"https://{member.address}:2379/version"
        return session.get(url, cert=pair, verify=str(keys / "etcd/ca.crt"), timeout=5)


@pytest.mark.red_by("etcd-stopped", depends_on="etcd")
def test_etcd_answers_its_clients(view: checks.View, member: model.Machine) -> None:
    """A client of etcd's CA is answered: the refusals below are about who asks."""
    assert etcd(view, member, "etcd/apiserver-etcd-client").ok


@pytest.mark.parametrize("identity", [None, "kubernetes/admin", "kubernetes/apiserver-kubelet-client"])
@pytest.mark.red_by("etcd-open", depends_on="etcd")
def test_etcd_refuses_others(view: checks.View, member: model.Machine, identity: str | None) -> None:
    """Without a certificate, or with one of the cluster's CA, be it the administrator's, etcd does not talk."""
    with pytest.raises(requests.ConnectionError):
        etcd(view, member, identity)


@pytest.mark.red_by("etcd-plain", depends_on="etcd")
def test_etcd_speaks_no_plain_http(member: model.Machine) -> None:
    """Neither for clients nor for peers."""
    session = requests.Session()
    session.trust_env = False
    for port in (2379, 2380):
        with pytest.raises(requests.ConnectionError):
            session.get(f"http://{member.address}:{port}/health", timeout=3)
