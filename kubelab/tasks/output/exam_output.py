"""An exam's output in the terminal: the tasks with clock and flags, one task, the result."""

from __future__ import annotations

from collections.abc import Sequence

import rich.table

from kubelab import paths
from kubelab.exam import exam_scene, record, sitting
from kubelab.exercises import attempt
from kubelab.tasks.output import exercise_output
from kubelab.ui import terminal

CONSOLE = terminal.Console(highlight=False)
OPEN = "?"
"""Stands beside points that could be more: something could not be told."""


def overview(exam: record.Exam, rows: Sequence[sitting.Bench]) -> None:
    """Print every task with its flag, its lab and what it is about, and the clock or the result."""
    CONSOLE.print(_table(exam, rows))
    option = paths.lab_option(exam.labs[0])
    if exam.submitted:
        _lines(
            "",
            f"{result(exam)}; seed {exam.seed}",
            f"Missed:  ./run exam.show N{option}     end:  ./run exam.stop{option}",
        )
        return
    _lines(
        "",
        *sitting.first(rows),
        f"{clock(exam, attempt.now())}; seed {exam.seed}",
        f"A task:  ./run exam.show N{option}     come back to it:  ./run exam.flag N{option}",
        f"Page:    ./run exam.open{option}       grade all:        ./run exam.submit{option}",
    )


def _lines(*lines: str) -> None:
    for line in lines:
        CONSOLE.print(line, markup=False, soft_wrap=True)


def _table(exam: record.Exam, rows: Sequence[sitting.Bench]) -> rich.table.Table:
    """Return the table of tasks, a row each."""
    scenes = {found.number: found for bench in rows for found in bench.scenes}
    table = rich.table.Table(box=None)
    for name in ("task", "", "lab", "title", "about", "points"):
        table.add_column(name, overflow="fold")
    for row in exam.questions:
        found = scenes[row.number]
        points = f"{row.points}{OPEN if row.possible > row.points else ''} of {row.work.full}"
        shown = points if row.graded else str(row.work.full)
        mark = "⚑" if row.flagged else ""
        about = ", ".join(sitting.about(found))
        table.add_row(str(row.number), mark, row.work.lab, found.exercise.spec.title, about, shown)
    return table


def overview_json(exam: record.Exam) -> None:
    """Print an exam for programs: its record, with the derived numbers."""
    row = {"left": exam.left(attempt.now()), "points": exam.points, "full": exam.full, "percent": exam.percent}
    more = {"outcome": str(exam.outcome), "late": exam.late} if exam.submitted else {}
    terminal.document({**record.as_json(exam), **row, **more}, indent=2)


def clock(exam: record.Exam, at: str) -> str:
    """Return the clock in words."""
    if not exam.started:
        second = f" --second {exam.labs[1]}" if len(exam.labs) > 1 else ""
        return f"the clock does not run yet: ./run exam.start{paths.lab_option(exam.labs[0])}{second} goes on"
    left = exam.left(at)
    if left < 0:
        return f"time is over since {-left // 60} min; exam.submit still grades, and says late"
    return f"{left // 60} of {exam.minutes} min left"


def result(exam: record.Exam) -> str:
    """Return the result in words."""
    undecided = sum(row.possible - row.points for row in exam.questions)
    could = f"; {undecided} points could not be told" if undecided else ""
    late = f"; handed in {-(-exam.late // 60)} min late" if exam.late else ""
    return (
        f"{exam.points} of {exam.full} points, {exam.percent} %: {exam.outcome} ({record.PASS} % passes){could}{late}"
    )


def task(exam: record.Exam, row: record.Question, found: exam_scene.ExamScene) -> None:
    """Print one task; of a submitted exam, its verdicts and its explanation, too."""
    spec = found.exercise.spec
    flag = " · ⚑" if row.flagged else ""
    CONSOLE.rule(f"Task {row.number}: {spec.title} · lab {row.work.lab} · {spec.full} points{flag}", align="left")
    exercise_output.markdown(found.text("task.md"))
    if row.graded:
        exercise_output.verdicts(row.graded)
        if explained := sitting.explanation(found):
            exercise_output.markdown(explained)
    elif not exam.submitted:
        CONSOLE.print(f"\n{clock(exam, attempt.now())}", markup=False)


def finished(exam: record.Exam) -> None:
    """Print how an exam ended."""
    how = result(exam) if exam.submitted else "no result: it was not submitted"
    word = "labs are" if len(exam.labs) > 1 else "lab is"
    _lines(f"exam: {how}. The {word} as before.")
