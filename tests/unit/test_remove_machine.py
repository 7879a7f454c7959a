"""A machine that the lab file no longer names goes: a member of etcd leaves the others' list before its box does."""

from __future__ import annotations

from pathlib import Path

import labs_data
import pytest
from fakes import Computer, report

from kubelab import checks, errors, paths
from kubelab.clients import ssh
from kubelab.converge import etcd_members, remove_machine, rolling

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
