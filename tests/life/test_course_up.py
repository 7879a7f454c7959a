"""course.up and course.down on this computer: each student has a lab, and a failing lab harms no other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from acts import OTHER, word

from kubelab import checks, paths, providers
from kubelab.checks import wait
from kubelab.config import load
from kubelab.converge import session
from kubelab.course import student_labs

WELL = ("ada", "grace")
WRONG = "edsger"
REST = 32.0
"""Seconds of a pause: a kubelet calls a container runtime dead that it has not heard of for 30 s."""


@dataclass(frozen=True, kw_only=True)
class Class:
    """The students' file."""

    file: Path

    def word(self, name: str, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Type a word about the class and return what it prints."""
        return word(name, "--students", str(self.file), *words, codes=codes, timeout=900).out


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Yield a class of three; one has written a lab file of one's own, with a mistake."""
    file = tmp_path_factory.mktemp("class") / "students.yaml"
    rows = ", ".join(f"{{id: {name}}}" for name in (WELL[0], WRONG, WELL[1]))
    file.write_text(f"students: [{rows}]\n", encoding="utf-8")
    own = paths.LABS / f"{student_labs.lab_name(WRONG)}.yaml"
    own.write_text("machines: {worker: {count: some}}\n", encoding="utf-8")
    found = Class(file=file)
    try:
        yield found
    finally:
        found.word("course.down")
        own.unlink()


def test_who_fits_is_said_and_nothing_starts(room: Class) -> None:
    """Before anything begins: how many, at what cost, and what happens to each."""
    said = room.word("course.up", "--lab", OTHER, "--dry-run")
    assert "3 students, 0 labs run already" in said
    assert all(student_labs.lab_name(name) in said for name in (*WELL, WRONG))
    assert [providers.boxes(student_labs.lab_name(name)) for name in WELL] == [(), ()]
    assert not (paths.LABS / f"{student_labs.lab_name(WELL[0])}.yaml").exists()


def test_everybody_gets_a_lab_but_the_one_with_a_mistake(room: Class) -> None:
    """Both others are up and well, in networks of their own; the summary says why the third is not, and what failed."""
    said = room.word("course.up", "--lab", OTHER, codes=(1,))
    assert "2 up, 1 failed, 0 queued" in said
    (line,) = [
        line for line in said.splitlines() if line.startswith(f"  {student_labs.lab_name(WRONG)} ") and "failed" in line
    ]
    assert "lab-file-invalid" in line
    labs = [session.open_lab(student_labs.lab_name(name)) for name in WELL]
    for lab, where in labs:
        assert wait.ill(checks.View.of(lab, where)) == {}
    assert not labs[0][0].network.machines.overlaps(labs[1][0].network.machines)


def test_a_second_time_nothing_is_made(room: Class) -> None:
    """Who has a lab keeps it, with the same boxes."""
    before = {box.ident for name in WELL for box in providers.boxes(student_labs.lab_name(name))}
    said = room.word("course.up", "--lab", OTHER, codes=(1,))
    assert "3 students, 2 labs run already" in said
    assert {box.ident for name in WELL for box in providers.boxes(student_labs.lab_name(name))} == before
    assert len(before) == 2 * len(session.open_lab(OTHER)[0].machines)


def pods(lab: str) -> set[str]:
    """Return the identities of a lab's pods: one that was evicted is replaced by another."""
    view = checks.View.of(*session.open_lab(lab))
    return {str(pod["metadata"]["uid"]) for pod in view.api.items("/api/v1/pods")}


def test_labs_that_nobody_uses_are_paused_until_a_word_needs_them(room: Class) -> None:
    """Status says paused; the API answers after a word, and a judgement finds the lab as it was, with its pods."""
    lab, other = map(student_labs.lab_name, WELL)
    before = pods(lab)
    assert "2 paused, 1 not up" in room.word("course.pause")
    assert all(box.paused for name in (lab, other) for box in providers.boxes(name))
    time.sleep(REST)
    assert f"lab {lab} is paused since" in word("lab.status", "--lab", lab, codes=(5,)).out
    assert f"lab {lab} was paused since" in word("lab.env", "--lab", lab).err
    assert checks.View.of(*session.open_lab(lab)).api.ready()
    assert f"lab {lab} is well" in word("lab.why", "--lab", lab).out
    assert pods(lab) == before
    assert all(box.paused for box in providers.boxes(other))  # it is removed as it is, by the last test


def test_nothing_is_left_of_the_labs_that_were_made(room: Class) -> None:
    """Boxes, volumes, networks and lab files are gone; the file that a person wrote stays."""
    room.word("course.down")
    for name in map(student_labs.lab_name, WELL):
        assert not (providers.boxes(name) or providers.networks(name) or providers.volumes(name))
        assert name not in load.names()
    assert (paths.LABS / f"{student_labs.lab_name(WRONG)}.yaml").exists()
