"""How the survival run measures: outages from tries, acknowledged entries, the page from results."""

from __future__ import annotations

import dataclasses
import json
import socket
import socketserver
import struct
import threading
import types
from collections.abc import Iterator
from typing import Any, cast

import hypothesis
import labs_data
import pytest
from hypothesis import strategies

from bench.survive import page, run, stage, table, tunnel, watching, wire, writing
from kubelab import checks, model, paths
from kubelab.clients import patience
from kubelab.config import load

SERVED = {"reads": "yes", "writes": "paused 12.0 s", "API": "yes", "DNS": "yes"}


def every(seconds: float, since: float, until: float) -> list[tuple[float, float]]:
    """Return quick successes at a regular distance."""
    found = []
    while since < until:
        found.append((since, since + 0.01))
        since += seconds
    return found


def test_what_was_always_served_has_no_outage() -> None:
    """The distance of tries is no outage."""
    found = watching.outage(every(watching.INTERVAL, 0, 30), 0, 30)
    assert (found.total, found.words) == (0, "yes")


def test_an_outage_is_from_the_last_success_to_the_next() -> None:
    """One gap of twelve seconds: what a client waited, told apart from two shorter ones."""
    tries = [*every(0.7, 0, 10), *every(0.7, 22, 30)]
    found = watching.outage(tries, 0, 30)
    assert found.total == found.longest == pytest.approx(12.1, abs=0.2)
    assert found.words == f"paused {found.total:.1f} s"
    two = watching.outage([*every(0.7, 0, 10), *every(0.7, 15, 20), *every(0.7, 26, 30)], 0, 30)
    assert two.total > two.longest > 5
    assert two.words.endswith(" s at once")


def test_a_try_of_the_api_waits_no_longer_than_the_other_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy computer, too: a client that waits for a hanging server longer would be measured as the API's pause."""
    limits: list[float] = []

    def ready() -> bool:
        limits.append(patience.seconds(5))
        return True

    monkeypatch.setattr(patience, "factor", lambda: patience.MOST)
    view = cast("checks.View", types.SimpleNamespace(api=types.SimpleNamespace(ready=ready), lab=labs_data.lab()))
    worker = view.lab.workers[0]
    ways = {worker.name: cast("tunnel.Tunnel", None)}
    opened = stage.Stage(view=view, home=worker, other=worker, tunnels=ways, pods=cast("writing.Pods", None))
    opened.ways()["API"]()
    assert limits[0] <= watching.PATIENCE


def test_what_never_came_back_is_said_to_be_out() -> None:
    """The time since the last success is not forgotten because no success ended it."""
    found = watching.outage(every(0.7, 0, 10), 0, 60)
    assert (found.ended, found.words) == (None, "not for the last 50 s")
    assert watching.outage([], 0, 20).words == "not for the last 20 s"


@hypothesis.given(strategies.lists(strategies.floats(0, 100), max_size=60), strategies.floats(1, 100))
def test_an_outage_is_never_longer_than_what_was_watched(begins: list[float], until: float) -> None:
    """Whatever was tried when: between nothing and everything."""
    found = watching.outage(sorted((begin, begin + 0.1) for begin in begins), 0, until)
    assert 0 <= found.longest <= found.total <= until + 0.2


def test_only_entries_of_this_run_count() -> None:
    """Older runs, and people, write too."""
    book = writing.Book(run="abc")
    texts = [json.dumps({"message": message}) for message in ("hello", book.message(7), "survive abd 000009")]
    assert book.numbers_in(texts) == {7}


