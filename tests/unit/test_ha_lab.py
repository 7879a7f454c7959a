"""A lab of three etcd members and three control planes: what is derived, issued, rendered and checked for it."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import components_data
import labs_data
import pytest
from cryptography import x509

from kubelab import artifact, checks, errors, model, paths
from kubelab.checks import high_availability
from kubelab.clients import doors, kube_api, ssh
from kubelab.components import cache_layout, pod_images, selection
from kubelab.config import change_effects, load
from kubelab.diagnosis import evidence_json
from kubelab.pki import certlist
from kubelab.render import addons, box_files, roles

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
FACTS = model.HostFacts(memory=8192, cpus=4, cgroup_v2=True, resolvers=("9.9.9.9",))
TEXT = "machines: {etcd: {count: 3}, control-plane: {count: 3}}"
VIRTUAL = "192.168.56.100"


def lab(text: str = TEXT) -> model.Lab:
    """Return the lab of a file's text, in the default lab's network."""
    found = load.lab(load.parse("ha", text.encode(), "labs/ha.yaml"), labs_data.NETWORK)
    return dataclasses.replace(found, versions=components_data.versions())


LAB, SINGLE = lab(), lab("")
BUNDLE = certlist.issue(LAB, {}, NOW)
VIEW = checks.View.of(LAB, paths.LabPaths(name="ha"))


def files(of: model.Lab, machine: model.Machine) -> dict[str, str]:
    """Return the text files of a machine, by path."""
    software = cache_layout.software(of.versions, pod_images.of_lab(of))
    inputs = box_files.Inputs(lab=of, bundle=BUNDLE, facts=FACTS, software=software)
    found = box_files.receive(inputs, machine)
    return {item.path: item.content.decode() for item in found if isinstance(item, artifact.Artifact)}


@pytest.mark.parametrize(("api", "router"), [("10.1.1.0", 255), ("10.1.1.255", 255), ("10.1.1.9", 9)])
def test_an_address_that_ends_in_0_has_a_number_that_keepalived_takes(api: str, router: int) -> None:
    """Of a large network it may end so; keepalived takes 1 to 255, and would have held no address at all."""
    text = f"network: {{machines: 10.1.0.0/16, api: {api}}}\n{TEXT}"
    found = load.lab(load.parse("ha", text.encode(), "labs/ha.yaml"), IPv4Network("10.1.0.0/16"))
    found = dataclasses.replace(found, versions=components_data.versions())
    (conf,) = [text for path, text in files(found, found.control_plane[0]).items() if path.endswith("keepalived.conf")]
    assert f"virtual_router_id {router}\n" in conf
    assert f"{api}/32" in conf


def test_names_and_addresses_go_on_from_the_single_ones() -> None:
    """The first machine of each kind is the one that a smaller lab has; the virtual address is octet 100."""
    assert [machine.name for machine in LAB.etcd] == ["etcd-01", "etcd-02", "etcd-03"]
    assert [machine.name for machine in LAB.control_plane] == ["kube-master-01", "kube-master-02", "kube-master-03"]
    assert (LAB.etcd[0], LAB.workers) == (dataclasses.replace(SINGLE.etcd[0]), SINGLE.workers)
    assert LAB.api_endpoint == f"https://{VIRTUAL}:6443"
    assert SINGLE.api_endpoint == "https://192.168.56.111:6443"
    assert {machine.virtual for machine in SINGLE.machines} == {None}


def test_three_etcd_members_need_no_virtual_address() -> None:
    """Its reason is a second control plane."""
    assert lab("machines: {etcd: {count: 3}}").virtual is None
    named = "machines: {control-plane: {count: 2}}\nnetwork: {machines: 192.168.56.0/24, api: 192.168.56.9}"
    assert lab(named).virtual == IPv4Address("192.168.56.9")


def test_every_problem_of_the_numbers_is_told_at_once() -> None:
    """Two members, six control planes and an address that a worker has are three lines."""
    text = """network: {machines: 192.168.56.0/24, api: 192.168.56.121}
