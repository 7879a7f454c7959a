"""Network policies are evaluated by expressions, namespaces, addresses and ports, also for later pods."""

from __future__ import annotations

from typing import Any

import graders_data
import pytest

from kubelab.exercises import network_policies

LEDGER = {"kubernetes.io/metadata.name": "ledger"}
STORE = network_policies.End(name="ledger/store", namespace="ledger", labels={"app": "store"}, space=LEDGER,
                        ports=[{"name": "books", "containerPort": 8080}], address="10.2.1.1")  # fmt: skip
CLERK = network_policies.End(
    name="ledger/clerk", namespace="ledger", labels={"app": "clerk"}, space=LEDGER, address="10.2.1.2"
)
OUTSIDE = network_policies.End(name="outside", address="203.0.113.7")


def policy(*rules: dict[str, Any], kind: str = "Ingress", **spec: Any) -> dict[str, Any]:
    """Return a policy for the store with these rules."""
    said = {"podSelector": {"matchLabels": {"app": "store"}}, "policyTypes": [kind], **spec}
    return {"metadata": {"name": "p"}, "spec": {**said, kind.lower(): list(rules)}}


def of(*peers: dict[str, Any], **ports: Any) -> dict[str, Any]:
    """Return a rule for peers, and for ports if any are given."""
    return {"from": list(peers), **({"ports": [ports]} if ports else {})}


BY_LABEL = {"podSelector": {"matchLabels": {"app": "clerk"}}}


@pytest.mark.parametrize(
    ("rule", "who", "port", "open_"),
    [
        (of(BY_LABEL), CLERK, 8080, True),
        (of(BY_LABEL, port=8080), CLERK, 8080, True),
        (of(BY_LABEL, port="books"), CLERK, 8080, True),
        (of(BY_LABEL, port="papers"), CLERK, 8080, False),
        (of(BY_LABEL, port=8000, endPort=8090), CLERK, 8080, True),
        (of(BY_LABEL, port=8000, endPort=8079), CLERK, 8080, False),
        (of(BY_LABEL, port=8080, protocol="UDP"), CLERK, 8080, False),
        (of(BY_LABEL, protocol="TCP"), CLERK, 7070, True),
        (of(BY_LABEL, port=8080), CLERK, 7070, False),
        (
            of({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["clerk"]}]}}),
            CLERK,
            1,
            True,
        ),
        (of({"podSelector": {}}), CLERK, 1, True),
        (of({"podSelector": {}}), network_policies.moved(CLERK, "branch"), 1, False),
        (of({"namespaceSelector": {}, **BY_LABEL}), network_policies.moved(CLERK, "branch"), 1, True),
        (of({"namespaceSelector": {"matchLabels": LEDGER}, **BY_LABEL}), CLERK, 1, True),
        (
            of({"namespaceSelector": {"matchLabels": LEDGER}, **BY_LABEL}),
            network_policies.moved(CLERK, "branch"),
            1,
            False,
        ),
        (of({"namespaceSelector": {"matchLabels": LEDGER}}, BY_LABEL), STORE, 1, True),
        (of({"ipBlock": {"cidr": "10.2.1.2/32"}}), CLERK, 1, True),
        (of({"ipBlock": {"cidr": "10.2.1.2/32"}}), network_policies.renewed(CLERK), 1, False),
        (of({"ipBlock": {"cidr": "10.2.0.0/16", "except": ["10.2.1.0/24"]}}), CLERK, 1, False),
        (of({"ipBlock": {"cidr": "0.0.0.0/0"}}), OUTSIDE, 1, True),
        (of({"podSelector": {}}), OUTSIDE, 1, False),
        ({}, OUTSIDE, 1, True),
    ],
)
def test_a_rule_is_evaluated(rule: dict[str, Any], who: network_policies.End, port: int, open_: bool) -> None:
    """Peers by labels, namespaces and addresses; ports by number, name, range and protocol; what is left out is all."""
    assert network_policies.lets([policy(rule)], STORE, who, "Ingress", port) is open_


def test_policies_add_up_and_a_pod_that_none_chooses_is_open() -> None:
    """Two policies let in what one of them does; one for another pod or direction changes nothing."""
    shut, opened = policy(), policy(of(BY_LABEL))
    assert not network_policies.lets([shut], STORE, CLERK, "Ingress", 1)
    assert network_policies.lets([shut, opened], STORE, CLERK, "Ingress", 1)
    assert network_policies.lets([shut], CLERK, STORE, "Ingress", 1)
    assert network_policies.lets([shut], STORE, OUTSIDE, "Egress", 1)
    without: dict[str, Any] = {"spec": {"podSelector": {}, "egress": []}}
    assert network_policies.chosen([without], STORE, "Ingress")
    assert network_policies.chosen([without], STORE, "Egress")


