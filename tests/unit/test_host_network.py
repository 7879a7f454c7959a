"""Networks of real computers: VPNs, a company's addresses inside the lab's, name servers that no pod reaches."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import labs_data
import pytest
from fakes import Answer, Computer

from kubelab import errors, host, model, paths
from kubelab.config import load, rules
from kubelab.converge import session
from kubelab.course import student_labs
from kubelab.host import doctor, doctor_findings, names, network
from kubelab.state import subnets

LAB = labs_data.lab()
MINE = LAB.network.machines
HALVES = ("0.0.0.0/1", "128.0.0.0/1")


def subject(**changed: Any) -> doctor_findings.Subject:
    """Return a computer with nothing in the lab's way, and some of it changed; routes are given as text."""
    routes = {IPv4Network(text): device for text, device in changed.pop("routes", {}).items()}
    usual: dict[str, Any] = {"lab": LAB, "engine": {}, "problem": None, "running": frozenset(), "bridges": {}}
    return doctor_findings.Subject(**{**usual, "routes": routes, **changed})


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer with a folder of labs, whose Docker has nothing."""
    made = Computer.made(tmp_path, monkeypatch)
    made.program("docker", {"network ls": Answer(), "ps": Answer()})
    (tmp_path / "labs/versions").mkdir(parents=True)
    version = 'components: {kubernetes: "1.37.1"}\n'
    (tmp_path / "labs/versions/1.37.yaml").write_text(version, encoding="utf-8")
    (tmp_path / "labs/mine.yaml").write_text("provider: docker\n", encoding="utf-8")
    monkeypatch.setattr(paths, "LABS", tmp_path / "labs")
    monkeypatch.setattr(paths, "VERSIONS", tmp_path / "labs/versions")
    return made


def routed(computer: Computer, *destinations: str) -> None:
    """Let the computer have these routes beside the default one, and no address that a route does not show."""
    rows = [{"dst": "default", "dev": "eth0"}, *({"dst": text, "dev": "tun0"} for text in destinations)]
    computer.program("ip", {"-j -4 route": Answer(out=json.dumps(rows)), "-j -4 address": Answer(out="[{}]")})


def test_a_full_tunnel_leaves_every_network_free(computer: Computer) -> None:
    """Its two halves are a default route: a lab, a student's lab and the doctor's likely one find their usual place."""
    routed(computer, *HALVES)
    assert subnets.routes() == {}
    assert str(doctor.lab("mine").network.machines) == "192.168.56.0/24"
    assert str(session.open_lab("mine", claim=True)[0].network.machines) == "192.168.57.0/24"
    assert str(load.read(student_labs.ensure_file("s-ada", "mine").stem).network.machines) == "10.77.0.0/24"


@pytest.mark.parametrize(
    ("taken", "alone", "student"),
    [
        (("10.0.0.0/8",), "192.168.57.0/24", "172.29.0.0/24"),
        (("192.168.0.0/16",), "172.28.0.0/24", "10.77.0.0/24"),
        (("10.0.0.0/8", "172.16.0.0/12"), "192.168.57.0/24", "192.168.128.0/24"),
        (("192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8"), "100.78.0.0/24", "100.77.0.0/24"),
    ],
)
def test_a_vpn_that_takes_a_private_range_leaves_another(
    taken: tuple[str, ...], alone: str, student: str, computer: Computer
) -> None:
    """RFC 1918 in whole or in part: a lab and a student's lab are given what is left."""
    routed(computer, *taken)
    assert str(session.open_lab("mine", claim=True)[0].network.machines) == alone
    assert str(load.read(student_labs.ensure_file("s-ada", "mine").stem).network.machines) == student


def test_pods_and_services_are_never_given_to_machines(computer: Computer) -> None:
    """A lab file may have put them into the next range."""
    (paths.LABS / "mine.yaml").write_text("network: {pods: 172.28.0.0/16, services: 10.78.0.0/24}\n", encoding="utf-8")
    routed(computer, "192.168.0.0/16")
    assert str(session.open_lab("mine", claim=True)[0].network.machines) == "10.78.1.0/24"


