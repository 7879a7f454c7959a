"""Graders of a lab with several etcd members and control planes: members, keepalived, a server's certificate."""

from __future__ import annotations

import contextlib
import json
import ssl
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import graders_data
import labs_data
import pytest

from kubelab import checks
from kubelab.exercises import library

LAB = labs_data.lab(members=3, planes=3)
VIRTUAL = str(LAB.virtual)
MEMBERS: list[dict[str, Any]] = [
    {"ID": str(number), "name": one.name, "peerURLs": [f"https://{one.address}:2380"]}
    for number, one in enumerate(LAB.etcd, 1)
]
STATUS = {"header": {"cluster_id": "7"}, "leader": "2"}
LOST = LAB.etcd[1].name


def scene(**more: Any) -> Any:
    """Return a scene in the lab of several."""
    found = graders_data.Lab(**more)
    found.lab = found.view.lab = LAB
    return found


class Etcd:
    """Members that answer: a list and a status for each by name; one without a list does not answer."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for what the checks ask."""
        self.lists: dict[str, list[dict[str, Any]]] = {one.name: [dict(row) for row in MEMBERS] for one in LAB.etcd}
        self.states: dict[str, dict[str, Any]] = {one.name: dict(STATUS) for one in LAB.etcd}
        self.module = library.functions(library.find("etcd-member-lost"))
        patch.setitem(vars(self.module), "_ask", self.ask)

    def ask(self, _: Any, name: str, method: str, path: str) -> Mapping[str, Any]:
        """Answer for a member."""
        if name not in self.lists:
            raise checks.Wrong(f"etcd on {name} does not answer")
        assert (method, path) in (("POST", "v3/cluster/member/list"), ("POST", "v3/maintenance/status"))
        return {"members": self.lists[name]} if "list" in path else self.states[name]

    def verdict(self, name: str, found: Any, *more: object) -> str:
        """Return what a check of the exercise says is wrong."""
        return graders_data.verdict(library.function(self.module, name), found, *more)


@pytest.fixture
def etcd(monkeypatch: pytest.MonkeyPatch) -> Etcd:
    """Return three members that agree."""
    return Etcd(monkeypatch)


def test_members_that_agree_are_right_whatever_they_are_called(etcd: Etcd) -> None:
    """By address or by the machine's name, in any order, under another name."""
    assert etcd.verdict("members_agree", scene(target=LOST)) == ""
    for rows in etcd.lists.values():
        rows[1] = {**rows[1], "name": "again", "peerURLs": [f"https://{LOST}:2380"]}
        rows.reverse()
    assert etcd.verdict("members_agree", scene(target=LOST)) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.pop(1), "lists no member at"),
        (lambda rows: rows.append({"ID": "9", "peerURLs": ["https://127.0.0.1:12380"]}), "a member at 127.0.0.1"),
        (lambda rows: rows[1].update(isLearner=True), "has no vote"),
        (lambda rows: rows[1].update(name=""), "has not started"),
        (lambda rows: rows[1].update(peerURLs=rows[0]["peerURLs"]), "lists a member at"),
        (lambda rows: rows[1].update(peerURLs=[]), "no address"),
        (lambda rows: rows.clear(), "lists no member"),
    ],
)
def test_a_list_that_is_not_whole_is_told(etcd: Etcd, change: Any, said: str) -> None:
    """One less, one too many, a learner, one that never started, two at one machine: if one member says so."""
    change(etcd.lists[LAB.etcd[2].name])
    assert said in etcd.verdict("members_agree", scene(target=LOST))


def test_two_clusters_and_two_leaders_are_no_agreement(etcd: Etcd) -> None:
    """A cluster of its own with the same list; members that follow different leaders, or none."""
    etcd.states[LOST] = {"header": {"cluster_id": "8"}, "leader": "2"}
    assert "different clusters" in etcd.verdict("members_agree", scene(target=LOST))
    etcd.states[LOST] = {"header": {"cluster_id": "7"}, "leader": "3"}
    assert "different leaders" in etcd.verdict("members_agree", scene(target=LOST))
    etcd.states = {name: {"header": {"cluster_id": "7"}} for name in etcd.states}
    assert "name no leaders" in etcd.verdict("members_agree", scene(target=LOST))


