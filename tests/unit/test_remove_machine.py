"""A machine that the lab file no longer names goes: a member of etcd leaves the others' list before its box does."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import labs_data
import pytest
from fakes import Computer, report

from kubelab import checks, errors, paths, providers
from kubelab.clients import kube_api, kubectl, ssh, vagrant
from kubelab.converge import etcd_members, pod_network, remove_machine, rolling
from kubelab.providers import docker
from kubelab.render import volumes

LAB = labs_data.lab("ha", members=3, planes=2)
VIEW = checks.View.of(LAB, paths.LabPaths(name="ha"))


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is done, in order; etcd-04 and etcd-05 are members."""
    Computer.made(tmp_path, monkeypatch)
    rows: list[str] = []

    def listed(_: checks.View, name: str) -> bool:
        rows.append(f"list without {name}")
        return name.startswith("etcd")

    def one(_: checks.View, name: str, __: object) -> str:
        rows.append(f"destroy {name}")
        return ""

    monkeypatch.setattr(etcd_members, "remove", listed)
    monkeypatch.setattr(rolling, "await_again", lambda _, machine: rows.append(f"await {machine.name}"))
    monkeypatch.setattr(remove_machine, "_one", one)
    return rows


def test_members_go_one_after_the_other(done: list[str]) -> None:
    """The second leaves the list when every member that stays serves without the first, whose box is gone by then."""
    remove_machine.remove(VIEW, ["etcd-04", "etcd-05"], report()[0])
    stay = [f"await etcd-0{number}" for number in (1, 2, 3)]
    assert done == [
        "list without etcd-04", *stay, "destroy etcd-04", "list without etcd-05", *stay, "destroy etcd-05",
    ]  # fmt: skip


def test_a_node_is_no_member(done: list[str]) -> None:
    """A control plane that leaves is looked for in the list, and nobody is waited for."""
    remove_machine.remove(VIEW, ["kube-master-03"], report()[0])
    assert done == ["list without kube-master-03", "destroy kube-master-03"]


def test_a_lab_with_one_member_has_no_list(done: list[str]) -> None:
    """A worker goes as ever."""
    single = checks.View.of(labs_data.lab(), paths.LabPaths(name="default"))
    remove_machine.remove(single, ["kube-worker-03"], report()[0])
    assert done == ["destroy kube-worker-03"]


def test_a_member_that_cannot_leave_keeps_its_box(done: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """etcd refused: its box is not destroyed, and the words say why."""

    def refused(_: checks.View, name: str) -> bool:
        raise ssh.Failed(LAB.etcd[0], f"member remove {name}", 1, "etcdserver: unhealthy cluster")

    monkeypatch.setattr(etcd_members, "remove", refused)
    with pytest.raises(errors.LabError, match="etcd-04 could not be removed") as problem:
        remove_machine.remove(VIEW, ["etcd-04"], report()[0])
    assert "unhealthy cluster" in str(problem.value.details)
    assert done == []


class Engine:
    """Docker with boxes of two former workers, the API with the node of one; whatever else is asked is refused."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for both."""
        self.stopped: list[str] = []
        patch.setattr(docker.Docker, "boxes", lambda _, lab: self.boxes if lab == "default" else 1 / 0)
        patch.setattr(docker.Docker, "stop", lambda _, boxes: self.stopped.extend(boxes))

    boxes = tuple(
        providers.Box(ident=name, name=name, lab="default", machine=name, runs=runs, address=IPv4Address(address))
        for name, address, runs in (
            ("old-01", "192.168.56.121", True),
            ("old-02", "192.168.56.122", False),
            ("old-03", "192.168.56.123", True),
            ("kube-worker-02", "192.168.56.122", True),
        )
    )

    def request(self, _: str, path: str) -> SimpleNamespace:
        """Return the node of a former worker."""
        address = {box.machine: str(box.address) for box in self.boxes}[path.removeprefix("/api/v1/nodes/")]
        node = {"status": {"addresses": [{"type": "InternalIP", "address": address}]}}
        return SimpleNamespace(ok=True, json=lambda: node)


def test_a_renamed_worker_leaves_its_address_to_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another `name:` keeps the octets: the new boxes could not start beside the old ones, which are stopped first. One
    that has an address of its own runs on until it is drained."""
    engine = Engine(monkeypatch)
    view = checks.View.of(labs_data.lab(), paths.LabPaths(name="default"))
    said, out = report()
    remove_machine.make_way(view, ["old-01", "old-02", "old-03"], said)
    assert engine.stopped == ["old-01"]
    assert "old-01" in out.getvalue()
    remove_machine.make_way(view, ["old-03"], said)
    remove_machine.make_way(view, [], said)
    assert engine.stopped == ["old-01"]


def test_the_pod_network_of_an_address_that_is_used_again_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flannel knows a node by its address: the lease of a renamed worker is its successor's by now."""
    released: list[str] = []
    monkeypatch.setattr(pod_network, "release", lambda _, which, addresses: released.extend([which, *addresses]))
    api = cast(kube_api.Api, Engine(monkeypatch))
    view = checks.View(lab=labs_data.lab(), where=paths.LabPaths(name="default"), api=api)
    remove_machine._release(view, "old-01")
    assert released == []
    remove_machine._release(view, "old-03")
    assert released == ["of", "192.168.56.123"]


def test_the_pods_of_a_box_that_did_not_run_end_before_their_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kubelet says that they ended, and a claim stays as long as a pod has it: its end was waited for in vain."""
    engine, steps = Engine(monkeypatch), list[str]()
    node: kube_api.Json = {"metadata": {"name": "old-02"}}
    volume: kube_api.Json = {"spec": {"claimRef": {"namespace": "shop", "name": "data"}}}
    pod: kube_api.Json = {"metadata": {"namespace": "shop", "name": "store-0"}}

    def items(path: str, **query: str) -> list[kube_api.Json]:
        if path == "/api/v1/pods":
            assert query == {"fieldSelector": "spec.nodeName=old-02"}
            return [pod]
        return {"/api/v1/nodes": [node], volumes.COLLECTION: [volume]}[path]

    def delete(path: str, **query: str) -> None:
        steps.append(" ".join([path, *query.values()]))

    monkeypatch.setattr(volumes, "on", lambda found, name: found if name == "old-02" else ())
    monkeypatch.setattr(kubectl, "run", lambda _, *words, **__: steps.append(" ".join(words[:2])))
    monkeypatch.setattr(remove_machine, "_give_up", lambda _, claims, __: steps.append(f"give up {claims}"))
    monkeypatch.setattr(docker.Docker, "volumes", lambda *_: ())
    monkeypatch.setattr(docker.Docker, "remove_boxes", lambda *_: None)
    monkeypatch.setattr(docker.Docker, "remove_volumes", lambda *_: None)
    monkeypatch.setattr(vagrant, "forget", lambda _: None)
    api = cast(kube_api.Api, SimpleNamespace(items=items, delete=delete, request=engine.request))
    view = checks.View(lab=labs_data.lab(), where=paths.LabPaths(name="default"), api=api)
    with report()[0].phase("remove") as phase:
        assert remove_machine._one(view, "old-02", phase) == "shop/data"
    assert steps == [
        "drain old-02",
        "/api/v1/namespaces/shop/pods/store-0 0",
        "give up [('shop', 'data')]",
        "/api/v1/nodes/old-02",
    ]
