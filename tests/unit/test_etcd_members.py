"""A member of etcd whose data is lost is removed, added and given its vote; one that does not answer is left alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import labs_data
import pytest
from fakes import Computer, report

from kubelab import artifact, checks, errors, paths
from kubelab.checks import high_availability
from kubelab.clients import ssh
from kubelab.converge import etcd_members

LAB = labs_data.lab("ha", members=3)
FIVE = labs_data.lab("ha", members=5)
PEERS = LAB.etcd_peers
WHERE = paths.LabPaths(name="ha")
VIEW = checks.View.of(LAB, WHERE)
REMOVE, ADD, PROMOTE = etcd_members.Act


@pytest.fixture(autouse=True)
def _computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Computer.made(tmp_path, monkeypatch)


def row(number: int, *, named: bool = True, published: bool = True, learner: bool = False) -> etcd_members.Member:
    """Return a member as it is listed; its identifier is 16 times its number."""
    name = f"etcd-0{number}"
    peer = FIVE.etcd_peers[name]
    return etcd_members.Member(
        ident=16 * number, name=name if named else "", peer=peer, published=published, learner=learner
    )


VOTERS = tuple(row(number) for number in (1, 2, 3))
ADDED = row(2, named=False, published=False, learner=True)
LEARNS = row(2, learner=True)
WAITS = row(2, published=False)


@pytest.mark.parametrize(
    ("listed", "empty", "act"),
    [
        (VOTERS, (), None),
        (VOTERS, ("etcd-02",), REMOVE),
        ((VOTERS[0], VOTERS[2]), ("etcd-02",), ADD),
        ((VOTERS[0], VOTERS[2]), (), None),
        ((VOTERS[0], ADDED, VOTERS[2]), ("etcd-02",), None),
        ((VOTERS[0], ADDED, VOTERS[2]), (), None),
        ((VOTERS[0], LEARNS, VOTERS[2]), (), PROMOTE),
        ((VOTERS[0], LEARNS, VOTERS[2]), ("etcd-02",), REMOVE),
        ((VOTERS[0], WAITS, VOTERS[2]), ("etcd-02",), REMOVE),
    ],
    ids=["whole", "lost", "removed", "removed, silent", "added", "joining", "caught up", "lost again", "never served"],
)
def test_each_state_has_one_next_step(
    listed: Sequence[etcd_members.Member], empty: Sequence[str], act: etcd_members.Act | None
) -> None:
    """Lost, removed, added, caught up: wherever a run was stopped, the list of members says what comes next."""
    found = etcd_members.step(PEERS, listed, empty, formed=True)
    assert (found and found.act) == act
    assert found is None or found.machine == "etcd-02"


def test_a_member_that_has_not_served_yet_is_waited_for_at_the_first_start() -> None:
    """The others are faster: it has no data, is listed already, and is no lost member."""
    assert etcd_members.step(PEERS, (VOTERS[0], WAITS, VOTERS[2]), ("etcd-02",), formed=False) is None
    found = etcd_members.step(PEERS, VOTERS, ("etcd-02",), formed=False)
    assert found and found.act is REMOVE, "it had served"


def test_two_lost_ones_of_five_are_removed_first_and_added_one_after_the_other() -> None:
    """At no step do two machines learn, and every lost vote is given up before a new member is added."""
    listed = [row(number) for number in (1, 2, 3, 4, 5)]
    empty = {"etcd-02", "etcd-04"}
    done = []
    while (found := etcd_members.step(FIVE.etcd_peers, listed, empty, formed=True)) is not None:
        done.append((str(found.act), found.machine))
        number = int(found.machine[-1])
        others = [one for one in listed if one.peer != FIVE.etcd_peers[found.machine]]
        if found.act is ADD:
            empty.discard(found.machine)  # it joins and gets its data
        listed = {REMOVE: others, ADD: [*others, row(number, learner=True)], PROMOTE: [*others, row(number)]}[found.act]
        assert sum(one.learner for one in listed) <= 1
    assert done == [
        ("remove", "etcd-02"), ("remove", "etcd-04"),
        ("add", "etcd-02"), ("promote", "etcd-02"), ("add", "etcd-04"), ("promote", "etcd-04"),
    ]  # fmt: skip


def test_three_become_five_one_at_a_time() -> None:
    """New machines have no data and are not listed; the second is added when the first has its vote."""
    found = etcd_members.step(FIVE.etcd_peers, VOTERS, ("etcd-04", "etcd-05"), formed=True)
    assert found
    assert found.words(FIVE.etcd_peers) == "member add etcd-04 --learner --peer-urls=https://192.168.56.104:2380"
    learning = (*VOTERS, row(4, named=False, published=False, learner=True))
    assert etcd_members.step(FIVE.etcd_peers, learning, ("etcd-05",), formed=True) is None


def test_a_learner_of_a_machine_that_is_not_wanted_any_more_goes() -> None:
    """The file said 5 for a moment; a voter that is too many is removed with its box, not here."""
    added = row(4, named=False, published=False, learner=True)
    found = etcd_members.step(PEERS, (*VOTERS, added), (), formed=True)
    assert found
    assert found.words(PEERS) == "member remove 40"
    assert etcd_members.step(PEERS, (*VOTERS, row(4)), (), formed=True) is None


def test_a_list_is_read_as_etcdctl_writes_it() -> None:
    """Its numbers are decimal, the words of a change hexadecimal; another text is a ValueError."""
    text = json.dumps({"members": [
        {"ID": 10448841022819649792, "name": "etcd-02", "peerURLs": [PEERS["etcd-02"]], "clientURLs": ["https://x"],
         "isLearner": True},
        {"ID": 255, "peerURLs": [PEERS["etcd-03"]], "isLearner": True},
    ]})  # fmt: skip
    first, second = etcd_members.parse(text)
    assert (first.name, first.published, first.learner) == ("etcd-02", True, True)
    assert (second.name, second.published) == ("", False)
    words = etcd_members.Step(act=PROMOTE, machine=first.name, ident=first.ident).words(PEERS)
    assert words == "member promote 9101bd8cc7b1c900"
    for wrong in ("", "[]", '{"members": 1}', '{"members": [{}]}'):
        with pytest.raises(ValueError, match=r".*"):
            etcd_members.parse(wrong)


@pytest.mark.parametrize(
    ("have", "refused"),
    [
        (("etcd-01", "etcd-02", "etcd-03"), False),
        (("etcd-01", "etcd-03"), False),
        (("etcd-03",), True),
        ((), False),
    ],
    ids=["all", "two", "one", "none: it begins anew"],
)
def test_most_members_must_be_left(have: Sequence[str], refused: bool) -> None:
    """One of three cannot remove the others: nothing is made then, and the error says so."""
    etcd_members.refuse_lost(LAB, WHERE, have)
    etcd_members.note_formed(VIEW)
    if not refused:
        etcd_members.refuse_lost(LAB, WHERE, have)
        return
    with pytest.raises(errors.LabError, match="2 of 3 etcd members") as problem:
        etcd_members.refuse_lost(LAB, WHERE, have)
    assert problem.value.ident == "quorum-lost"


def test_the_note_goes_when_no_volume_is_left() -> None:
    """Members that lost everything form a new cluster; with one volume left they must not."""
    etcd_members.note_formed(VIEW)
    etcd_members.begin_anew(LAB, WHERE, ("etcd-02", "kube-master-01"))
    assert etcd_members.formed(WHERE)
    etcd_members.begin_anew(LAB, WHERE, ("kube-master-01",))
    assert not etcd_members.formed(WHERE)


def test_each_member_s_folder_says_whether_they_formed() -> None:
    """A lab with one member has neither the file nor the note, and starts etcd itself."""
    names = [f"boxes/etcd-0{number}/etcd-state" for number in (1, 2, 3)]
    assert etcd_members.files(LAB, WHERE) == dict.fromkeys(names, artifact.HostFile(content=b"new\n"))
    etcd_members.note_formed(VIEW)
    assert etcd_members.files(LAB, WHERE) == dict.fromkeys(names, artifact.HostFile(content=b"existing\n"))
    single = checks.View.of(labs_data.lab("one"), paths.LabPaths(name="one"))
    etcd_members.note_formed(single)
    assert not etcd_members.formed(single.where)
    assert etcd_members.files(single.lab, single.where) == {}


class Boxes:
    """Three etcd boxes that remember what etcdctl was asked; a silent one refuses to let anybody in."""

    def __init__(self, listed: str, *, empty: Sequence[str] = (), silent: Sequence[str] = (), down: str = "") -> None:
        """Answer with this list; etcd does not run in the box `down`."""
        self.asked: list[tuple[str, str]] = []
        self._listed, self._empty, self._silent, self._down = listed, empty, silent, down

    def run(self, _: paths.LabPaths, machine: ssh.Named, command: str, **__: object) -> str:
        """Answer the three commands that are used, and no other."""
        if machine.name in self._silent:
            raise ssh.Unreachable(f"{machine.name}: no route")
        if command == etcd_members.EMPTY:
            return "0\n" if machine.name in self._empty else "1\n"
        head, tail = high_availability.ETCDCTL.split("{}")
        assert command.startswith(head)
        words = command.removeprefix(head).removesuffix(tail)
        if machine.name == self._down:
            raise ssh.Failed(machine, command, 1, "connection refused")
        self.asked.append((machine.name, words))
        return self._listed if words.startswith("member list") else ""


def whole(count: int = 3) -> str:
    """Return the list of members that vote."""
    return json.dumps({"members": [
        {"ID": 16 * number, "name": f"etcd-0{number}", "peerURLs": [f"https://192.168.56.10{number}:2380"],
         "clientURLs": ["x"]}
        for number in range(1, count + 1)
    ]})  # fmt: skip


def looked(monkeypatch: pytest.MonkeyPatch, boxes: Boxes) -> str:
    """Let the watch look once; return what the run printed."""
    monkeypatch.setattr(ssh, "run", boxes.run)
    said, text = report()
    etcd_members.Watch(VIEW, said)()
    return text.getvalue()


def test_a_lost_member_is_removed_by_one_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lost machine itself is not asked, nor one whose etcd is down; the change is reported."""
    etcd_members.note_formed(VIEW)
    boxes = Boxes(whole(), empty=("etcd-01",), down="etcd-02")
    said = looked(monkeypatch, boxes)
    assert boxes.asked == [("etcd-03", "member list --write-out=json"), ("etcd-03", "member remove 10")]
    assert "etcd-01: has no data that counts" in said


