"""The entries of a lost worker: a follower's entries become the new leader's log, and nothing else changes."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from typing import Any

import hypothesis
import labs_data
import pytest
from hypothesis import strategies

from kubelab import checks, model, paths
from kubelab.clients import docker, kube_api, ssh
from kubelab.converge import guestbook_entries, lost_data, observed
from kubelab.providers import docker as providers_docker
from kubelab.render import volumes
from kubelab.ui import progress

LAB = labs_data.lab()
CREATE, EQUAL = observed.State.CREATE, observed.State.EQUAL
LOST = LAB.workers[0]


@hypothesis.given(strategies.integers(1, 10**6), strategies.binary(min_size=1, max_size=300))
def test_whatever_the_follower_holds_arrives_byte_by_byte(count: int, payload: bytes) -> None:
    """A dump is binary: line ends and dollar signs in it are its own."""
    said = b":%d\r\n$%d\r\n%s\r\n+OK\r\n" % (count, len(payload), payload)
    found, content = guestbook_entries.log_of(said)
    assert found == count
    assert content == b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + (
        b"*4\r\n$7\r\nRESTORE\r\n$17\r\nguestbook:entries\r\n$1\r\n0\r\n$%d\r\n%s\r\n" % (len(payload), payload)
    )


def test_an_empty_follower_has_nothing_to_give() -> None:
    """Zero entries are zero, not an error."""
    assert guestbook_entries.log_of(b":0\r\n$-1\r\n+OK\r\n")[0] == 0


@pytest.mark.parametrize("said", [b"", b"-LOADING wait\r\n", b":3\r\n", b":3\r\n$10\r\nshort", b"HTTP/1.1 400\r\n"])
def test_half_an_answer_is_refused(said: bytes) -> None:
    """A log that ends early would be a leader with fewer entries than there were."""
    with pytest.raises(ValueError, match=r"follower|invalid"):
        guestbook_entries.log_of(said)


def volume(name: str, node: str, folder: str, claim: str = "guestbook/redis-leader") -> kube_api.Json:
    """Return a volume of a node, bound to a claim."""
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]
    namespace, _, of = claim.partition("/")
    spec = {
        "local": {"path": f"{volumes.FOLDER}/{folder}"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
        "claimRef": {"namespace": namespace, "name": of},
    }
    return {"metadata": {"name": name, "annotations": {volumes.MAKER: volumes.PROVISIONER}}, "spec": spec}


class Door:
    """An API that knows the claim and two followers."""

    def get(self, path: str) -> kube_api.Json:
        """Return the claim, and the volume that was made for it on the first worker."""
        if path == f"{volumes.COLLECTION}/pvc-1":
            return volume("pvc-1", "kube-worker-01", "pvc-1_guestbook_redis-leader")
        assert path.endswith("/persistentvolumeclaims/redis-leader")
        return {"spec": {"volumeName": "pvc-1"}}

    def items(self, path: str, **_: str) -> list[kube_api.Json]:
        """Return the followers' pods, or the volumes of both workers."""
        if path == volumes.COLLECTION:
            return [
                volume("pvc-1", "kube-worker-01", "pvc-1_guestbook_redis-leader"),
                volume("pvc-2", "kube-worker-01", "pvc-2_ft_d-db-0", "ft/d-db-0"),
                volume("pvc-3", "kube-worker-02", "pvc-3_ft_d-db-1", "ft/d-db-1"),
            ]
        assert path.endswith("/pods")
        rows = {"kube-worker-01": "10.2.1.7", "kube-worker-02": "10.2.2.7"}
        return [{"spec": {"nodeName": node}, "status": {"podIP": address}} for node, address in rows.items()]


def said(
    monkeypatch: pytest.MonkeyPatch, states: dict[str, observed.State], kept: list[str]
) -> tuple[str, list[tuple[str, ...]]]:
    """Return what `before` said, and what it asked Docker to do."""
    asked: list[tuple[str, ...]] = []
    commands: list[tuple[str, str]] = []

    def fetch(_: Any, machine: Any, command: str, **__: Any) -> bytes:
        commands.append((machine.name, command))
        return b":7\r\n$3\r\nabc\r\n+OK\r\n"

    def run(*words: str, **_: Any) -> str:
        asked.append(words)
        return ""

    monkeypatch.setattr(ssh, "fetch", fetch)
    monkeypatch.setattr(docker, "run", run)
    monkeypatch.setattr(providers_docker.Docker, "volumes", lambda *_: kept)
    out = io.StringIO()
    where = paths.LabPaths(name="default")
    view = checks.View(lab=LAB, where=where, api=Door())  # type: ignore[arg-type]
    lost_data.rescue(view, states, progress.Progress(progress.Style.PLAIN, out=out))
    assert all(machine == "kube-worker-02" and "10.2.2.7" in command for machine, command in commands)
    return out.getvalue(), asked


def states(**changed: observed.State) -> dict[str, observed.State]:
    """Return every machine's state: equal but for those named, dashes as underscores."""
    return {machine.name: changed.get(machine.name.replace("-", "_"), EQUAL) for machine in LAB.machines}