def test_members_that_were_made_anew_are_told(etcd: Etcd) -> None:
    """The replaced one may have any identifier; another one must have the one from before."""
    was = {"data": {"members": json.dumps({"members": [{**row, "ID": int(row["ID"])} for row in MEMBERS]})}}
    found = scene(target=LOST, space="s", word="w", before={("/api/v1/configmaps", "s", "w"): was})
    for rows in etcd.lists.values():
        rows[1]["ID"] = "99"
    assert etcd.verdict("others_stay_members", found, None) == ""
    for rows in etcd.lists.values():
        rows[2]["ID"] = "98"
    assert "made anew" in etcd.verdict("others_stay_members", found, None)
    assert "nobody knows" in etcd.verdict("others_stay_members", scene(target=LOST, space="s", word="w"), None)


CONF = """\
! a comment, and another } here
vrrp_script ready {
  script "/usr/bin/curl -f https://127.0.0.1:6443/readyz" # { no block
  interval 1
}
vrrp_instance api {
  include /run/interface.conf
  virtual_router_id 9
  unicast_peer {
    PEERS
  }
  virtual_ipaddress {
    VIRTUAL/32 dev eth1
  }
  track_script {
    ready
  }
}
"""
WELL = "started 100 0 90\nasked 0\nalone 7\n"
PLANES = LAB.control_plane


class Keepers:
    """keepalived on each control plane: its configuration, and what its machine says about it."""

    def __init__(self) -> None:
        """Begin with three that are right."""
        self.said = dict.fromkeys((one.name for one in PLANES), WELL)
        self.conf = {one.name: self.made(one) for one in PLANES}

    @staticmethod
    def made(machine: Any) -> str:
        """Return the configuration of a machine."""
        peers = "\n    ".join(str(one.address) for one in PLANES if one != machine)
        return CONF.replace("PEERS", peers).replace("VIRTUAL", VIRTUAL)

    def read(self, machine: Any, command: str, timeout: float = 10) -> str:
        """Answer for a box: its manifests, its configuration, how keepalived runs."""
        _ = timeout
        if "=== manifest" in command:
            volumes = '"volumes": [{"name": "c", "hostPath": {"path": "/etc/kubernetes/keepalived"}}]'
            mounts = '"volumeMounts": [{"name": "c", "mountPath": "/etc/kubernetes/keepalived"}]'
            return (
                '=== manifest /x.json\n{"kind": "Pod", "metadata": {"name": "keepalived"}, "spec": {"containers": '
                f'[{{"command": ["keepalived"], {mounts}}}], {volumes}}}}}'
            )
        return self.conf[machine.name] if command.startswith("cat ") else self.said[machine.name]

    def verdict(self) -> str:
        """Return what the goal says is wrong."""
        found = scene(api=LAB.api_endpoint, target=PLANES[0].name)
        found.read = self.read
        return graders_data.verdict(graders_data.check("address-stays", "address_would_move"), found)


