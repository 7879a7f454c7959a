"""The door to Docker asks by label, forgives what goes away meanwhile, and tells its refusals apart."""

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


def test_a_labs_things_are_found_by_its_label(computer: Computer) -> None:
    """Running or not; what Docker says of them is handed on."""
    computer.program("docker", {"ps": Answer(out="a\nb\n"), "container inspect a b": Answer(out='[{"Id": "a"}]')})
    assert docker.containers("mine") == [{"Id": "a"}]
    assert computer.calls("docker")[0] == "ps -aq --filter label=kubelab.lab=mine"


def test_all_labs_things_are_found_by_the_labels_name(computer: Computer) -> None:
    """Nothing that is not a lab's is ever looked at."""
    computer.program("docker", {"volume ls": Answer(out="v1\nv2\n"), "network ls": Answer()})
    assert docker.volumes() == ["v1", "v2"]
    assert docker.networks() == []
    assert computer.calls("docker") == [
        "volume ls -q --filter label=kubelab.lab",
        "network ls -q --filter label=kubelab.lab",
    ]


def test_what_goes_away_between_listing_and_looking_is_no_error(computer: Computer) -> None:
    """A container was removed in between: the listing is made again."""
    script = f"""#!/bin/sh
case "$*" in
  "ps "*) if [ -e "{computer.folder}/gone" ]; then echo b; else echo a b; fi ;;
  "container inspect a b") : > "{computer.folder}/gone"; echo "Error: No such container: a" >&2; exit 1 ;;
  "container inspect b") echo '[{{"Id": "b"}}]' ;;
  *) exit 97 ;;
esac
"""
    computer.script("docker", script)
    assert docker.containers("mine") == [{"Id": "b"}]


def test_what_never_can_be_looked_at_is_an_error(computer: Computer) -> None:
    """It tries three times, no more."""
    refusal = Answer(err="Error: No such container: a", code=1)
    computer.program("docker", {"ps": Answer(out="a"), "container inspect": refusal})
    with pytest.raises(errors.LabError) as caught:
        docker.containers("mine")
    assert caught.value.ident == "docker-failed"
    assert len(computer.calls("docker")) == 6


def test_another_refusal_is_not_tried_again(computer: Computer) -> None:
    """It would not get better."""
    computer.program("docker", {"ps": Answer(out="a"), "container inspect": Answer(err="disk is full", code=1)})
    with pytest.raises(errors.LabError):
        docker.containers("mine")
    assert len(computer.calls("docker")) == 2


def test_removing_nothing_asks_nobody(computer: Computer) -> None:
    """No Docker is needed for it."""
    docker.remove("container", [])
    assert computer.calls("docker") == []


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("container", "container rm --force a b"),
        ("volume", "volume rm --force a b"),
        ("network", "network rm a b"),
    ],
)
def test_running_containers_are_removed_too_and_networks_have_no_such_option(
    computer: Computer, kind: str, call: str
) -> None:
    """One call for all of them."""
    computer.program("docker", {call: Answer()})
    docker.remove(kind, ["a", "b"])
    assert computer.calls("docker") == [call]


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