@pytest.fixture
def box() -> Iterator[tunnel.Tunnel]:
    """Give a tunnel whose other end is here: a SOCKS proxy that answers as Redis and as a name server."""

    class Proxy(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(3)
            self.request.sendall(b"\5\0")
            port = struct.unpack(">H", self.request.recv(10)[8:])[0]
            good = port in (wire.REDIS, wire.DNS)
            self.request.sendall(b"\5" + bytes([not good]) + b"\0\1" + bytes(6))
            if port == wire.REDIS:
                assert self.request.recv(100) == b"LRANGE guestbook:entries -2 -1\r\n"
                self.request.sendall("*2\r\n$5\r\nfirst\r\n$4\r\nzwö\r\n".encode())
            elif port == wire.DNS:
                query = self.request.recv(200)[2:]
                answer = query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4"
                answer += socket.inet_aton("10.3.0.1")
                self.request.sendall(struct.pack(">H", len(answer)) + answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        lab = labs_data.lab()
        found = tunnel.Tunnel(paths.LabPaths(name=lab.name), lab.workers[0])
        found._port = server.server_address[1]
        yield found
        server.shutdown()


def test_redis_and_dns_are_spoken_through_a_tunnel(box: tunnel.Tunnel) -> None:
    """As a box speaks them; lengths are bytes, not letters."""
    assert wire.entries(box, "10.2.1.7", 2) == ["first", "zwö"]
    assert wire.resolve(box, "10.3.0.10", "kubernetes.default.svc.cluster.local") == "10.3.0.1"
    with pytest.raises(tunnel.Unreached, match="nothing answers"):
        box.connect("10.2.1.7", 80)


def test_where_redis_is_is_remembered_while_the_api_is_away() -> None:
    """The API is asked for the address of a pod; the last known one is used while the API does not answer."""

    class Door:
        def items(self, *_: str, **__: str) -> list[dict[str, Any]]:
            spec, status = {"nodeName": "a"}, {"podIP": "10.2.1.7"}
            return [{"metadata": {"labels": {"role": "follower"}}, "spec": spec, "status": status}]

    view = checks.View(lab=labs_data.lab(), where=paths.LabPaths(name="default"), api=cast(Any, Door()))
    pods = writing.Pods(view)
    assert pods.address("follower", "a") == "10.2.1.7"
    with pytest.raises(writing.NoRedis):
        pods.address("leader", "a")


def result(name: str, **more: Any) -> run.Result:
    """Return a result that was survived, with changes."""
    usual: dict[str, Any] = {
        "name": name, "served": SERVED, "whole": 7.5, "since": "the kill", "watched": 20.0, "acknowledged": 31,
        "missing": [], "commit": "abc1234", "date": "2026-11-24",
    }  # fmt: skip
    return run.Result(**{**usual, **more})


def test_the_page_has_a_row_for_each_harm_and_names_what_was_not_acted_out() -> None:
    """Nobody takes an unfinished run for a whole one, what failed is marked, and each kind of lab has its part."""
    found = {
        "kill-etcd": result("kill-etcd", computer="P, 2 cores", versions="1.37"),
        "halt": result("halt", whole=None, problems=["3 are missing"], missing=[1]),
        "upgrade": result("upgrade", lab="older"),
    }
    one, several, older = page.text(found).split("## ")[1:4]
    assert "| etcd killed | yes | paused 12.0 s | yes | yes | 7.5 s | the kill | 31 | 0 |" in one
    assert "| halt and up ✗ |" in one
    assert "- halt and up: ✗ 3 are missing" in one
    assert "not acted out yet: API server killed" in one
    assert "Commit abc1234; 2026-11-24; version set 1.37. P, 2 cores." in one
    assert "| harm |" not in several
    assert "two of three etcd members without power" in several
    assert "| upgraded to the newest version set |" in older
    assert "not acted out yet" not in older
    assert len(table.TABLE) == len({row.title for row in table.TABLE.values()})


def test_new_results_stand_beside_those_of_other_labs(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run on another lab takes no row away, and a harm that is acted out again has its last result."""
    monkeypatch.setattr(page, "DATA", tmp_path / "data.json")
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    about = {"processor": "P", "cores": "2", "memory": "24 GiB", "system": "S", "cgroups": "v1", "versions": "1.37"}
    page.write({"halt": result("halt"), "kill-etcd": result("kill-etcd")}, about)
    page.write({"upgrade": result("upgrade"), "halt": result("halt", acknowledged=99)}, {**about, "cores": "8"})
    found = page.read()
    assert list(found) == ["kill-etcd", "halt", "upgrade"]
    assert (found["halt"].acknowledged, found["halt"].computer) == (99, "P, 8 cores, 24 GiB, S, cgroup v1")
    assert found["kill-etcd"].computer.startswith("P, 2 cores")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page.text(found)


def test_the_shipped_page_is_made_of_the_shipped_results() -> None:
    """Nobody has changed one of them by hand."""
    assert page.PAGE.read_text(encoding="utf-8") == page.text(page.read())


@pytest.mark.parametrize(
    ("lab", "group"),
    [
        (labs_data.lab(), table.Group.ONE),
        (labs_data.lab(members=3, planes=3), table.Group.SEVERAL),
        (dataclasses.replace(labs_data.lab(), versions=load.versions("1.36")), table.Group.OLDER),
    ],
)
def test_a_lab_is_harmed_in_the_ways_that_it_has(lab: model.Lab, group: table.Group) -> None:
    """Machines of several are robbed only where there are several, and only an older lab is upgraded."""
    names = table.of_lab(lab)
    assert names == [name for name, row in table.TABLE.items() if row.group is group]
    assert names


def test_a_run_goes_on_where_it_stopped(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept is read back as it was, in the table's order."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    where = paths.LabPaths(name="a")
    for name in ("halt", "kill-etcd"):
        run.keep(where, result(name, notes=["x"]))
    assert list(run.kept(where).items()) == [(name, result(name, notes=["x"])) for name in ("kill-etcd", "halt")]


def test_everything_that_the_issue_names_is_in_the_table() -> None:
    """Each component of the list is killed, and every other harm has its row."""
    killed = {name.removeprefix("kill-") for name in table.TABLE if name.startswith("kill-")}
    assert {name.removeprefix("several-") for name in table.of_lab(labs_data.lab(members=3, planes=3))} == {
        "kill-server", "kill-member", "power-holder", "power-plane", "power-leader", "power-follower", "cut-holder",
        "cut-leader", "no-quorum", "restart-all",
    }  # fmt: skip
    assert killed == {
        "kube-apiserver", "etcd", "kube-controller-manager", "kube-scheduler", "containerd", "kubelet", "flanneld",
        "calico-node", "kube-controllers", "coredns",
    }  # fmt: skip
    assert all(set(row.keeps) <= set(run.KINDS) for row in table.TABLE.values())