def test_a_silent_machine_is_never_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have its data: nothing but the list is asked for."""
    etcd_members.note_formed(VIEW)
    boxes = Boxes(whole(), silent=("etcd-01",))
    looked(monkeypatch, boxes)
    assert boxes.asked == [("etcd-02", "member list --write-out=json")]


@pytest.mark.parametrize(
    ("files", "says"),
    [([], "0"), (["data/member/snap/db"], "0"), (["data/member/wal/0-0.wal", "data/member/wal/1-1.wal"], "2"),
     (None, "")],
)  # fmt: skip
def test_a_machine_has_data_if_it_has_a_log(tmp_path: Path, files: Sequence[str] | None, says: str) -> None:
    """A folder that cannot be read is no empty one: nothing is printed then, and the machine counts as silent."""
    home = tmp_path / "etcd"
    for name in files or ():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    if files == []:
        home.mkdir()
    command = etcd_members.EMPTY.removeprefix("sudo ").replace("/var/lib/etcd", str(home))
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={"PATH": "/usr/bin:/bin"}, capture_output=True, encoding="utf-8", check=False
    )
    assert done.stdout.strip() == says
    assert (done.returncode == 0) == (files is not None)


def test_a_healthy_list_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """From then on a machine without data has lost it; while one has not served there is no note."""
    half = json.loads(whole())
    del half["members"][2]["clientURLs"]
    looked(monkeypatch, Boxes(json.dumps(half), empty=("etcd-03",)))
    assert not etcd_members.formed(WHERE)
    looked(monkeypatch, Boxes(whole()))
    assert etcd_members.formed(WHERE)


def test_a_machine_that_the_file_no_longer_names_leaves_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The members that stay remove it, by its name; a second time there is nothing to remove."""
    boxes = Boxes(whole(5))
    monkeypatch.setattr(ssh, "run", boxes.run)
    assert etcd_members.remove(VIEW, "etcd-04")
    assert boxes.asked[1:] == [("etcd-01", "member remove 40")]
    monkeypatch.setattr(ssh, "run", Boxes(whole()).run)
    assert not etcd_members.remove(VIEW, "etcd-04")


