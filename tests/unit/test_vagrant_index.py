"""Vagrant's records of a machine that a lab no longer has are removed, and no other project's records."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import Computer

from kubelab import paths
from kubelab.clients import vagrant

MINE, OTHER = "097ba44d8b6244c087663ac051db0841", "ba03a98640534210843bd3bb296b1b8d"
FORGET = """
import sys
from pathlib import Path
from kubelab import paths
from kubelab.clients import vagrant
paths.ROOT = Path(sys.argv[1])
vagrant.forget("mine-kube-worker-03")
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return Vagrant's index, in which a worker that leaves and one of the same name of another checkout stand."""
    computer = Computer.made(tmp_path, monkeypatch)
    monkeypatch.delenv("VAGRANT_HOME", raising=False)
    monkeypatch.setattr(paths, "ROOT", computer.folder / "checkout")
    kept = worker() / "docker/index_uuid"
    kept.parent.mkdir(parents=True)
    kept.write_text(MINE, encoding="utf-8")
    path = computer.folder / "home/.vagrant.d/data/machine-index/index"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"version": 1, "machines": {MINE: entry("checkout"), OTHER: entry("else")}}), "utf-8")
    return path


def worker() -> Path:
    """Return the folder in which Vagrant keeps what it knows of the worker."""
    return paths.ROOT / ".vagrant/machines/mine-kube-worker-03"


def entry(root: str) -> dict[str, str]:
    """Return an entry as Vagrant writes it, shortened."""
    return {"name": "mine-kube-worker-03", "provider": "docker", "state": "running", "vagrantfile_path": root}


def test_a_worker_that_left_is_in_no_list(index: Path) -> None:
    """Its own entry goes, by the id that Vagrant gave it; one of the same name in another checkout stays."""
    vagrant.forget("mine-kube-worker-03")
    assert json.loads(index.read_text(encoding="utf-8")) == {"version": 1, "machines": {OTHER: entry("else")}}
    assert not worker().exists()


def test_it_waits_for_a_vagrant_that_writes_its_index(index: Path) -> None:
    """The lock is Vagrant's own: what it writes meanwhile is not lost."""
    lock = index.with_name("index.lock")
    holder = ["/usr/bin/flock", str(lock), sys.executable, "-c", "print('held', flush=True); input()"]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        words = [sys.executable, "-c", FORGET, str(paths.ROOT)]
        with subprocess.Popen(words, cwd=Path(vagrant.__file__).parents[2]) as run:
            with pytest.raises(subprocess.TimeoutExpired):
                run.wait(timeout=3)
            third = {**json.loads(index.read_text(encoding="utf-8"))["machines"], "third": entry("third")}
            index.write_text(json.dumps({"version": 1, "machines": third}), encoding="utf-8")
            other.communicate("\n")
            assert run.wait(timeout=60) == 0
    assert set(json.loads(index.read_text(encoding="utf-8"))["machines"]) == {OTHER, "third"}


@pytest.mark.parametrize("text", ["", "{", '{"version": 2, "machines": {}}', None])
def test_an_index_of_another_kind_is_left_alone(index: Path, text: str | None) -> None:
    """Damaged, of another Vagrant, or not there: the machine is forgotten all the same."""
    index.unlink()
    if text is not None:
        index.write_text(text, encoding="utf-8")
    vagrant.forget("mine-kube-worker-03")
    assert not worker().exists()
    assert (index.read_text(encoding="utf-8") if index.exists() else None) == text
