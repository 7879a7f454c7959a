"""Exams for tests: drawn from the shipped exercises, begun in labs that need no boxes."""

from __future__ import annotations

import dataclasses
import functools
from types import SimpleNamespace
from typing import Any

import labs_data

from kubelab import model, paths
from kubelab.converge import session
from kubelab.exam import draw, exam_scene, record
from kubelab.exercises import attempt, library, scoring

found_ = functools.cache(library.find)
BEGUN = "2026-11-30T08:00:00+00:00"


def labs() -> tuple[model.Lab, model.Lab]:
    """Return two labs that are alike."""
    one = dataclasses.replace(labs_data.lab(), versions=session.open_lab("default")[0].versions)
    return one, dataclasses.replace(one, name="second")


@functools.cache
def drawn(seed: str) -> tuple[draw.Task, ...]:
    """Return the tasks of a seed."""
    return draw.draw(labs(), [found_(name) for name in library.names()], seed)


def seed_with(*names: str) -> str:
    """Return the first seed that draws one of these exercises."""
    return next(seed for seed in map(str, range(500)) if any(task.exercise in names for task in drawn(seed)))


def exam(seed: str = "7", **changes: Any) -> record.Exam:
    """Return an exam on two labs whose clock has begun to run; `changes` are other values of it."""
    rows = drawn(seed)
    questions = []
    for task in rows:
        full = found_(task.exercise).spec.full
        work = attempt.Attempt(
            exercise=task.exercise, digest="d", lab=task.lab, seed=task.seed, variant=task.variant, full=full,
            started=BEGUN,
        )  # fmt: skip
        questions.append(record.Question(number=task.number, work=work))
    found = record.Exam(
        seed=seed, minutes=120, labs=("default", "second"), begun=BEGUN, started=BEGUN, questions=tuple(questions)
    )
    return dataclasses.replace(found, **changes)


def graded(row: record.Question, *states: attempt.State, at: str = BEGUN) -> record.Question:
    """Return a task with one check: its goals and stability checks have these states in turn, its guards passed."""
    spec = found_(row.work.exercise).spec
    verdicts = []
    for index, slot in enumerate(scoring.slots(spec)):
        state = attempt.State.PASSED if slot.kind is attempt.Kind.GUARD else states[index % len(states)]
        verdicts.append(
            attempt.Verdict(kind=slot.kind, check=slot.check, says="It is so", state=state, points=slot.points)
        )
    check = attempt.Check(at=at, verdicts=tuple(verdicts), points=scoring.total(verdicts), full=spec.full)
    return dataclasses.replace(row, work=dataclasses.replace(row.work, checks=(check,), ended=BEGUN))


def scenes(found: record.Exam, lab: model.Lab) -> tuple[exam_scene.ExamScene, ...]:
    """Return the scenes of one lab of an exam; their API is none."""
    view: Any = SimpleNamespace(lab=lab, where=paths.LabPaths(name=lab.name), api=None)
    asked = [
        exam_scene.Asked(number=row.number, exercise=row.work.exercise, seed=row.work.seed, variant=row.work.variant)
        for row in found.of_lab(lab.name)
    ]
    kinds = {row.number: exam_scene.variant_of(found_(row.exercise).spec, row) for row in asked}
    return tuple(
        exam_scene.ExamScene(
            view=view, exercise=found_(row.exercise), variant=kinds[row.number], number=row.number,
            others=frozenset().union(*(exam_scene.spaces(kinds[other.number]) for other in asked if other is not row)),
        )
        for row in asked
    )  # fmt: skip