@pytest.mark.parametrize("act", [lambda: session.open_lab("mine"), lambda: student_labs.ensure_file("s-ada", "mine")])
def test_with_everything_taken_the_key_is_named(act: Callable[[], object], computer: Computer) -> None:
    """The error says which ranges were tried and how a free one is named; the doctor still has a lab to look at."""
    routed(computer, "192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "100.64.0.0/10")
    with pytest.raises(errors.LabError) as caught:
        act()
    assert caught.value.ident == "network-exhausted"
    assert "network: {machines:" in caught.value.remedy
    assert doctor.lab("mine").network.machines.subnet_of(rules.POOL)


def test_a_virtual_machine_stays_where_its_provider_lets_it() -> None:
    """VirtualBox refuses other host-only networks."""
    assert subnets.pools(model.Provider.VIRTUALBOX) == (rules.POOL,)


@pytest.mark.parametrize("bridges", [{MINE: LAB.name}, {}])
def test_a_wider_route_is_a_remark_to_a_lab_that_is_there(bridges: Mapping[IPv4Network, str]) -> None:
    """A VPN came up over a running lab, or over one whose bridge was pruned: its own is the nearer way."""
    routes = {"192.168.0.0/16": "tun0", **{str(found): "br-1" for found in bridges}}
    row = network.check_subnet(subject(routes=routes, bridges=bridges, exists=True))
    assert (row.ok, row.required, row.found) == (False, False, "192.168.0.0/16 leads to tun0")
    new = network.check_subnet(subject(routes=routes, bridges=bridges))
    assert new.required
    assert "network: machines:" in new.fix


@pytest.mark.parametrize("route", ["192.168.56.0/24", "192.168.56.128/25", "192.168.56.7/32"])
def test_a_route_as_near_as_the_labs_own_refuses_with_a_way_out_for_each(route: str) -> None:
    """A lab that is there cannot be moved: its way out is another one than a new lab's."""
    there = network.check_subnet(subject(routes={route: "tun0"}, exists=True))
    new = network.check_subnet(subject(routes={route: "tun0"}))
    assert there.required
    assert new.required
    assert not new.fix.startswith("leave")
    assert there.fix.startswith("leave that network")
    assert "lab.destroy" in there.fix


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"routes": {"10.2.0.0/16": "corp"}}, "pods, 10.2.0.0/16: 10.2.0.0/16 leads to corp"),
        ({"routes": {"10.2.9.0/24": "eth0"}}, "10.2.9.0/24 leads to eth0"),
        (
            {"routes": {"10.3.0.0/24": "br-2"}, "bridges": {IPv4Network("10.3.0.0/24"): "b"}},
            "services, 10.3.0.0/24: 10.3",
        ),
        ({"addresses": {IPv4Address("10.2.0.53"): "corp"}}, "10.2.0.53 is this computer's, on corp"),
        ({"resolvers": [IPv4Address("10.2.0.53")]}, "the name server 10.2.0.53 is in it"),
        ({"resolvers": [IPv4Address("10.3.0.2")]}, "services, 10.3.0.0/24: the name server 10.3.0.2 is in it"),
    ],
)
def test_what_this_computer_has_inside_the_labs_ranges(found: dict[str, Any], said: str) -> None:
    """A route, an address or a name server there is a refusal that names the key; a lab that is there is told only."""
    row = network.check_inner(subject(**found))
    assert (row.ok, row.required) == (False, True)
    assert said in row.found
    key = "services" if said.startswith("services") else "pods"
    assert f"network: {{{key}: " in row.fix
    there = network.check_inner(subject(**found, exists=True))
    assert (there.ok, there.required) == (False, False)
    assert "lab.destroy" in there.fix