def test_a_member_that_is_given_up_is_not_asked_about_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its box is gone; one that was only added is known by its address."""
    rows = json.loads(whole())
    rows["members"][0]["name"] = ""
    boxes = Boxes(json.dumps(rows), silent=("etcd-01",))
    monkeypatch.setattr(ssh, "run", boxes.run)
    assert etcd_members.remove(VIEW, "etcd-01")
    assert boxes.asked[1:] == [("etcd-02", "member remove 10")]


CONFIG = """name: etcd-02
data-dir: {root}/var/lib/etcd/data
initial-cluster: etcd-01=https://192.168.56.101:2380,etcd-02=https://192.168.56.102:2380,etcd-03=https://192.168.56.103:2380
initial-cluster-state: new
initial-advertise-peer-urls: https://192.168.56.102:2380
"""
FIRST = "a1, started, etcd-01, https://192.168.56.101:2380, https://192.168.56.101:2379, false\n"
THIRD = "a3, started, etcd-03, https://192.168.56.103:2380, https://192.168.56.103:2379, false\n"
KNOWN = "a2, started, etcd-02, https://192.168.56.102:2380, https://192.168.56.102:2379, false\n"
EXPECTED = "a2, started, etcd-02, https://192.168.56.102:2380, , false\n"
NEWEST = "b2, unstarted, , https://192.168.56.102:2380, , true\n"
OWN, JOINED, ENDED = "etcd.conf.yaml", "kubelab-etcd.conf.yaml", ""


class Box:
    """A root whose etcd prints the name and the content of its file, and whose etcdctl answers for one endpoint."""

    def __init__(self, root: Path) -> None:
        """Write the script with its absolute paths under this root."""
        self.root = root
        for folder in ("opt/bin", "etc/etcd", "opt/kubelab/box", "run", "var/lib/etcd"):
            (root / folder).mkdir(parents=True)
        text = (paths.PROVISION / "start-etcd.sh").read_text(encoding="utf-8")
        for path in ("/opt/", "/etc/etcd", "/run/"):
            text = text.replace(path, f"{root}{path}").replace(f"#!{root}", "#!")
        (root / "start.sh").write_text(text, encoding="utf-8")
        (root / "etc/etcd/etcdctl.env").write_text("ETCDCTL_CACERT=ca\n", encoding="utf-8")
        (root / "etc/etcd/etcd.conf.yaml").write_text(CONFIG.format(root=root), encoding="utf-8")
        self._program("etcd", 'basename "$2"; cat "$2"')

    def _program(self, name: str, body: str) -> None:
        path = self.root / "opt/bin" / name
        path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def start(self, members: Mapping[str, str], state: str) -> tuple[str, str, str]:
        """Return the file that etcd started with, its content, and what was complained of."""
        asked = "".join(f"{end}) printf '%s' '{rows}';;\n" for end, rows in members.items())
        self._program("etcdctl", f"case $ETCDCTL_ENDPOINTS in\n{asked}*) exit 1;;\nesac")
        (self.root / "opt/kubelab/box/etcd-state").write_text(f"{state}\n", encoding="utf-8")
        env = {"PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            ["/bin/bash", str(self.root / "start.sh")], env=env, capture_output=True, encoding="utf-8", check=False
        )
        name, _, content = done.stdout.partition("\n")
        assert (done.returncode == 0) == bool(name), done.stderr
        return name, content, done.stderr


@pytest.mark.parametrize(
    ("rows", "state", "starts"),
    [
        ("", "new", OWN),
        ("", "existing", ENDED),
        (FIRST + EXPECTED + THIRD, "new", OWN),
        (FIRST + EXPECTED + THIRD, "existing", ENDED),
        (FIRST + KNOWN + THIRD, "new", ENDED),
        (FIRST + KNOWN + THIRD, "existing", ENDED),
        (FIRST + THIRD, "existing", ENDED),
        (FIRST + THIRD, "new", ENDED),
        (FIRST + THIRD + NEWEST, "existing", JOINED),
        (FIRST + THIRD + NEWEST, "new", JOINED),
    ],
    ids=[
        "nobody, first start",
        "nobody",
        "expected, first start",
        "expected",
        "had data, first start",
        "had data",
        "unknown",
        "unknown, first start",
        "added",
        "added, first start",
    ],
)
def test_a_machine_without_data_starts_etcd_only_where_that_is_safe(
    tmp_path: Path, rows: str, state: str, starts: str
) -> None:
    """It begins with the others only at a lab's first start, joins as a new member, and else waits for `lab.up`."""
    began, content, said = Box(tmp_path / "box").start({"https://192.168.56.103:2379": rows} if rows else {}, state)
    assert began == starts, said
    if starts == ENDED:
        assert "./run lab.up adds a new member in its place" in said
    if starts == JOINED:
        assert "initial-cluster-state: existing\n" in content
        wanted = "etcd-01=https://192.168.56.101:2380,etcd-03=https://192.168.56.103:2380,etcd-02=https://192.168.56.102:2380"
        assert f"initial-cluster: {wanted}\n" in content


def test_a_machine_with_data_goes_on_with_it(tmp_path: Path) -> None:
    """It asks nobody: the others may all be down as well."""
    box = Box(tmp_path / "box")
    log = box.root / "var/lib/etcd/data/member/wal/0000000000000000-0000000000000000.wal"
    log.parent.mkdir(parents=True)
    log.touch()
    assert box.start({}, "existing")[0] == OWN
