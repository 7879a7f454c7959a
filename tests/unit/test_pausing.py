"""A paused lab takes no processor, runs on with the first word that needs it, and loses no pod."""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import json
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import course_data
import invoke.context
import pytest
from fakes import Answer, Computer, report

from kubelab import errors, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import kube_api, procfs
from kubelab.converge import session
from kubelab.course import course_plan, student_labs, student_pauses
from kubelab.lab import lifecycle, pausing
from kubelab.state import locks, paused
from kubelab.tasks import namespace
from kubelab.tasks.output import lab_output

LAB = "default"
DOCKER = model.Provider.DOCKER
RESTS = {
    "boxes.ignition", "boxes.make", "checkpoint.delete", "checkpoint.list", "course.up", "exam.flag", "exam.show",
    "exam.status", "exercise.hint", "exercise.list",
    "exercise.share", "exercise.show", "exercise.submit", "lab.destroy", "lab.halt", "lab.render", "lab.show",
    "lab.status", "lab.timeline",
}  # fmt: skip
"""Words about a lab that do without its boxes, or stop them: a paused one stays paused."""

AT_ONCE = {
    "dashboard.open", "guestbook.open", "lab.env", "lab.kubeconfig", "lab.kubectl", "lab.logs", "lab.ssh", "lab.up",
}  # fmt: skip
"""Words that judge nothing, or wait for the lab themselves: the boxes run, and the API server answers."""


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer with the default lab up: its API server answers."""
    made = Computer.made(tmp_path, monkeypatch)
    boxes(made, paused=False)
    monkeypatch.setattr(kube_api.Api, "ready", lambda _: True)
    monkeypatch.setattr(wait, "ill", lambda _: {})
    where = paths.LabPaths(name=LAB)
    where.state.mkdir(parents=True)
    where.kubeconfig.touch()
    return made


def boxes(computer: Computer, *, paused: bool, lab: str = LAB, runs: bool = True) -> None:
    """Let Docker have every box of the default lab, and know how to pause and resume."""
    rows: list[dict[str, Any]] = []
    for machine in session.open_lab(LAB)[0].machines:
        labels = {"kubelab.lab": lab, "kubelab.box": machine.name}
        networks = {"lab": {"IPAMConfig": {"IPv4Address": str(machine.address)}}}
        rows.append({
            "Id": machine.container, "Name": f"/{machine.container}", "Config": {"Labels": labels},
            "State": {"Running": runs, "Paused": paused}, "NetworkSettings": {"Networks": networks},
        })  # fmt: skip
    answers = {"ps -aq": Answer(out=" ".join(row["Id"] for row in rows)), "pause": Answer(), "unpause": Answer()}
    computer.program("docker", {**answers, "container inspect": Answer(out=json.dumps(rows))})


def pause() -> None:
    """Pause the default lab."""
    with session.held(LAB, course_data.quiet()) as held:
        pausing.pause(held)


def acts(computer: Computer) -> list[str]:
    """Return what Docker was told to do, without the looks."""
    return [call.split()[0] for call in computer.calls("docker") if "pause" in call.split()[0]]


def words() -> Iterator[str]:
    """Yield every word that is about a lab."""
    found = namespace.collection(namespace.known())
    for name in found.task_names:
        if "lab" in inspect.signature(found[name].body).parameters:
            yield name


@pytest.mark.usefixtures("computer")
@pytest.mark.parametrize("word", sorted(words()))
def test_a_word_that_needs_a_paused_lab_resumes_it(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before all else, with a line of its own on stderr; a word that needs no box leaves it paused."""
    resumed: list[str] = []
    paused.begun(LAB, [])
    for way in ("resume", "settle"):

        def runs_on(_: str, way: str = way) -> float:
            resumed.append(way)
            return 1.5

        monkeypatch.setattr(pausing, way, runs_on)
    guarded = namespace.collection([word])[word].body
    done: list[Any] = []
    cell = guarded.__closure__[guarded.__code__.co_freevars.index("body")]  # what the word itself does
    monkeypatch.setattr(cell, "cell_contents", lambda *_, **given: done.append(given["lab"]))
    guarded(invoke.context.Context(), lab=LAB)
    assert (resumed, done) == ([] if word in RESTS else ["resume" if word in AT_ONCE else "settle"], [LAB])
    said = capsys.readouterr()
    assert (f"lab {LAB} was paused since" in said.err) == (word not in RESTS)
    assert said.out == ""


def test_every_word_that_rests_is_a_word_about_a_lab() -> None:
    """A word that is renamed does not stay in the table."""
    assert set(words()) > RESTS | AT_ONCE