def test_dockers_own_bridge_is_no_place_for_pods() -> None:
    """Every box has its first address there; the range that is named instead is free."""
    shape = dataclasses.replace(LAB.network, pods=IPv4Network("172.17.0.0/16"))
    row = network.check_inner(subject(lab=dataclasses.replace(LAB, network=shape), routes={"172.17.0.0/16": "docker0"}))
    assert row.required
    assert "network: {pods: 10.2.0.0/16}" in row.fix


@pytest.mark.parametrize("route", ["10.0.0.0/8", "10.2.0.0/15"])
def test_a_wider_route_around_the_labs_ranges_is_a_remark(route: str) -> None:
    """A company's VPN has all of 10.0.0.0/8: the default lab works in it, and what is hidden is told."""
    row = network.check_inner(subject(routes={route: "tun0"}))
    assert (row.ok, row.required) == (False, False)
    assert f"{route} around it leads to tun0" in row.found


def test_ways_to_the_lab_itself_and_default_routes_are_none() -> None:
    """A person's own route to pods by way of a box; a full tunnel; a network beside."""
    routes = {"192.168.56.0/24": "br-1", "10.2.0.0/16": "br-1", "128.0.0.0/1": "tun0", "172.17.0.0/16": "docker0"}
    assert network.check_inner(subject(routes=routes, bridges={MINE: LAB.name})).ok


def test_a_remark_is_said_and_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`lab.up` hands it on; `host.doctor` counts nothing that needs mending."""
    remark = network.check_inner(subject(routes={"10.0.0.0/8": "tun0"}))
    monkeypatch.setattr(doctor, "quick", lambda _: [remark])
    (said,) = host.refuse_unfit(LAB)
    assert said.startswith("pods and services: ")
    assert "10.0.0.0/8" in said
    assert doctor.fit([remark])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that holds this computer's resolv.conf (`conf`), systemd's (`behind`), its sockets (`udp`)."""
    for name, file in {"CONFIG": "conf", "RESOLVED": "behind", "SOCKETS": "udp"}.items():
        monkeypatch.setattr(names, name, tmp_path / file)
    bridge = {IPv4Address("172.17.0.1"): "docker0", IPv4Address("10.0.0.9"): "eth0"}
    monkeypatch.setattr(subnets, "addresses", lambda: bridge)
    return tmp_path


def heard(folder: Path, *places: str) -> None:
    """Let something listen for UDP at these places, as the kernel writes them."""
    rows = [f"{number}: {place} 00000000:0000 07 0 0 0 0 0 0 1 2 0\n" for number, place in enumerate(places)]
    (folder / "udp").write_text("  sl  local_address rem_address st\n" + "".join(rows), encoding="ascii")


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        (["0100007F:0035"], ()),
        (["010011AC:0035"], ("172.17.0.1",)),
        (["00000000:0035"], ("172.17.0.1",)),
        (["00000000:0044", "0900000A:0035"], ()),
        ([], ()),
    ],
)
def test_a_name_server_of_this_computers_own(places: list[str], wanted: tuple[str, ...], files: Path) -> None:
    """dnsmasq, unbound, Pi-hole on 127.0.0.1: pods reach it on Docker's bridge if it listens there, and else none."""
    (files / "conf").write_text("nameserver 127.0.0.1\n", encoding="utf-8")
    heard(files, *places)
    assert names.reachable() == wanted
    row = network.check_names(subject())
    assert (row.ok, row.required) == (bool(wanted), False)
    assert ("172.17.0.1" if wanted else "127.0.0.1: only this computer itself") in row.found


@pytest.mark.parametrize(
    "text", ["nameserver fd00::53\n", "nameserver fe80::1%eth0\n", "nameserver ::1\n", "", "nameserver x"]
)
def test_without_a_server_that_pods_reach_the_doctor_says_so(text: str, files: Path) -> None:
    """IPv6 alone, none at all, no address: pods know only the cluster's own names."""
    (files / "conf").write_text(text, encoding="utf-8")
    heard(files)
    row = network.check_names(subject())
    assert names.reachable() == ()
    assert (row.ok, row.required) == (False, False)
    assert "only the cluster's own names" in row.wanted


