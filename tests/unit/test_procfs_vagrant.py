"""The Vagrant processes of a lab: those of that lab only, and no program that merely has the word in its path."""

from __future__ import annotations

from pathlib import Path

from kubelab.clients import procfs


def process(proc: Path, number: int, words: list[str], lab: str) -> None:
    """Make a process of a /proc of the test's own."""
    folder = proc / str(number)
    folder.mkdir(parents=True)
    (folder / "cmdline").write_bytes(b"\0".join(word.encode() for word in words) + b"\0")
    (folder / "environ").write_bytes(f"HOME=/root\0KUBELAB_LAB={lab}\0".encode())


def test_only_the_lab_s_own_vagrant_is_found(tmp_path: Path) -> None:
    """A checkout under /home/vagrant is no Vagrant at work, and another lab's Vagrant is not this lab's."""
    process(tmp_path, 1, ["ruby", "/usr/bin/vagrant", "up"], "mine")
    process(tmp_path, 2, ["ruby", "/usr/bin/vagrant", "up"], "mine-too")
    process(tmp_path, 3, ["python", "/home/vagrant/kubelab/tasks.py"], "mine")
    assert procfs.vagrants("mine", tmp_path) == [1]
