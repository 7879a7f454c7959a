"""What an exam prints: every task with its place and flag, the clock, the result, what was missed."""

from __future__ import annotations

import dataclasses
import inspect
import json
from pathlib import Path
from typing import Any

import exam_data
import labs_data
import pytest

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.exam import exam_page, questions, record, sitting
from kubelab.exercises import attempt
from kubelab.tasks import exam as words
from kubelab.tasks.output import exam_output

SHOW = inspect.unwrap(vars(words.show)["body"])
"""exam.show without what makes its errors messages."""
PASSED, FAILED, UNKNOWN = attempt.State.PASSED, attempt.State.FAILED, attempt.State.UNKNOWN


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is half an hour after the begin, and the terminal is wide."""
    monkeypatch.setattr(attempt, "now", lambda: "2026-11-30T08:30:00+00:00")
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(exam_output.CONSOLE, "_width", 300)


def benches(exam: record.Exam) -> tuple[sitting.Bench, ...]:
    """Return both labs of an exam; their sessions are none."""
    return tuple(
        sitting.Bench(session=labs_data.held(lab), scenes=exam_data.scenes(exam, lab)) for lab in exam_data.labs()
    )


def submitted(*states: attempt.State, **changes: Any) -> record.Exam:
    """Return a graded exam, each task with these states in turn."""
    found = exam_data.exam(submitted="2026-11-30T09:00:00+00:00", **changes)
    return dataclasses.replace(found, questions=tuple(exam_data.graded(row, *states) for row in found.questions))


def test_every_task_is_listed_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """Title, lab, namespaces and machines, points, the flag; the clock, the seed and the words that go on."""
    found = exam_data.exam()
    record.save(found)
    found = questions.turn_flag(found, 2)
    rows = benches(found)
    exam_output.overview(found, rows)
    out = capsys.readouterr().out
    for bench in rows:
        for scene in bench.scenes:
            line = next(line for line in out.splitlines() if line.strip().startswith(f"{scene.number} "))
            assert scene.exercise.spec.title in line
            assert all(name in line for name in sitting.about(scene))
            assert scene.lab.name in line
            assert ("⚑" in line) == (scene.number == 2)
    stops = [scene for bench in rows for scene in bench.scenes if sitting.touch(scene).stops]
    assert stops
    assert all(f"In lab {scene.lab.name} mend task {scene.number} first" in out for scene in stops)
    assert "90 of 120 min left; seed 7" in out
    assert all(word in out for word in ("exam.show", "exam.flag", "exam.open", "exam.submit"))


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ((PASSED,), "100 %: passed (66 % passes)"),
        ((FAILED,), "0 %: failed (66 % passes)"),
        ((UNKNOWN,), "0 %: cannot be told (66 % passes);"),
    ],
)
def test_the_result_is_told(states: tuple[attempt.State, ...], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Passed, failed or cannot be told; points that could not be told are counted, and marked in their rows."""
    found = submitted(*states)
    exam_output.overview(found, benches(found))
    out = capsys.readouterr().out
    assert words in out
    assert (f"0{exam_output.OPEN} of" in out) == (states == (UNKNOWN,))
    assert (f"{found.full} points could not be told" in out) == (states == (UNKNOWN,))
    assert "min left" not in out
    assert "; seed 7\n" in out, "to take the same exam again"


def test_late_work_is_called_late() -> None:
    """By the started minute."""
    assert "handed in 31 min late" in exam_output.result(submitted(PASSED, minutes=29, started=exam_data.BEGUN))
    assert "late" not in exam_output.result(submitted(PASSED))


def test_the_clock_in_words() -> None:
    """Before it runs, while it runs, and when it is over."""
    found = exam_data.exam()
    said = exam_output.clock(dataclasses.replace(found, started=""), attempt.now())
    assert said == "the clock does not run yet: ./run exam.start --second second goes on"
    elsewhere = dataclasses.replace(found, started="", labs=("mine",))
    assert exam_output.clock(elsewhere, attempt.now()).endswith("./run exam.start --lab mine goes on")
    assert exam_output.clock(found, attempt.now()) == "90 of 120 min left"
    assert "over since 10 min" in exam_output.clock(dataclasses.replace(found, minutes=20), attempt.now())


def test_a_task_tells_what_was_missed_only_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    """The task alone during the exam; then the verdicts and the explanation, too. A hint never."""
    for found in (exam_data.exam(), submitted(FAILED)):
        scene = questions.scene(benches(found), 1)
        exam_output.task(found, questions.numbered(found, 1), scene)
        out = capsys.readouterr().out
        assert scene.text("task.md").splitlines()[0] in out
        assert (scene.text("explain.md").splitlines()[0] in out) == bool(found.submitted)
        assert ("✗" in out) == bool(found.submitted)
        assert not any(hint.text and hint.text in out for hint in scene.exercise.spec.hints)


@pytest.mark.parametrize("word", ["show", "page"])
def test_no_task_is_read_before_the_clock_runs(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A begin that was interrupted shows its tasks in neither place: they would be read without the clock."""
    found = exam_data.exam(started="")
    record.save(found)
    monkeypatch.setattr(session, "opened", lambda *_: labs_data.held(exam_data.labs()[0]))
    with pytest.raises(errors.LabError) as caught:
        exam_page.state("default") if word == "page" else SHOW(None, "1")
    assert caught.value.ident == "exam-unready"


def test_programs_get_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    """All that is kept, with the derived numbers; the outcome only once there is one."""
    exam_output.overview_json(exam_data.exam())
    row = json.loads(capsys.readouterr().out)
    assert (row["left"], row["points"], "outcome" in row) == (5400, 0, False)
    exam_output.overview_json(submitted(PASSED))
    assert json.loads(capsys.readouterr().out)["outcome"] == "passed"


def test_the_page_knows_no_verdict_before_the_end() -> None:
    """Neither verdicts nor explanations leave the server before the exam is graded."""
    for found in (exam_data.exam(), submitted(FAILED)):
        rows = benches(found)
        shown = [exam_page.task(row, questions.scene(rows, row.number)) for row in found.questions]
        assert all(bool(row["verdicts"]) == bool(row["explained"]) == bool(found.submitted) for row in shown)
        assert all(row["about"] and "<p>" in row["task"] for row in shown)