def pod(space: str, app: str, address: str, **spec: Any) -> dict[str, Any]:
    """Return a pod as the API shows it."""
    ready = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": f"{app}-1", "namespace": space, "labels": {"app": app}},
        "spec": {"containers": [{"name": "app"}], **spec}, "status": {"podIP": address, "conditions": ready},
    }  # fmt: skip


GOALS = ("stranger_stays_out", "other_namespace_stays_out", "only_one_port")
GUARDS = ("client_still_gets_in", "store_may_go_out")


def lax(*policies: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what policy-too-lax says of policies, in a cluster whose probes see what it should be."""
    rows = [pod("ledger", name, f"10.2.1.{number}") for number, name in enumerate(("store", "clerk", "stranger"), 1)]
    rows += [pod("branch", "visitor", "10.2.2.1"), pod("kube-system", "etc", "192.168.9.9", hostNetwork=True)]
    names = ("ledger", "branch", "kube-system")
    spaces = [{"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}} for name in names]
    lab = graders_data.Lab(
        {"/api/v1/pods": rows, "/api/v1/namespaces": spaces,
         "/apis/networking.k8s.io/v1/namespaces/ledger/networkpolicies": list(policies)},
        space="ledger", client="clerk", elsewhere="branch", port="8080",
    )  # fmt: skip
    found = []
    for name in GOALS + GUARDS:
        look = graders_data.check("policy-too-lax", name)
        looks = look.__globals__["looks"]
        for probe in ("refused", "connects"):
            monkeypatch.setattr(looks, probe, lambda *_: None)
        monkeypatch.setattr(looks, "pods_ready", lambda *_: rows[:1])
        found.append(graders_data.verdict(look, lab, *([[]] if name in GUARDS else [])))
    return "; ".join(filter(None, found))


PRIVATE = ["10.0.0.0/8", "192.168.0.0/16"]
NOT_IN = {"key": "app", "operator": "NotIn", "values": ["stranger"]}
RIGHT = {"from": [BY_LABEL], "ports": [{"port": 8080}]}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (RIGHT, ""),
        ({**RIGHT, "from": [{"namespaceSelector": {"matchLabels": LEDGER}, **BY_LABEL}]}, ""),
        ({**RIGHT, "ports": [{"port": 8080, "endPort": 8080}]}, ""),
        ({**RIGHT, "ports": [{"port": 8080, "endPort": 8081}]}, "ledger/clerk-1 into store at port 8081"),
        ({**RIGHT, "ports": []}, "clerk-1 into store at port"),
        ({**RIGHT, "from": [{"podSelector": {}}]}, "ledger/stranger-1 into store at port 8080"),
        ({**RIGHT, "from": [{"namespaceSelector": {}, **BY_LABEL}]}, "a pod like it in branch"),
        ({**RIGHT, "from": [{"namespaceSelector": {"matchLabels": LEDGER}}, BY_LABEL]}, "ledger/stranger-1"),
        ({**RIGHT, "from": [{"podSelector": {"matchExpressions": [NOT_IN]}}]},
         "a pod without labels"),
        ({**RIGHT, "from": [{"ipBlock": {"cidr": "10.2.1.2/32"}}]}, "do not let in a pod of clerk with a new address"),
        ({**RIGHT, "from": [BY_LABEL, {"ipBlock": {"cidr": "192.168.9.0/24"}}]}, "kube-system/etc-1"),
        ({**RIGHT, "from": [BY_LABEL, {"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}}]}, "an address outside"),
    ],
)  # fmt: skip
def test_only_the_client_means_nobody_else(rule: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two that the task names were probed, and nobody else; who comes tomorrow or from elsewhere is judged, too."""
    found = lax(policy(rule), monkeypatch=monkeypatch)
    assert (said in found) if said else not found


def test_a_policy_that_also_shuts_the_way_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the one pod that is probed is let through."""
    out = policy({"to": [{"namespaceSelector": {}}]}, kind="Egress")
    assert "limits the connections that store may open" in lax(policy(RIGHT), out, monkeypatch=monkeypatch)
