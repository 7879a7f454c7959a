"""Packets: names, pods, services, node ports, logs and commands; and policies that stop some of them."""

from __future__ import annotations

import functools
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import suite
import testinfra.host

from kubelab import checks, model
from kubelab.checks import probes, traffic
from kubelab.clients import kube_api

Route = tuple[model.Machine, model.Machine]
APT = ("/etc/apt/sources.list", "/etc/apt/sources.list.d")
OUTSIDE = ("example.org", "kubernetes.io")


@pytest.mark.addon(model.Addon.DNS)
@pytest.mark.red_by("coredns-away", depends_on="DNS")
def test_pod_finds_the_api_by_name(view: checks.View, worker: model.Machine) -> None:
    """A pod on the worker asks the name server that its kubelet gave it, and gets the service's address."""
    suite.soon(lambda: checks.pod_dns_on(view, worker))


@pytest.mark.addon(model.Addon.DNS)
@pytest.mark.red_by("coredns-away", depends_on="DNS")
def test_pod_finds_a_short_name(view: checks.View, lab: model.Lab, worker: model.Machine) -> None:
    """The search list is the cluster's: a service's short name, as people write it, is enough; and it connects."""
    probe = suite.soon(lambda: probes.on(view, worker))
    resolv = probes.inside(view, probe, "cat /etc/resolv.conf")
    assert f"nameserver {lab.network.dns_service}" in resolv
    assert f"svc.{lab.network.domain}" in resolv
    suite.soon(lambda: probes.inside(view, probe, "/agnhost connect kubernetes.default:443 --timeout=3s"))


@pytest.mark.addon(model.Addon.DNS)
@pytest.mark.red_by("dns-invents", depends_on="DNS")
def test_unknown_name_is_unknown(view: checks.View, lab: model.Lab, worker: model.Machine) -> None:
    """A name that nobody has is not answered with something: finding a name means something."""
    suite.soon(lambda: probes.on(view, worker))
    with pytest.raises(checks.Wrong):
        traffic.lookup(view, worker, f"nobody-has-this.default.svc.{lab.network.domain}")


@pytest.mark.addon(model.Addon.DNS)
@pytest.mark.red_by("coredns-away", depends_on="DNS")
def test_pod_finds_outside_names_as_this_computer_does(view: checks.View, worker: model.Machine) -> None:
    """What this computer can look up, a pod can; where this computer finds no outside name, a pod finds none either."""
    known = [name for name in (*OUTSIDE, *apt_hosts()) if found(name)]
    suite.soon(lambda: probes.on(view, worker))
    for name in known:
        suite.soon(functools.partial(traffic.lookup, view, worker, name))
    for name in set(OUTSIDE[:1]) - set(known):
        with pytest.raises(checks.Wrong):
            traffic.lookup(view, worker, name)


def apt_hosts() -> list[str]:
    """Return the hosts that this computer's packages come from: where little else can be reached, these can."""
    files = [file for place in map(Path, APT) for file in ([place] if place.is_file() else sorted(place.glob("*")))]
    text = "".join(file.read_text(encoding="utf-8", errors="replace") for file in files)
    return sorted(set(re.findall(r"https?://([\w.-]+\w)", text)))


def found(name: str) -> bool:
    """Return whether this computer can look up a name."""
    try:
        return bool(socket.getaddrinfo(name, 443, family=socket.AF_INET))
    except OSError:
        return False


@pytest.mark.red_by("vxlan-blocked", depends_on="policy")
def test_pods_reach_each_other(view: checks.View, route: Route) -> None:
    """A pod on one worker reaches a pod on the other, by its address."""
    suite.soon(lambda: checks.pod_reaches(view, *route))


@pytest.mark.red_by("vxlan-blocked", depends_on="policy")
def test_pod_s_address_is_not_translated_on_the_way(view: checks.View, route: Route) -> None:
    """The pod that is reached sees the other pod's own address: policies and logs can name it."""
    here, there = (suite.soon(functools.partial(probes.on, view, worker)) for worker in route)
    said = probes.inside(view, here, f"wget -q -T 3 -O - http://{there.address}:{probes.OPEN}/clientip")
    assert said.partition(":")[0] == here.address


@pytest.mark.red_by("kube-proxy-gone", depends_on="policy")
def test_service_answers_from_the_node(view: checks.View, node: model.Machine) -> None:
    """The node itself reaches a service at its cluster address, the control plane's node included."""
    suite.soon(lambda: checks.service_answers_from(view, node))


