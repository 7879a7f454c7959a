"""The door to Vagrant retries a failure by a container that came or went, and reports all others."""

from __future__ import annotations

from pathlib import Path

import labs_data
import pytest
from fakes import Computer

from kubelab import errors, paths
from kubelab.clients import vagrant

CAME = 'Command: ["docker", "inspect", "854603cfa00b"]\n\nStderr: Error: No such object: 854603cfa00b\n'
"""What Vagrant 2.3 said when a box of the same lab was being made while it looked for taken ports."""
TAKEN = "Stderr: docker: Error response from daemon: Address already in use.\n"


def boxes(folder: Path, patch: pytest.MonkeyPatch, said: str, fails: int) -> tuple[vagrant.Machines, Computer]:
    """Return a lab's door to a Vagrant that says something and fails the first few times."""
    computer = Computer.made(folder, patch)
    computer.everything()
    count = f'echo "$*" >> {folder}/vagrant.calls; test "$(wc -l < {folder}/vagrant.calls)" -gt {fails}'
    computer.script("vagrant", f"#!/bin/sh\n{count} && exit 0\ncat >&2 <<'END'\n{said}END\nexit 1\n")
    return vagrant.Machines(labs_data.lab(), paths.LabPaths(name="default")), computer


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_a_container_that_came_or_went_is_no_failure(
    fails: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vagrant is run again until no other container is in its way."""
    door, computer = boxes(tmp_path, monkeypatch, CAME, fails)
    door.up()
    assert computer.calls("vagrant") == ["up --provider=docker"] * (fails + 1)


@pytest.mark.parametrize(("said", "calls"), [(CAME, vagrant.TRIES), (TAKEN, 1)])
def test_what_stays_wrong_is_told(said: str, calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another failure is told at once and the same one after three tries, with Vagrant's last words and its log."""
    door, computer = boxes(tmp_path, monkeypatch, said, 99)
    with pytest.raises(errors.LabError) as caught:
        door.up()
    assert caught.value.ident == "vagrant-failed"
    assert caught.value.details[-1] == said.splitlines()[-1]
    assert caught.value.log == door.log
    assert len(computer.calls("vagrant")) == calls
