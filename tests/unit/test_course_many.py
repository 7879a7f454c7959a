"""A lab for each student: the name fits, memory decides how many start, one that fails does not stop the rest."""

from __future__ import annotations

import re
from pathlib import Path

import course_data
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubelab import errors, paths
from kubelab.config import load
from kubelab.converge import session
from kubelab.course import course_file, course_plan, student_labs
from kubelab.lab import lifecycle
from kubelab.state import subnets


def students(*names: str) -> list[course_plan.Student]:
    """Return students of these ids."""
    return [course_plan.Student(id=name, name="") for name in names]


def wish(name: str, *, running: bool = False) -> student_labs.Wish:
    """Return the wish of one student."""
    return student_labs.Wish(
        student=course_plan.Student(id=name, name=""), lab=student_labs.lab_name(name), running=running
    )


@given(
    first=st.from_regex(course_file.STUDENT, fullmatch=True), second=st.from_regex(course_file.STUDENT, fullmatch=True)
)
def test_every_id_gives_a_lab_name_of_its_own(first: str, second: str) -> None:
    """Whatever an id may be, and however alike two are."""
    for name in (first, second):
        assert paths.LAB_NAME.fullmatch(student_labs.lab_name(name))
    if first != second:
        assert student_labs.lab_name(first) != student_labs.lab_name(second)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a folder of lab files with one lab in it, on a computer without Docker's networks."""
    (tmp_path / "base.yaml").write_text("machines: {worker: {count: 1, memory: 1500}}\n", encoding="utf-8")
    monkeypatch.setattr(paths, "LABS", tmp_path)
    monkeypatch.setattr(subnets, "routed", list)
    return tmp_path


def test_a_file_with_problems_is_no_other_student_s_trouble(folder: Path) -> None:
    """The network of somebody else's lab is chosen all the same."""
    (folder / "s-ada.yaml").write_text("machines: {worker: {count: none}}\n", encoding="utf-8")
    assert load.read(student_labs.ensure_file("s-grace", "base").stem).network.machines


def test_each_lab_is_the_base_in_a_network_of_its_own(folder: Path) -> None:
    """Same machines, no two ranges alike, and a file that is there is left alone."""
    specs = [
        load.read(student_labs.ensure_file(student_labs.lab_name(name), "base").stem)
        for name in ("ada", "grace", "edsger")
    ]
    assert len({spec.network.machines for spec in specs}) == 3
    assert {spec.machines.worker.memory for spec in specs} == {1500}
    (folder / "s-ada.yaml").write_text("machines: {worker: {count: 2}}\n", encoding="utf-8")
    student_labs.ensure_file("s-ada", "base")
    assert load.read("s-ada").machines.worker.count == 2


class Computer:
    """Has this much memory free; each lab that is brought up takes some, and some labs fail."""

    def __init__(self, free: int, cost: int, fails: tuple[str, ...] = ()) -> None:
        """Count from here."""
        self.free, self.cost, self.fails, self.up = free, cost, fails, list[str]()

    def raise_lab(self, held: session.Held, *, riddle: str = "") -> None:
        """Be lifecycle.up."""
        assert not riddle
        lab = held.lab.name
        if lab in self.fails:
            raise errors.LabError("lab-not-ready", f"lab {lab} is not healthy", details=["nodes: 1 of 2 Ready"])
        self.up.append(lab)
        self.free -= self.cost


def outcomes(
    computer: Computer, names: list[str], monkeypatch: pytest.MonkeyPatch, estimate: int = 1000
) -> list[student_labs.Outcome]:
    """Return what becomes of these students' labs on that computer."""
    monkeypatch.setattr(lifecycle, "up", computer.raise_lab)
    room = student_labs.Memory(estimate=estimate, available=lambda: computer.free)
    return list(student_labs.up([wish(name) for name in names], "base", room, course_data.quiet()))


def test_what_a_lab_really_takes_decides_how_many_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Estimated at 1000 MiB four would fit; each takes 1500, so three do, and the rest is queued with the numbers."""
    assert folder.exists()
    found = outcomes(Computer(free=5600, cost=1500), ["a", "b", "c", "d", "e"], monkeypatch)
    assert [one.state for one in found] == ["up", "up", "up", "queued", "queued"]
    assert "1500 MiB are needed" in found[3].why
    assert student_labs.code(found) is errors.Exit.PENDING


def test_one_that_fails_does_not_stop_the_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary says which and why."""
    assert folder.exists()
    found = outcomes(Computer(free=9000, cost=1000, fails=("s-b",)), ["a", "b", "c"], monkeypatch)
    assert [one.state for one in found] == ["up", "failed", "up"]
    assert found[1].why == "lab-not-ready: lab s-b is not healthy; nodes: 1 of 2 Ready"
    assert student_labs.table(found)[-1] == "2 up, 1 failed, 0 queued"
    assert student_labs.code(found) is errors.Exit.FAILED


def test_it_is_said_before_anything_starts() -> None:
    """Who runs, who starts, who waits, and by which numbers."""
    room = student_labs.Memory(estimate=1000, available=lambda: 3100)
    told = student_labs.forecast([wish("a", running=True), wish("b"), wish("c"), wish("d")], room)
    how = "1000 MiB each, 3100 MiB are free, 1024 are left to the computer"
    assert told[0] == f"4 students, 1 labs run already; 2 of 3 others fit ({how})"
    assert [re.split(r": ", line)[-1] for line in told[1:]] == ["runs", "starts", "starts", "queued"]


def test_a_lab_that_runs_takes_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is brought up to date even on a full computer."""
    assert folder.exists()
    computer = Computer(free=500, cost=0)
    monkeypatch.setattr(lifecycle, "up", computer.raise_lab)
    room = student_labs.Memory(estimate=1000, available=lambda: computer.free)
    found = list(student_labs.up([wish("a", running=True), wish("b")], "base", room, course_data.quiet()))
    assert [one.state for one in found] == ["up", "queued"]


def test_nobody_is_passed_by_who_stands_later_in_the_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that comes free after one had to wait goes to nobody behind: the next run begins with that one."""
    assert folder.exists()
    computer = Computer(free=500, cost=-5000)
    monkeypatch.setattr(lifecycle, "up", computer.raise_lab)
    room = student_labs.Memory(estimate=1000, available=lambda: computer.free)
    wanted = [wish("a"), wish("b", running=True), wish("c")]
    found = list(student_labs.up(wanted, "base", room, course_data.quiet()))
    assert [one.state for one in found] == ["queued", "up", "queued"]