machines: {etcd: {count: 2}, control-plane: {count: 6}}"""
    with pytest.raises(errors.LabError) as problem:
        load.parse("ha", text.encode(), "labs/ha.yaml")
    places = [row.partition(" ")[0] for row in map(str, problem.value.details)]
    assert places == ["network.api", "machines.etcd.count", "machines.control-plane.count"]


def test_one_to_three_is_refused_with_what_to_do() -> None:
    """The number stands for the names and addresses that changed with it; the word to type is in the line."""
    with pytest.raises(errors.LabError) as problem:
        change_effects.refuse(LAB, change_effects.kept(SINGLE))
    etcd, plane = map(str, problem.value.details)
    assert etcd.startswith("machines.etcd.count: 1 -> 3 (")
    assert plane.startswith("machines.control-plane.count: 1 -> 3 (")
    assert "./run lab.destroy" in etcd
    change_effects.refuse(LAB, change_effects.kept(LAB))


@pytest.mark.parametrize(
    ("was", "now", "refused"),
    [
        ((3, 3), (5, 3), ()),
        ((5, 3), (3, 3), ()),
        ((3, 2), (3, 5), ()),
        ((3, 5), (5, 2), ()),
        ((3, 3), (1, 3), ("machines.etcd.count",)),
        ((3, 1), (3, 2), ("machines.control-plane.count",)),
        ((5, 2), (3, 1), ("machines.control-plane.count",)),
    ],
)
def test_a_number_changes_among_several_only(
    was: tuple[int, int], now: tuple[int, int], refused: tuple[str, ...]
) -> None:
    """Members and control planes are added to those there are, and the last ones removed; one alone is another lab."""
    before, after = (
        lab(f"machines: {{etcd: {{count: {etcd}}}, control-plane: {{count: {planes}}}}}") for etcd, planes in (was, now)
    )
    if not refused:
        change_effects.refuse(after, change_effects.kept(before))
        return
    with pytest.raises(errors.LabError) as problem:
        change_effects.refuse(after, change_effects.kept(before))
    assert tuple(str(row).partition(":")[0] for row in problem.value.details) == refused


def test_other_names_are_refused_also_with_another_number() -> None:
    """The volumes go by the names that stay."""
    named = "machines: {etcd: {count: 5, name: store}, control-plane: {count: 3}}"
    with pytest.raises(errors.LabError, match="cannot be changed"):
        change_effects.refuse(lab(named), change_effects.kept(LAB))


def test_what_a_lab_with_one_control_plane_keeps_has_no_new_key() -> None:
    """Its file under build/ is the one that earlier commits wrote."""
    assert not [key for key in change_effects.kept(SINGLE) if key == "network.api" or key.endswith(".count")]
    assert change_effects.kept(LAB)["network.api"] == VIRTUAL


def test_the_api_server_s_certificate_has_every_name() -> None:
    """Each control plane's name and address, and the virtual address: one certificate serves behind all of them."""
    certificate = x509.load_pem_x509_certificate(BUNDLE.pair("kubernetes/apiserver").certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    found = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    wanted = {VIRTUAL} | {name for row in LAB.control_plane for name in (row.name, str(row.address))}
    assert wanted <= found
    assert VIRTUAL not in SINGLE.api_sans


def test_every_member_has_its_own_certificates() -> None:
    """Peer, server and client certificates go by the member's name."""
    issued = {path for path in BUNDLE.files if path.startswith("etcd/etcd-")}
    assert {path.split("/")[1] for path in issued} == {"etcd-01", "etcd-02", "etcd-03"}
    assert {path.split("/")[2] for path in issued} == {
        f"{use}.{end}" for use in ("peer", "server", "client") for end in ("crt", "key")
    }


@pytest.mark.parametrize("member", LAB.etcd, ids=lambda machine: machine.name)
def test_each_etcd_member_starts_with_all_of_them(member: model.Machine) -> None:
    """The members find each other by one list, and each speaks from its own address."""
    text = files(LAB, member)["/etc/etcd/etcd.conf.yaml"]
    wanted = ",".join(f"etcd-0{number}=https://192.168.56.10{number}:2380" for number in (1, 2, 3))
    assert f"initial-cluster: {wanted}\n" in text
    assert f"initial-advertise-peer-urls: https://{member.address}:2380\n" in text


@pytest.mark.parametrize("member", LAB.etcd, ids=lambda machine: machine.name)
def test_each_of_several_members_is_started_by_a_script(member: model.Machine) -> None:
    """It has the script; a single member has none and is started as ever."""
    found = files(LAB, member)
    assert f"\nExecStart={box_files.START_ETCD}\n" in found[f"{roles.UNITS}/etcd.service"]
    assert found[box_files.START_ETCD] == (paths.PROVISION / "start-etcd.sh").read_text(encoding="utf-8")
    single = files(SINGLE, SINGLE.etcd[0])
    assert box_files.START_ETCD not in single
    wanted = "\nExecStart=/opt/bin/etcd --config-file /etc/etcd/etcd.conf.yaml\n"
    assert wanted in single[f"{roles.UNITS}/etcd.service"]


@pytest.mark.parametrize("node", LAB.nodes, ids=lambda machine: machine.name)
def test_nodes_know_every_member_and_only_the_virtual_address(node: model.Machine) -> None:
    """flannel, Calico and the API servers have three endpoints; every kubeconfig leads to the virtual address."""
    found = files(LAB, node)
    every = ",".join(LAB.etcd_endpoints)
    assert f"FLANNELD_ETCD_ENDPOINTS={every}\n" in found["/etc/flannel/options.env"]
    assert f"ETCD_ENDPOINTS={every}\n" in found["/etc/calico/calico-node.env"]
    servers = [line.strip() for text in found.values() for line in text.splitlines() if line.startswith("    server: ")]
    assert len(servers) >= 3
    assert set(servers) == {f"server: https://{VIRTUAL}:6443"}


@pytest.mark.parametrize("plane", LAB.control_plane, ids=lambda machine: machine.name)
def test_each_control_plane_can_serve_alone(plane: model.Machine) -> None:
    """Its API server answers at any address and names its own; controllers elect a leader; add-ons have turns."""
    found = files(LAB, plane)
    server = found[f"{roles.MANIFESTS}/kube-apiserver.yaml"]
    assert "--bind-address=0.0.0.0\n" in server
    assert f"--advertise-address={plane.address}\n" in server
    for name in ("kube-controller-manager", "kube-scheduler"):
        assert "--leader-elect=true\n" in found[f"{roles.MANIFESTS}/{name}.yaml"]
    assert f"ExecStart={addons.IN_TURN} kubelab-addons /opt/bin/kubelab-apply-addons" in found[ADDONS]
    assert found["/etc/kubernetes/kube-apiserver/encryption.yaml"] == ENCRYPTION


ADDONS = f"{roles.UNITS}/kubelab-addons.service"
ENCRYPTION = files(LAB, LAB.control_plane[0])["/etc/kubernetes/kube-apiserver/encryption.yaml"]


def test_keepalived_prefers_the_first_and_speaks_to_the_others_only() -> None:
    """Priorities fall in the order of the machines; nobody takes the address away from one that has it."""
    texts = [files(LAB, plane)["/etc/kubernetes/keepalived/keepalived.conf"] for plane in LAB.control_plane]
    priorities = [int(text.partition("priority ")[2].split()[0]) for text in texts]
    assert priorities == sorted(priorities, reverse=True)
    assert len(set(priorities)) == 3
    for plane, text in zip(LAB.control_plane, texts, strict=True):
        peers = text.partition("unicast_peer {")[2].partition("}")[0].split()
        assert peers == [str(other.address) for other in LAB.control_plane if other is not plane]
        assert f"unicast_src_ip {plane.address}\n" in text
        assert f"https://{plane.address}:6443/readyz" in text
        assert "  nopreempt\n" in text
        assert f"    {VIRTUAL}/32\n" in text


def test_keepalived_may_change_addresses_send_raw_packets_and_set_groups() -> None:
    """It has these capabilities and no others; without the last its health check would always succeed."""
    text = files(LAB, LAB.control_plane[1])[f"{roles.MANIFESTS}/keepalived.yaml"]
    assert re.search(r"drop: \[ALL\]\n *#.*\n *add: \[NET_ADMIN, NET_RAW, SETGID\]\n", text)
    assert "privileged" not in text


def test_a_single_control_plane_has_nothing_of_it() -> None:
    """No file, step, link or image of several control planes; the API server is on the machine's address alone."""
    plane = SINGLE.control_plane[0]
    found = files(SINGLE, plane)
    assert f"--bind-address={plane.address}\n" in found[f"{roles.MANIFESTS}/kube-apiserver.yaml"]
    assert "\nExecStart=/opt/bin/kubelab-apply-addons /etc/kubernetes/addons\n" in found[ADDONS]
    assert not [path for path, text in found.items() if "keepalived" in path + text or "in-turn" in path + text]
    assert roles.of(plane) == roles.ROLES[model.Kind.CONTROL_PLANE]
    assert "keepalived" not in pod_images.of_lab(SINGLE)


def test_the_image_is_built_and_imported_for_several_control_planes_only() -> None:
    """`lab.up` of another lab does not wait for it, and no image store holds it."""
    assert set(selection.of_lab(LAB)) - set(selection.of_lab(SINGLE)) == {"keepalived"}
    assert "keepalived" not in {entry.name for entry in selection.entries(LAB.versions)}
    assert not [kind for kind in model.Kind if "keepalived" in pod_images.images_for_kind(kind)]
    steps = files(LAB, LAB.control_plane[2])[box_files.STEPS].splitlines()
    (run,) = [line for line in steps if "keepalived" in line]
    assert run.startswith("run-static-pod keepalived ")
    assert "keepalived" not in files(LAB, LAB.workers[0])[box_files.STEPS]


def test_evidence_keeps_the_virtual_address() -> None:
    """What is kept of a lab for a later judgement knows it; that of a single control plane has no such field."""
    for one in (LAB, SINGLE):
        kept = json.loads(json.dumps(evidence_json._lab(one)))
        assert evidence_json._lab_of(kept) == one
    assert "virtual" not in json.dumps(evidence_json._lab(SINGLE))


def boxes_say(monkeypatch: pytest.MonkeyPatch, said: dict[str, str | Exception]) -> None:
    """Let a command print this in each named box, and refuse to be run in another."""

    def run(_: paths.LabPaths, machine: model.Machine, command: str, **__: Any) -> str:
        answer = said[machine.name]
        assert VIRTUAL in command or "etcdctl member list" in command
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(ssh, "run", run)


HAS = f"5: eth1    inet {VIRTUAL}/32 scope global eth1\n"
GONE = ssh.Unreachable("kube-master-02: no route")


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ((HAS, "", ""), None),
        (("", "", HAS), None),
        (("", GONE, HAS), None),
        (("", "", ""), (checks.Wrong, f"no control plane has {VIRTUAL}")),
        ((HAS, "", HAS), (checks.Wrong, f"kube-master-01, kube-master-03 have {VIRTUAL} at the same time")),
        (("", GONE, ""), (checks.Silent, "kube-master-02: no route")),
    ],
)
def test_exactly_one_has_the_address(
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[str | Exception, ...],
    seen: tuple[type[Exception], str] | None,
) -> None:
    """None and two are wrong; with none and a silent machine it cannot be told."""
    boxes_say(monkeypatch, {plane.name: row for plane, row in zip(LAB.control_plane, said, strict=True)})
    if seen is None:
        high_availability.address_held(VIEW)
    else:
        with pytest.raises(seen[0], match=seen[1]):
            high_availability.address_held(VIEW)


