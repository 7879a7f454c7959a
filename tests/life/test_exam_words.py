"""A mock exam on a running lab as a student takes it: nothing done is 0, all solved is 100 %, and no trace stays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from acts import Home

from kubelab import checks
from kubelab.checks import wait
from kubelab.converge import session
from kubelab.exam import record, sitting
from kubelab.exercises import exam_mark, reboot, scripts

SEED = "5"


@pytest.fixture
def exam(home: Home) -> Iterator[record.Exam]:
    """Yield an exam that has begun on the lab; afterwards none is there."""
    home.word("exam.start", "--seed", SEED)
    yield sitting.load(session.opened(home.name))
    if exam_mark.read(home.where) is not exam_mark.Mark.NONE:
        home.word("exam.stop", "--yes")


def status(home: Home) -> Mapping[str, Any]:
    """Return what the word tells programs."""
    found: Mapping[str, Any] = json.loads(home.word("exam.status", "--json").out)
    return found


def solve(home: Home, exam: record.Exam) -> None:
    """Solve every task by its reference solution, in their order: what stops the lab comes first."""
    (bench,) = sitting.benches(exam, [session.opened(home.name)])
    for found in bench.scenes:
        wait.until(home.view, checks.api_ready, reboot.API_BACK)
        scripts.run(found, found.exercise.folder / "solution.sh")


@pytest.mark.long
def test_nothing_done_is_0_and_leaves_no_trace(home: Home) -> None:
    """Ready in a minute; words that would help refuse; 0 points; and stop leaves the lab as it was before."""
    before = home.look()
    home.word("exam.start", "--seed", SEED)
    found = status(home)
    assert len(found["questions"]) >= 15
    assert found["left"] > 119 * 60, "the clock ran while the tasks were laid out"
    assert "exam-running" in home.word("exercise.hint", codes=(2,)).err
    assert "exam-running" in home.word("lab.why", "--give-up", codes=(2,)).err
    said = home.word("exam.submit", codes=(1,))
    assert "0 %: failed" in said.out
    assert status(home)["points"] == 0
    home.word("exam.stop")
    home.same(before)
    assert not home.seen()


@pytest.mark.long
def test_all_solved_is_100_percent(exam: record.Exam, home: Home) -> None:
    """With stability checks, restarts and reboots; the exit code says that it is passed."""
    solve(home, exam)
    said = home.word("exam.submit")
    assert "100 %: passed" in said.out
    assert status(home)["points"] == exam.full
