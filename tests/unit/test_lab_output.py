"""The closing lines of a word: the lab's state, an exit code, and the next command."""

from __future__ import annotations

import dataclasses
import io
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import labs_data
import pytest
import rich.console
import why_data
from fakes import Answer, Computer, report

from kubelab import checks, errors, paths
from kubelab.converge import apply, observed, repair, session
from kubelab.diagnosis import gather
from kubelab.tasks.output import lab_output


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what is printed."""
    out = io.StringIO()
    monkeypatch.setattr(lab_output, "_CONSOLE", rich.console.Console(file=out, highlight=False, width=160))
    return out


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer on which the default lab has a box."""
    made = Computer.made(tmp_path, monkeypatch)
    running(made, "default")
    return made


def running(computer: Computer, *labs: str) -> None:
    """Let these labs have one running box each, and one that is stopped."""
    boxes: list[dict[str, Any]] = []
    for lab in labs:
        for state in (True, False):
            row = {"Config": {"Labels": {"kubelab.lab": lab}}, "State": {"Running": state}}
            boxes.append({"Id": str(len(boxes)), "Name": f"/{lab}", **row})
    listed = " ".join(str(number) for number, _ in enumerate(boxes))
    answers = {"ps -aq": Answer(out=listed), "container inspect 0": Answer(out=json.dumps(boxes))}
    computer.program("docker", answers)


def status(seen: Mapping[str, str | None], monkeypatch: pytest.MonkeyPatch, *, as_json: bool = False) -> errors.Exit:
    """Return the exit code for a lab that is well but for what checks saw."""
    view = dataclasses.replace(why_data.record(), checks={**dict.fromkeys(why_data.record().checks), **seen})
    monkeypatch.setattr(gather, "gather", lambda *_: view)
    return lab_output.status(session.opened("default"), as_json=as_json)