def members(*names: str, learner: str = "") -> str:
    """Return what etcdctl lists."""
    rows = [{"name": name, **({"isLearner": True} if name == learner else {})} for name in names]
    return json.dumps({"members": rows})


ALL = ("etcd-01", "etcd-02", "etcd-03")


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (members(*ALL), None),
        (members("etcd-01", "etcd-02"), (checks.Wrong, "etcd-02 knows etcd-01, etcd-02; the lab has")),
        (members("etcd-01", "etcd-02", ""), (checks.Wrong, "one without a name")),
        (members(*ALL, learner="etcd-03"), (checks.Wrong, "etcd-03 has no vote yet")),
        ("no", (checks.Silent, "etcd-02 lists its members in another way")),
        (ssh.Unreachable("etcd-02: no route"), (checks.Silent, "etcd-02: no route")),
    ],
)
def test_every_member_names_exactly_the_lab_s(
    monkeypatch: pytest.MonkeyPatch, said: str | Exception, seen: tuple[type[Exception], str] | None
) -> None:
    """One member that knows others, or one that learns, is wrong and named; a silent one cannot be told."""
    others: dict[str, str | Exception] = dict.fromkeys(ALL, members(*ALL))
    boxes_say(monkeypatch, others | {"etcd-02": said})
    if seen is None:
        high_availability.members_agree(VIEW)
    else:
        with pytest.raises(seen[0], match=seen[1]):
            high_availability.members_agree(VIEW)