def test_keepalived_is_judged_by_what_it_does() -> None:
    """Comments, quotes and braces in them; without peers it sends to all; another router number is right on all."""
    keepers = Keepers()
    assert keepers.verdict() == ""
    for name, text in keepers.conf.items():
        bare = text.replace("virtual_router_id 9", "virtual_router_id 51")
        keepers.conf[name] = bare[: bare.index("  unicast_peer")] + bare[bare.index("  virtual_ipaddress") :]
    assert keepers.verdict() == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("virtual_router_id 9", "virtual_router_id 8", "virtual_router_id is"),
        (VIRTUAL, "192.0.2.1", "has the address"),
        ("    ready\n", "", "tracks no vrrp_script"),
        ("    ready\n", "    other\n", "tracks no vrrp_script"),
        ("127.0.0.1:6443", f"{VIRTUAL}:6443", "not its own API server"),
        (str(PLANES[0].address), "192.0.2.7", "does not speak to"),
        ("  include", "  unicast_src_ip 192.0.2.7\n  include", "speaks as"),
    ],
)
def test_a_configuration_that_does_not_move_the_address_is_told(old: str, new: str, said: str) -> None:
    """On one machine of three is enough."""
    keepers = Keepers()
    spare = PLANES[1].name
    keepers.conf[spare] = keepers.conf[spare].replace(old, new)
    assert said in keepers.verdict()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("none\n", "does not run"),
        ("started 100 0 200\nasked 0\nalone 7\n", "has not read its configuration"),
        ("started 100 0 90\nasked 22\nalone 7\n", "while its API server is ready"),
        ("started 100 0 90\nasked 0\nalone 0\n", "also without an API server"),
    ],
)
def test_a_keepalived_that_would_not_act_is_told(answer: str, said: str) -> None:
    """Not running, not restarted, always failing, never failing; one that was reloaded is right."""
    keepers = Keepers()
    keepers.said[PLANES[2].name] = answer
    assert said in keepers.verdict()
    keepers.said[PLANES[2].name] = "started 100 210 200\nasked 0\nalone 7\n"
    assert keepers.verdict() == ""


def test_what_a_box_says_instead_of_an_answer_is_none() -> None:
    """It cannot be told then, which is no success."""
    keepers = Keepers()
    keepers.said[PLANES[2].name] = "started soon 0 90\nasked 0\nalone 7\n"
    with pytest.raises(checks.Silent, match="does not say"):
        keepers.verdict()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a client sees: the names that the certificate lacks, what /readyz says; nothing is asked really."""
    seen: dict[str, Any] = {"lacks": set(), "ready": ""}
    module = library.functions(library.find("one-server-refused"))

    class Context:
        def wrap_socket(self, plain: Any, server_hostname: str) -> Any:
            if server_hostname in seen["lacks"]:
                problem = ssl.SSLCertVerificationError("no")
                problem.verify_message = "Hostname mismatch"
                raise problem
            return contextlib.nullcontext(plain)

    monkeypatch.setattr(vars(module)["ssl"], "create_default_context", lambda **_: Context())
    monkeypatch.setattr(vars(module)["socket"], "create_connection", lambda *_: contextlib.nullcontext())
    monkeypatch.setitem(vars(module), "_ready", lambda _: seen["ready"])
    return {**seen, "seen": seen, "look": library.function(module, "clients_are_served")}


def test_a_server_is_tried_under_every_name(server: dict[str, Any]) -> None:
    """One name that it lacks is enough to refuse; and one that is trusted but not ready serves nobody."""
    found = scene(target=PLANES[1].name, api_names=f"kubernetes {VIRTUAL}")
    assert graders_data.verdict(server["look"], found) == ""
    server["seen"]["lacks"] = {VIRTUAL}
    assert f"a client of {VIRTUAL} is refused" in graders_data.verdict(server["look"], found)
    server["seen"].update(lacks=set(), ready="says 500 at /readyz")
    assert "500" in graders_data.verdict(server["look"], found)


def test_the_scene_s_files_are_where_the_lab_keeps_them(tmp_path: Path) -> None:
    """The guard compares with what the lab gave to the other control planes, and tells which differs."""
    root = types.SimpleNamespace(box=lambda name: tmp_path / name)
    found = scene(target=PLANES[0].name, root=root)
    pki = "files/etc/kubernetes/kube-apiserver/pki"
    for machine in PLANES:
        (tmp_path / machine.name / pki).mkdir(parents=True)
        for name in ("apiserver", "apiserver-etcd-client"):
            for end in ("crt", "key"):
                (tmp_path / machine.name / pki / f"{name}.{end}").write_text(name, encoding="utf-8")
    text = {"other": ""}
    found.read = lambda _, command, **__: text["other"] or command.rpartition("/")[2].rpartition(".")[0]
    look = graders_data.check("one-server-refused", "others_untouched")
    assert graders_data.verdict(look, found, None) == ""
    text["other"] = "of somebody else"
    assert f"{PLANES[1].name} has another apiserver.crt" in graders_data.verdict(look, found, None)