def test_a_lost_worker_gets_what_the_other_ones_follower_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """The volume is made with the labels by which destroy finds it, and filled before the worker exists."""
    others = [name for machine in LAB.machines if machine != LOST for name in machine.data]
    text, asked = said(monkeypatch, states(kube_worker_01=CREATE), others)
    assert "7 taken from the follower on kube-worker-02 for kube-worker-01" in text
    create, fill = asked
    assert create[:2] == ("volume", "create")
    assert {"kubelab.lab=default", "kubelab.box=kube-worker-01", "kubelab-default-kube-worker-01-volumes"} <= {*create}
    assert fill[:2] == ("run", "--rm")


@pytest.mark.parametrize(
    "why", ["a new lab", "nothing is created", "its volume is still there", "the other one is lost"]
)
def test_otherwise_nothing_is_touched(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """A volume that exists is never written to; a lab that is new has nothing to save."""
    every = [name for machine in LAB.machines for name in machine.data]
    others = [name for machine in LAB.machines if machine != LAB.workers[1] for name in machine.data]
    cases: dict[str, tuple[dict[str, observed.State], list[str]]] = {
        "a new lab": (dict.fromkeys(states(), CREATE), []),
        "nothing is created": (states(), every),
        "its volume is still there": (states(kube_worker_01=CREATE), every),
        "the other one is lost": (states(kube_worker_02=CREATE), others),
    }
    assert said(monkeypatch, *cases[why])[1] == []


def test_a_silent_cluster_only_costs_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """`lab.up` goes on; the line says why nothing could be saved."""

    def silent(*_: Any, **__: Any) -> Any:
        raise kube_api.Unanswered("GET: Connection refused")

    monkeypatch.setattr(Door, "get", silent)
    text, asked = said(monkeypatch, states(kube_worker_01=CREATE), ["kubelab-default-etcd-01-etcd"])
    assert "none could be saved: GET: Connection refused" in text
    assert asked == []


def test_an_add_on_saves_its_data_only_in_labs_that_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table names the add-on; bringing a lab up names none."""
    others = [name for machine in LAB.machines if machine != LOST for name in machine.data]
    monkeypatch.setattr(providers_docker.Docker, "volumes", lambda *_: others)
    saved: list[str] = []

    def save(_: checks.View, lost: Sequence[model.Machine]) -> str:
        saved.extend(machine.name for machine in lost)
        return "its data"

    monkeypatch.setattr(lost_data, "RESCUES", {model.Addon.DASHBOARD: lost_data.Rescue(phase="dashboard", save=save)})
    for addons_, wanted in ((LAB.addons, ["kube-worker-01"]), ((model.Addon.STORAGE,), [])):
        saved.clear()
        out = io.StringIO()
        where, door = paths.LabPaths(name="default"), Door()
        view = checks.View(lab=dataclasses.replace(LAB, addons=addons_), where=where, api=door)  # type: ignore[arg-type]
        lost_data.rescue(view, states(kube_worker_01=CREATE), progress.Progress(progress.Style.PLAIN, out=out))
        assert saved == wanted
        assert ("its data" in out.getvalue()) == bool(wanted)
    for module in ("apply", "bring_up", "planner"):
        assert "guestbook" not in (paths.ROOT / f"kubelab/converge/{module}.py").read_text(encoding="utf-8")
    for module in ("lifecycle", "session"):
        assert "guestbook" not in next((paths.ROOT / "kubelab").rglob(f"{module}.py")).read_text(encoding="utf-8")


def test_other_volumes_of_a_lost_worker_begin_empty_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their folders are made, or their pods would wait for ever; a worker that does not answer yet is asked again."""
    commands: list[tuple[str, str]] = []
    silent = [True]

    def run(_: Any, machine: Any, command: str, **__: Any) -> str:
        if silent:
            silent.pop()
            raise ssh.Unreachable("kube-worker-01: not yet")
        commands.append((machine.name, command))
        return f"{volumes.FOLDER}/pvc-2_ft_d-db-0\n"

    monkeypatch.setattr(ssh, "run", run)
    out = io.StringIO()
    view = checks.View(lab=LAB, where=paths.LabPaths(name="default"), api=Door())  # type: ignore[arg-type]
    folders = lost_data.Folders(view, states(kube_worker_01=CREATE), progress.Progress(progress.Style.PLAIN, out=out))
    for _ in range(3):
        folders()
    ((machine, command),) = commands
    assert machine == "kube-worker-01"
    assert "pvc-1_guestbook_redis-leader" in command
    assert "pvc-3" not in command
    assert "kube-worker-01 came back without its data: ft/d-db-0 begins empty" in out.getvalue()


def test_a_new_lab_has_no_folder_to_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every box is created: there was no data."""
    monkeypatch.setattr(ssh, "run", lambda *_, **__: pytest.fail("a box was asked"))
    view = checks.View(lab=LAB, where=paths.LabPaths(name="default"), api=Door())  # type: ignore[arg-type]
    lost_data.Folders(view, dict.fromkeys(states(), CREATE), progress.Progress(progress.Style.PLAIN))()