def test_every_api_server_is_asked_at_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not ready is wrong and named, although the virtual address answers."""
    asked: list[str] = []

    class Reply:
        def __init__(self, code: int) -> None:
            self.ok, self.status_code = code == 200, code

    class Door:
        def __init__(self, url: str) -> None:
            self.url = url

        def request(self, *words: str) -> Reply:
            assert words == ("GET", "/readyz")
            asked.append(self.url)
            return Reply(500 if "113" in self.url else 200)

    monkeypatch.setattr(kube_api.Api, "of", lambda _, url, *__, **___: Door(url))
    with pytest.raises(checks.Wrong, match=r"^/readyz of kube-master-03 says 500$"):
        high_availability.servers_ready(VIEW)
    assert sorted(asked) == [f"https://{plane.address}:6443" for plane in LAB.control_plane]


def test_a_silent_api_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without power gives no answer at all: the words say which one it is."""

    class Door:
        def __init__(self, url: str) -> None:
            self.url = url

        def request(self, *_: str) -> object:
            if "112" in self.url:
                raise doors.NoAnswer("no answer came")
            return type("Reply", (), {"ok": True})

    monkeypatch.setattr(kube_api.Api, "of", lambda _, url, *__, **___: Door(url))
    with pytest.raises(checks.Silent, match=r"^kube-master-02: no answer came$"):
        high_availability.servers_ready(VIEW)


