"""Every derived value of a lab follows from its file: no address or name is written twice."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import hypothesis
import labs_data
import pytest
from hypothesis import strategies

from kubelab import errors, model, paths
from kubelab.config import load, rules, schema


@pytest.fixture(autouse=True)
def _own_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "VERSIONS", labs_data.DATA / "versions")


def test_the_values_of_the_original_lab_are_kept() -> None:
    """Names, octets, ranges and service addresses are those that the original lab had."""
    lab = labs_data.lab()
    assert (str(lab.network.pods), str(lab.network.services)) == ("10.2.0.0/16", "10.3.0.0/24")
    assert (str(lab.network.api_service), str(lab.network.dns_service)) == ("10.3.0.1", "10.3.0.10")
    assert (lab.network.domain, str(lab.network.gateway)) == ("cluster.local", "192.168.56.1")
    assert lab.api_endpoint == "https://192.168.56.111:6443"
    assert lab.etcd_endpoints == ("https://192.168.56.101:2379",)


def test_the_service_address_in_the_certificate_follows_the_range() -> None:
    """The original had 10.3.0.1 literally in a certificate while the range was a variable."""
    text = b"network: {services: 10.96.0.0/16, domain: example.org}"
    lab = load.lab(load.parse("mine", text, "labs/mine.yaml"), labs_data.NETWORK)
    assert lab.network.api_service == IPv4Address("10.96.0.1")
    assert {"10.96.0.1", "kubernetes.default.svc.example.org"} <= set(lab.api_sans)
    assert "10.3.0.1" not in lab.api_sans


def test_only_the_default_lab_has_bare_names_in_vagrant() -> None:
    """All labs share Vagrant's state folder; containers and volumes carry the lab's name always."""
    mine, default = labs_data.lab("mine"), labs_data.lab()
    assert [machine.vagrant_name for machine in default.machines] == [machine.name for machine in default.machines]
    assert {machine.vagrant_name for machine in mine.machines}.isdisjoint(machine.name for machine in mine.machines)
    assert {m.container for m in mine.machines}.isdisjoint(m.container for m in default.machines)
    assert {name for m in mine.machines for name in m.data}.isdisjoint(
        name for m in default.machines for name in m.data
    )
    assert mine.context == "kubelab-mine"


@pytest.mark.parametrize("name", ["", ".", "..", "../..", "/home/me", "a/../..", "A", "-x", "x" * 21, "a\n"])
def test_a_labs_places_are_never_outside_of_build(name: str) -> None:
    """Destroy removes what is under them: `lab.destroy --lab ../..` must not even name a folder."""
    with pytest.raises(errors.LabError, match="there is no lab"):
        paths.LabPaths(name=name)
    assert paths.LabPaths(name="mine").root == paths.BUILD / "mine"


def test_kinds_have_their_machines_and_etcd_is_no_node() -> None:
    """Every machine is of one kind; those that run a kubelet are nodes."""
    lab = labs_data.lab(workers=3)
    assert (len(lab.etcd), len(lab.control_plane), len(lab.workers)) == (1, 1, 3)
    assert lab.nodes == (*lab.control_plane, *lab.workers)
    assert not any(machine.is_node for machine in lab.etcd)


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(strategies.integers(1, 9), strategies.integers(0, 7))
def test_every_lab_that_the_rules_accept_has_one_address_a_machine(workers: int, third: int) -> None:
    """Up to nine workers in any network of the pool: addresses and names are distinct and inside."""
    network = list(rules.POOL.subnets(new_prefix=24))[third]
    lab = labs_data.lab(workers=workers, network=network)
    assert len({machine.address for machine in lab.machines}) == len({m.name for m in lab.machines}) == workers + 2
    assert all(machine.address in network and machine.address != lab.network.gateway for machine in lab.machines)


def test_the_names_of_a_lab_fit_into_certificates_and_host_names() -> None:
    """The longest name that the rules accept still fits: 64 characters in a subject, 63 in a host name."""
    name = "w" + "x" * 39
    spec = load.parse("mine", f"machines: {{worker: {{name: {name}}}}}".encode(), "labs/mine.yaml")
    longest = load.lab(spec, IPv4Network("192.168.56.0/24")).workers[0].name
    assert len(f"system:node:{longest}") <= 64
    assert len(longest) <= 63


def test_the_names_of_kinds_are_the_file_s_keys() -> None:
    """The shape of the file has a section for every kind there is."""
    assert schema.keys(("machines",)) == [str(kind) for kind in model.Kind]