@pytest.mark.usefixtures("computer")
def test_a_lab_that_is_well(shown: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for each part, and 0."""
    assert status({}, monkeypatch) is errors.Exit.GOOD
    assert shown.getvalue().splitlines()[-1] == "lab default is well"
    assert shown.getvalue().count("✓") == len(checks.healthy(labs_data.lab()))


@pytest.mark.usefixtures("computer")
def test_a_lab_of_which_a_part_is_wrong(shown: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen stands beside it, brackets and all: 3, and the word that names the cause."""
    assert status({"API server": "/readyz says [500]"}, monkeypatch) is errors.Exit.DEGRADED
    assert "/readyz says [500]" in shown.getvalue()
    assert "./run lab.why" in shown.getvalue().splitlines()[-1]


def test_a_lab_that_is_not_there(computer: Computer, shown: io.StringIO) -> None:
    """4, and what to type."""
    computer.program("docker", {"ps -aq": Answer()})
    assert lab_output.status(session.opened("default"), as_json=False) is errors.Exit.ABSENT
    assert "./run lab.up" in shown.getvalue()


@pytest.mark.usefixtures("computer")
def test_programs_get_rows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One document: verdict, and each check with what it saw."""
    status({"etcd": "unhealthy"}, monkeypatch, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert [row["check"] for row in document["checks"]] == list(checks.healthy(labs_data.lab()))
    assert [row["check"] for row in document["checks"] if row["ok"] is not True] == ["etcd"]
    assert document["exit"] == 3


def test_labs_with_and_without_a_file_are_listed(computer: Computer, shown: io.StringIO) -> None:
    """Every file with its size and what runs of it; a lab whose file is gone is not forgotten."""
    running(computer, "default", "orphan")
    lab_output.labs()
    rows = {line.split()[0]: line for line in shown.getvalue().splitlines() if line.strip()}
    assert rows["default"].split()[1:] == ["docker", "4", "1"]
    assert "no file under labs/" in rows["orphan"]


def test_labs_are_listed_while_docker_is_stopped(
    computer: Computer, shown: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs is not known, and the error says so; the files are there, under names that are no markup."""
    computer.program("docker", {"": Answer(err="Cannot connect to the Docker daemon", code=1)})
    (tmp_path / "labs").mkdir()
    for name in ("good", "[red]odd"):
        (tmp_path / "labs" / f"{name}.yaml").touch()
    monkeypatch.setattr(paths, "LABS", tmp_path / "labs")
    with pytest.raises(errors.LabError) as caught:
        lab_output.labs()
    assert caught.value.ident.startswith("docker-")
    rows = {line.split()[0]: line for line in shown.getvalue().splitlines() if line.strip()}
    assert rows["good"].split()[1:] == ["docker", "4", "?"]
    assert "[red]odd" in rows


def test_a_lab_of_another_checkout_is_not_counted_as_ours(computer: Computer, shown: io.StringIO) -> None:
    """Another user of this computer's Docker has a lab of that name: it has a row of its own, with its place."""
    labels = {"kubelab.lab": "default", "kubelab.root": "/home/ada/kubelab"}
    found = [{"Id": "a", "Name": "/a", "State": {"Running": True}, "Config": {"Labels": labels}}] * 3
    computer.program("docker", {"ps": Answer(out="a b c"), "container inspect": Answer(out=json.dumps(found))})
    lab_output.labs()
    rows = [line for line in shown.getvalue().splitlines() if line.split()[:1] == ["default"]]
    assert [row.split()[-1] for row in rows] == ["0", "3"]
    assert "/home/ada/kubelab" in rows[1]


@pytest.mark.usefixtures("computer")
def test_an_invalid_lab_file_is_listed_with_its_problems(
    shown: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One mistake does not hide the other labs."""
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/mine.yaml").write_text("provider: dokcer\naddon: []\n", encoding="utf-8")
    (tmp_path / "labs/good.yaml").touch()
    monkeypatch.setattr(paths, "LABS", tmp_path / "labs")
    lab_output.labs()
    assert "invalid: 2 problems" in shown.getvalue()
    assert "good" in shown.getvalue()


@pytest.mark.usefixtures("computer")
def test_what_follows_from_a_lab_file(shown: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    """As a table for people, whole for programs."""
    lab_output.show(session.opened("default").lab, as_json=False)
    for part in ("kube-worker-02", "192.168.56.122", "10.3.0.10", "https://192.168.56.111:6443", "kubelab-default"):
        assert part in shown.getvalue()
    lab_output.show(session.opened("default").lab, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["derived"]["dns_service"] == "10.3.0.10"
    assert document["machines"][0]["name"] == "etcd-01"
    assert document["versions"]["components"]["kubernetes"]


def risen(name: str, *, did: bool) -> str:
    """Return what is said of a lab that has risen."""
    lab, (progress, out) = labs_data.lab(name), report()
    state = observed.State.CREATE if did else observed.State.EQUAL
    done = apply.UpResult(
        lab=lab,
        where=paths.LabPaths(name=name),
        boxes={machine.name: state for machine in lab.machines},
        reached={},
        by_hand=repair.Changes(),
        pending=did,
    )
    lab_output.brought_up(done, progress)
    return out.getvalue()


def test_a_lab_that_is_up_says_what_to_type_next() -> None:
    """Machines, KUBECONFIG, PATH, and words with the lab's name where that is needed."""
    said = risen("mine", did=True)
    where = paths.LabPaths(name="mine")
    assert f"export KUBECONFIG={shlex.quote(str(where.kubeconfig))}\n" in said
    assert f'export PATH={shlex.quote(str(where.bin))}:"$PATH"' in said
    assert "./run guestbook.open --lab mine" in said
    assert "--lab" not in risen("default", did=True)


def test_a_second_up_says_that_nothing_was_done() -> None:
    """Nobody should wonder whether something was restarted."""
    assert "is up already" in risen("mine", did=False)
    assert "is up already" not in risen("mine", did=True)


def test_destroying_what_is_not_there_says_so() -> None:
    """And what is gone is counted, in good English."""
    progress, out = report()
    lab_output.destroyed("mine", {"machine": 0, "volume": 0}, progress)
    lab_output.destroyed("mine", {"machine": 4, "network": 1}, progress)
    first, second = out.getvalue().splitlines()
    assert "not there" in first
    assert "4 machines, 1 network." in second