def test_only_a_lab_with_several_has_these_checks() -> None:
    """A lab with one of each is waited for as before; three members alone add the look at them."""
    assert high_availability.wanted(SINGLE) == {}
    assert list(high_availability.wanted(lab("machines: {etcd: {count: 3}}"))) == ["etcd members"]
    assert list(high_availability.wanted(LAB)) == ["etcd members", "API servers", "virtual address"]


def test_a_word_for_any_member_goes_to_one_that_answers() -> None:
    """The first that lets one in does the work; a refusal there is no reason to ask another; with none it is said."""
    asked: list[str] = []

    def work(silent: tuple[str, ...], machine: model.Machine) -> str:
        asked.append(machine.name)
        if machine.name in silent:
            raise ssh.Unreachable(f"{machine.name}: no route")
        if machine.name == "etcd-02":
            raise ssh.Failed(machine, "put", 1, "refused")
        return machine.name

    assert ssh.first(LAB.etcd, lambda machine: work(("etcd-02",), machine)) == "etcd-01"
    assert ssh.first(LAB.etcd[1:], lambda machine: work(("etcd-02",), machine)) == "etcd-03"
    with pytest.raises(ssh.Failed):
        ssh.first(LAB.etcd[1:], lambda machine: work((), machine))
    with pytest.raises(ssh.Unreachable, match="etcd-03: no route"):
        ssh.first(LAB.etcd, lambda machine: work(ALL, machine))
    assert asked == ["etcd-01", "etcd-02", "etcd-03", "etcd-02", *ALL]
