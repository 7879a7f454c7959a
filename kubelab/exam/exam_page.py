"""The page of an exam: tasks, clock and flags, and afterwards what was missed, with the explanations."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from kubelab import paths
from kubelab.converge import session
from kubelab.exam import draw, exam_scene, questions, record, sitting
from kubelab.exercises import attempt, page_server
from kubelab.exercises import web_page as exercise_page
from kubelab.ui import progress, web_handler

PAGE = paths.TEMPLATES / "exam" / "page.html"


def keep(name: str, *, port: int, browser: bool, report: progress.Progress) -> None:
    """Serve the page of the exam of a lab until Ctrl-C; raise `port-taken`, `exam-absent`, `exam-unready`."""
    _exam(name)
    token = page_server.token()
    page_server.keep(page_server.bound(handler(name, token), port), token, "the exam", browser=browser, report=report)


def handler(name: str, token: str) -> type[web_handler.Handler]:
    """Return the handler of the page of a lab's exam."""
    posts = {f"flag/{number}": functools.partial(turn, name, number) for number in range(1, draw.MOST + 1)}
    return page_server.handler(PAGE, token, gets={"state": functools.partial(state, name)}, posts=posts)


def state(name: str) -> dict[str, Any]:
    """Return all that the page shows, as JSON: `left` and `late` in seconds, `minutes` as the clock's; a row a task."""
    exam = _exam(name)
    rows = sitting.benches(exam, [session.opened(lab, progress.Progress.silent()) for lab in exam.labs])
    return {
        "left": exam.left(exam.submitted or attempt.now()), "minutes": exam.minutes, "full": exam.full,
        "submitted": exam.submitted, "points": exam.points, "percent": exam.percent, "late": exam.late,
        "outcome": str(exam.outcome) if exam.submitted else "", "pass": record.PASS,
        "possible": sum(row.possible for row in exam.questions), "option": paths.lab_option(exam.labs[0]),
        "first": [] if exam.submitted else sitting.first(rows),
        "tasks": [task(row, questions.scene(rows, row.number)) for row in exam.questions],
    }  # fmt: skip


def task(row: record.Question, found: exam_scene.ExamScene) -> dict[str, Any]:
    """Return what the page shows of one task; verdicts and explanation only once it is graded."""
    verdicts = [dataclasses.asdict(verdict) for verdict in row.graded.verdicts] if row.graded else []
    explained = sitting.explanation(found) if row.graded else ""
    return {
        "number": row.number, "flagged": row.flagged, "lab": row.work.lab, "title": found.exercise.spec.title,
        "about": list(sitting.about(found)), "points": row.points, "possible": row.possible, "full": row.work.full,
        "task": exercise_page.html(found.text("task.md")), "verdicts": verdicts,
        "explained": exercise_page.html(explained),
    }  # fmt: skip


def turn(name: str, number: int) -> dict[str, Any]:
    """Set or remove a flag, and return the page's data."""
    questions.turn_flag(sitting.running(session.opened(name, progress.Progress.silent())), number)
    return state(name)


def _exam(name: str) -> record.Exam:
    """Return the exam of a lab, running or over."""
    return sitting.readable(session.opened(name, progress.Progress.silent()))
