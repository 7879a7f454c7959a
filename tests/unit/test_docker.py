"""The door to Docker tells its refusals apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import Answer, Computer

from kubelab import errors
from kubelab.clients import docker


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer without Docker: each test puts the one there that it needs."""
    return Computer.made(tmp_path, monkeypatch)


def test_a_refusal_keeps_dockers_last_words(computer: Computer) -> None:
    """Ten lines of them, and the command that it refused."""
    words = "\n".join(f"line {number}" for number in range(30))
    computer.program("docker", {"build": Answer(err=words, code=1)})
    with pytest.raises(errors.LabError, match="docker build x failed") as caught:
        docker.run("build", "x")
    assert caught.value.details == tuple(f"line {number}" for number in range(20, 30))


def test_the_fake_refuses_what_it_was_not_told(computer: Computer) -> None:
    """No test passes because a stand-in said yes to everything."""
    computer.program("docker", {"version": Answer(out=json.dumps({}))})
    with pytest.raises(errors.LabError) as caught:
        docker.run("system", "prune")
    assert "does not know: system prune" in caught.value.details[0]