@pytest.mark.red_by("kube-proxy-gone", depends_on="policy")
def test_service_answers_from_a_pod(view: checks.View, worker: model.Machine) -> None:
    """So does a pod on each worker."""
    probe = suite.soon(lambda: probes.on(view, worker))
    address = view.api.get(f"{probes.PLACE}/services/{probes.SERVICE}")["spec"]["clusterIP"]
    said = suite.soon(lambda: probes.inside(view, probe, f"wget -q -T 3 -O - http://{address}/hostname"))
    assert said.startswith("probe-")


@pytest.mark.red_by("apiserver-bad-flag", depends_on="policy")
def test_api_service_answers_from_the_node(node: model.Machine, lab: model.Lab, host: testinfra.host.Host) -> None:
    """The API server is reached at its cluster address from each node, with a certificate that is right there too."""
    authority = "/etc/kubernetes/kubelet/ca.crt"

    def lives() -> None:  # a busy API server is told by its own checks that etcd is slow
        said = host.run(f"curl --silent --cacert {authority} https://{lab.network.api_service}/livez").stdout
        if said != "ok":
            raise checks.Wrong(f"{node.name}: {said or 'no answer'}")

    suite.soon(lives)


@pytest.mark.red_by("kube-proxy-gone", depends_on="policy")
def test_node_port_answers(view: checks.View, node: model.Machine) -> None:
    """This computer reaches a service at its port on every node, wherever its pods are."""
    suite.soon(lambda: checks.nodeport_answers(view, node))


@pytest.mark.red_by("kubelet-api-admin-gone", depends_on="policy")
def test_logs_and_exec(view: checks.View, worker: model.Machine) -> None:
    """The lab's own kubectl reads logs on the worker and runs a command there, through the API server."""
    suite.soon(lambda: checks.logs_and_exec(view, worker))


@pytest.mark.apart
@pytest.mark.red_by("calico-node-stopped", depends_on="policy")
def test_standing_policy_is_enforced(view: checks.View, route: Route) -> None:
    """Between the probes one port is open and one is closed by a policy, though somebody listens at both."""
    suite.soon(lambda: checks.policy_enforced(view, *route))


def rule(name: str, ingress: list[kube_api.Json]) -> kube_api.Json:
    """Return a policy for the pods that serve: what it lists comes in, nothing else."""
    spec = {"podSelector": {"matchLabels": {"app": "served"}}, "policyTypes": ["Ingress"], "ingress": ingress}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


@pytest.mark.red_by("calico-node-stopped", depends_on="policy")
def test_policy_denies_and_then_allows(view: checks.View, lab: model.Lab, namespace: str) -> None:
    """Without a policy a pod is reached; one that allows nothing stops that; one that names the asker lets it again."""
    first, last = lab.workers[0], lab.workers[-1]
    command = ["/agnhost", "netexec", "--http-port=8080"]
    served = suite.run_pod(view, namespace, probes.pod(lab, "served", command, node=last.name), last)
    asking = suite.run_pod(view, namespace, probes.pod(lab, "asking", command, node=first.name), first)
    policies = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies"

    def ask() -> str:
        return probes.inside(view, asking, f"wget -q -T 1 -O - http://{served.address}:8080/hostname").strip()

    def reached() -> None:
        assert suite.soon(ask) == "served"

    reached()
    view.api.create(policies, rule("nobody", []))
    suite.soon(lambda: denied(ask))
    view.api.create(policies, rule("asking", [{"from": [{"podSelector": {"matchLabels": {"app": "asking"}}}]}]))
    reached()
    view.api.delete(f"{policies}/asking")
    suite.soon(lambda: denied(ask))


def denied(ask: Callable[[], str]) -> None:
    """The asking fails."""
    try:
        ask()
    except checks.Wrong:
        return
    raise checks.Wrong("it was answered")


@pytest.mark.addon(model.Addon.GUESTBOOK)
@pytest.mark.red_by("frontend-selector", depends_on="guestbook")
def test_guestbook_answers_on_every_node(node: model.Machine) -> None:
    """The guestbook's own node port leads to a frontend from each node."""
    session = requests.Session()
    session.trust_env = False
    reply = session.get(f"http://{node.address}:{checks.GUESTBOOK_PORT}/readyz", timeout=5)
    assert reply.text.strip() == "ok"
    assert reply.headers["X-Pod-Name"].startswith("frontend-")