def test_the_name_servers_that_are_held_against_the_ranges_are_all_of_them(files: Path) -> None:
    """Also those behind systemd-resolved's stub; each once."""
    (files / "conf").write_text("nameserver 127.0.0.53\nnameserver 10.2.0.53\n", encoding="utf-8")
    (files / "behind").write_text("nameserver 10.3.0.2\nnameserver 10.2.0.53\n", encoding="utf-8")
    assert list(map(str, names.named())) == ["10.2.0.53", "10.3.0.2"]


def test_this_computers_addresses_are_read(computer: Computer) -> None:
    """As `ip` says them, with empty rows in between."""
    rows = [{}, {"ifname": "corp", "addr_info": [{"local": "10.2.0.53", "prefixlen": 32}, {}]}]
    computer.program("ip", {"-j -4 address": Answer(out=json.dumps(rows))})
    assert subnets.addresses() == {IPv4Address("10.2.0.53"): "corp"}


ODD = {
    "no JSON": "default via 10.0.0.1 dev eth0",
    "cut": '[{"dst":"defa',
    "an object": '{"dst": "10.1.0.0/16"}',
    "rows of other kinds": '[null, 5, "x", [1], {}]',
    "odd destinations": '[{"dst":"10/8"},{"dst":"fe80::/64"},{"dst":"local"},{"dst":5},{"dev":"eth0"},{"dst":null}]',
    "odd addresses": '[{"ifname":"a","addr_info":[{"local":"x"},{"local":"fe80::1"},{"local":null},{"local":7}]}]',
}


@pytest.mark.parametrize("how", ODD)
def test_what_ip_cannot_mean_is_no_route_and_no_traceback(how: str, computer: Computer) -> None:
    """An `ip` of another kind, as busybox has one: rows that can be read count, others do not."""
    computer.program("ip", {"-j -4 route": Answer(out=ODD[how]), "-j -4 address": Answer(out=ODD[how])})
    assert (subnets.routes(), subnets.addresses(), subnets.ways_out()) == ({}, {}, [])


def test_a_resolv_conf_that_is_no_file_names_no_server(files: Path) -> None:
    """A folder in its place, as a mistyped mount of a container leaves one."""
    (files / "conf").mkdir()
    assert (names.reachable(), names.named()) == ((), [])


@pytest.mark.parametrize(
    ("rendered", "now", "said"),
    [
        (
            "nameserver 10.0.0.2\n",
            "nameserver 192.168.1.1\n",
            "pods ask 10.0.0.2 .* this computer asks 192.168.1.1 now",
        ),
        ("nameserver 9.9.9.9\nnameserver 1.1.1.1\n", "nameserver 1.1.1.1\n", "pods ask 9.9.9.9, 1.1.1.1 "),
        ("", "nameserver 192.168.1.1\n", "pods ask no server for names"),
        ("nameserver 9.9.9.9\nnameserver 1.1.1.1\n", "nameserver 1.1.1.1\nnameserver 9.9.9.9\n", None),
        ("nameserver 10.0.0.2\n", "", None),
        (None, "nameserver 192.168.1.1\n", None),
    ],
)
def test_a_laptop_that_moved_is_told(rendered: str | None, now: str, said: str | None, files: Path) -> None:
    """What the lab was rendered with against what this computer asks now; order and a moment offline are nothing."""
    (files / "conf").write_text(now, encoding="utf-8")
    if rendered is not None:
        (files / "rendered").write_text(rendered, encoding="utf-8")
    found = names.moved(files / "rendered")
    assert (found is None) is (said is None)
    assert said is None or re.search(said, found or "")