@pytest.mark.usefixtures("computer")
def test_a_lab_without_a_mark_costs_a_word_no_question(computer: Computer) -> None:
    """Docker is not asked whether a lab is paused."""
    computer.program("docker", {})
    assert pausing.resume(LAB) == 0.0
    assert computer.calls("docker") == []


def test_a_lab_is_paused_once_and_resumed_once(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first word lets the boxes run; one that judges the lab waits until it is as before, also a later one."""
    both, one = {"dns": "down", "nodes": ""}, {"nodes": ""}
    looks = iter([both, one, both, one, {}])
    monkeypatch.setattr(wait, "ill", lambda _: {"nodes": "not Ready"})
    monkeypatch.setattr(pausing, "FIRST", 0.0)
    pause()
    monkeypatch.setattr(wait, "ill", lambda _: next(looks))
    boxes(computer, paused=True)
    assert pausing.resume(LAB) > 0
    assert acts(computer) == ["pause", "unpause"]
    assert pausing.resume(LAB) == 0.0
    boxes(computer, paused=False)
    assert pausing.settle(LAB) > 0
    assert list(looks) == []
    assert (paused.read(LAB), pausing.settle(LAB)) == (None, 0.0)
    assert acts(computer) == ["pause", "unpause"]


def test_a_lab_that_does_not_settle_is_judged_as_it_is(monkeypatch: pytest.MonkeyPatch, computer: Computer) -> None:
    """The wait ends, and counts from when the boxes ran again."""
    monkeypatch.setattr(wait, "ill", lambda _: {"dns": "down"})
    boxes(computer, paused=True)
    paused.write(LAB, paused.Mark(since="then", ill=frozenset(), resumed=time.time() - 2 * pausing.SETTLE))
    assert 0 < pausing.settle(LAB) < pausing.SETTLE
    assert paused.read(LAB) is None


def test_a_clock_that_was_set_back_makes_nobody_wait(monkeypatch: pytest.MonkeyPatch, computer: Computer) -> None:
    """A resumed lab that does not settle is judged after its time, not after the year by which the clock was wrong."""
    waits: list[float] = []
    monkeypatch.setattr(pausing, "_settled", lambda _view, _ill, left: waits.append(left))
    boxes(computer, paused=False)
    paused.write(LAB, paused.Mark(since="then", ill=frozenset(), resumed=time.time() + 365 * 86400))
    pausing.settle(LAB)
    assert waits == [pausing.SETTLE]


@pytest.mark.usefixtures("computer")
def test_a_damaged_mark_is_a_mark() -> None:
    """The lab is resumed all the same."""
    paused.begun(LAB, [])
    paused.path(LAB).write_text("{", encoding="utf-8")
    assert paused.read(LAB) == paused.Mark(since="a moment that cannot be read", ill=frozenset())


def test_only_what_runs_is_paused_and_only_what_is_paused_resumed(computer: Computer) -> None:
    """Docker refuses both for the others."""
    boxes(computer, paused=True)
    pause()
    boxes(computer, paused=False)
    pausing.resume(LAB)
    assert acts(computer) == []


@pytest.mark.usefixtures("computer")
def test_a_mark_of_a_lab_whose_boxes_are_stopped_is_forgotten(computer: Computer) -> None:
    """The computer was restarted meanwhile: the word says what it would say of any stopped lab."""
    boxes(computer, paused=False, runs=False)
    paused.begun(LAB, [])
    pausing.resume(LAB)
    assert (paused.read(LAB), acts(computer)) == (None, [])


def test_a_lab_with_a_stopped_box_is_not_paused(computer: Computer) -> None:
    """It is broken, or on its way."""
    boxes(computer, paused=False, runs=False)
    with pytest.raises(errors.LabError) as caught:
        pause()
    assert (caught.value.ident, paused.read(LAB)) == ("boxes-down", None)


@pytest.mark.usefixtures("computer")
def test_status_says_paused_and_changes_nothing(computer: Computer, capsys: pytest.CaptureFixture[str]) -> None:
    """Not degraded: no check could look. For programs as well."""
    paused.begun(LAB, [])
    boxes(computer, paused=True)
    assert lab_output.status(session.opened(LAB), as_json=True) is errors.Exit.UNKNOWN
    assert json.loads(capsys.readouterr().out)["paused"] == pausing.rests(LAB) != ""
    assert lab_output.status(session.opened(LAB), as_json=False) is errors.Exit.UNKNOWN
    assert acts(computer) == []


def test_a_paused_lab_is_halted_after_it_runs_again(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine stops a frozen box cleanly."""
    paused.begun(LAB, [])
    boxes(computer, paused=True)
    seen: list[list[str]] = []

    class Machines:
        """Vagrant, which is asked after the boxes run."""

        def __init__(self, *_: object) -> None:
            """Know nothing."""

        def halt(self, _: object) -> None:
            """Note what happened before, and let the boxes be stopped."""
            seen.append(acts(computer))
            boxes(computer, paused=False, runs=False)

    monkeypatch.setattr("kubelab.clients.vagrant.Machines", Machines)
    with session.held(LAB, course_data.quiet()) as held:
        lifecycle.halt(held)
    assert (seen, paused.read(LAB)) == ([["unpause"]], None)


def students(*names: str) -> list[course_plan.Student]:
    """Return students of these ids."""
    return [course_plan.Student(id=name, name="") for name in names]


def test_each_lab_of_a_class_is_paused_or_said_why_not(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a program works with, and one that another run holds, are in use; one that is not up is named."""
    lab = {name: student_labs.lab_name(name) for name in ("ada", "grace", "edsger", "alan")}
    monkeypatch.setattr(student_pauses, "_runs", lambda name: name != lab["alan"])
    monkeypatch.setattr(pausing, "used", lambda name: name == lab["grace"])
    monkeypatch.setattr(session, "held", lambda name, *_, **__: locks.lab(name))
    done: list[object] = []
    monkeypatch.setattr(pausing, "pause", done.append)
    progress, shown = report()
    with locks.lab(lab["edsger"]):
        code = student_pauses.pause(students(*lab), progress)
    assert (code, len(done)) == (errors.Exit.GOOD, 1)
    rows = [line.split()[:2] for line in shown.getvalue().splitlines() if line.startswith("  s-")]
    assert rows == [[lab["ada"], "paused"], [lab["grace"], "in"], [lab["edsger"], "in"], [lab["alan"], "not"]]
    assert shown.getvalue().splitlines()[-1] == "1 paused, 2 in use, 1 not up"
    assert computer.calls("docker") == []


@pytest.mark.usefixtures("computer")
def test_a_lab_that_cannot_be_paused_fails_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are gone through all the same."""

    def refuse(_: str) -> bool:
        raise errors.LabError("docker-failed", "no answer")

    monkeypatch.setattr(student_pauses, "_runs", refuse)
    progress, shown = report()
    assert student_pauses.resume(students("ada", "grace"), progress) is errors.Exit.FAILED
    assert shown.getvalue().count("docker-failed: no answer") == 2


def test_a_connection_to_a_box_is_seen(tmp_path: Path) -> None:
    """One that is established, from here to the box: no listener, none that was closed, and none of this very run."""
    (tmp_path / "net").mkdir()
    (tmp_path / "self" / "fd").mkdir(parents=True)
    (tmp_path / "self" / "fd" / "3").symlink_to("socket:[18]")
    states = {"7938A8C0:192B": "01", "7838A8C0:0016": "06", "7738A8C0:0016": "0A", "7638A8C0:192B": "01"}
    rows = [f"  {number}: 0100A8C0:C350 {there} {state} 0:0 0:0 0 0 0 {15 + number} 1" for number, (there, state) in
            enumerate(states.items())]  # fmt: skip
    (tmp_path / "net" / "tcp").write_text("\n".join(["sl local remote st", *rows, ""]), encoding="ascii")
    found = {last: procfs.connected([IPv4Address(f"192.168.56.{last}")], tmp_path) for last in (121, 120, 119, 118)}
    assert found == {121: True, 120: False, 119: False, 118: False}
    assert not procfs.connected([], tmp_path)


@pytest.mark.usefixtures("computer")
def test_boxes_that_a_provider_cannot_pause_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """`not-on-provider`, and nothing is marked."""
    lacks = dataclasses.replace(providers.BY_KIND[DOCKER], cannot=frozenset({providers.Act.PAUSE}))
    monkeypatch.setattr(providers, "BY_KIND", {DOCKER: lacks})
    with pytest.raises(errors.LabError) as caught:
        pause()
    assert (caught.value.ident, paused.read(LAB)) == ("not-on-provider", None)


def test_a_login_that_nobody_works_over_is_no_use_of_a_lab(computer: Computer) -> None:
    """`lab.up` leaves one to each box for 20 s: `course.up --pause` found every lab in use. A shell's own stays."""
    computer.program("ssh", {"-F none": Answer()})
    where = paths.LabPaths(name=LAB)
    with contextlib.ExitStack() as stack:
        idle, busy, shell = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(3))
        for master, name in ((idle, "ssh-1"), (busy, "ssh-2")):
            master.bind(str(where.root / f"{name}.abc"))  # as ssh does, which gives it its name when it listens
            master.listen()
            (where.root / f"{name}.abc").rename(where.root / name)
        shell.connect(str(where.root / "ssh-2"))
        stack.enter_context(busy.accept()[0])
        assert not pausing.used(LAB)
        assert [call.split()[3] for call in computer.calls("ssh")] == [str(where.root / "ssh-1")]
