"""No loss is silent: a run names the parts that Docker no longer has before it makes them anew."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from pathlib import Path

import labs_data
import pytest
from fakes import Computer, report

from kubelab import paths
from kubelab.converge import lost_volumes, observed
from kubelab.files import atomic
from kubelab.providers import docker
from kubelab.state import checkpoint_files, workspace

LAB = labs_data.lab()
NOW = datetime.datetime(2026, 11, 29, 18, 47, 5, tzinfo=datetime.UTC)
ALL = {machine.name for machine in LAB.machines}


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a lab that was up, has a last good checkpoint, and whose boxes Vagrant has made."""
    Computer.made(tmp_path, monkeypatch)
    found = paths.LabPaths(name="default")
    workspace.remember(found, {"provider": "docker"})
    monkeypatch.setattr(observed, "vagrant_id", lambda _: "854603cfa00b")
    with checkpoint_files.draft(found, checkpoint_files.LAST_GOOD) as making:
        (making / "etcd.db").write_bytes(b"x")
        checkpoint_files.finish(making, found, checkpoint_files.LAST_GOOD, NOW, {})
    return found


def told(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, there: set[str]) -> str:
    """Return what is said when these machines have volumes."""
    monkeypatch.setattr(docker.Docker, "volume_machines", lambda *_: there)
    run, shown = report()
    lost_volumes.tell(LAB, where, run)
    return shown.getvalue()


def test_a_prune_with_volumes_is_told_with_the_way_back(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checkpoint that the next green lab.up would write over is kept, and is read by the name that is said."""
    said = told(where, monkeypatch, set())
    assert "etcd-01" in said
    assert "begins empty" in said
    assert "./run checkpoint.restore last-good-20261129184705 " in said
    kept = checkpoint_files.read(where, "last-good-20261129184705")
    assert (kept.name, list(kept.files), checkpoint_files.flaws(where, kept)) == (kept.name, ["etcd.db"], [])
    assert checkpoint_files.names(where) == ["last-good-20261129184705"]
    assert told(where, monkeypatch, set()) == said, "a run that was stopped before boxes were made says it again"


def test_a_run_that_was_killed_while_it_kept_the_checkpoint_lost_none(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had the second name already, and its manifest still the first: it was called damaged, for good."""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(atomic, "write", killed)
        told(where, patch, set())
    assert "./run checkpoint.restore last-good-20261129184705 " in told(where, monkeypatch, set())
    kept = checkpoint_files.read(where, "last-good-20261129184705")
    assert (kept.name, checkpoint_files.flaws(where, kept)) == ("last-good-20261129184705", [])


def test_a_lost_worker_is_no_lost_cluster(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which box is said, and not more."""
    said = told(where, monkeypatch, ALL - {"kube-worker-02"})
    assert "volumes of kube-worker-02 (" in said
    assert "begins empty" not in said


def test_a_lost_member_of_several_is_no_empty_cluster(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others have the data; all of them gone, it begins empty."""
    second = dataclasses.replace(LAB.etcd[0], name="etcd-02")
    monkeypatch.setattr(sys.modules[__name__], "LAB", dataclasses.replace(LAB, machines=(*LAB.machines, second)))
    said = told(where, monkeypatch, ALL)
    assert "etcd-02 lost a copy of the cluster's data" in said
    assert "begins empty" not in said
    assert "begins empty" in told(where, monkeypatch, ALL - {"etcd-01"})


@pytest.mark.parametrize("case", ["all there", "never up", "a new worker"])
def test_what_was_never_there_is_not_lost(case: str, where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prune without volumes, a first lab.up, and a box that is still to be made."""
    if case == "never up":
        (where.state / "kept.json").unlink()
    if case == "a new worker":
        monkeypatch.setattr(observed, "vagrant_id", lambda machine: None if machine.name == "kube-worker-02" else "1")
    there = {"all there": ALL, "never up": set(), "a new worker": ALL - {"kube-worker-02"}}[case]
    assert told(where, monkeypatch, there) == ""
    assert checkpoint_files.names(where) == [checkpoint_files.LAST_GOOD]


def test_a_damaged_checkpoint_is_no_way_back(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss is told all the same."""
    (checkpoint_files.folder(where, checkpoint_files.LAST_GOOD) / checkpoint_files.MANIFEST).write_text(
        "{", encoding="utf-8"
    )
    said = told(where, monkeypatch, set())
    assert "lost" in said
    assert "checkpoint.restore" not in said
