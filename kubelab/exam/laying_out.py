"""Begins an exam: draws it, puts the labs in their known state, and breaks them task by task.

What restarts the API server or etcd comes first, then all that only makes objects, side by side; then what takes a
worker, whose pods were kept away until then; at last what stops the lab for the others.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import datetime
import re
import secrets
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kubelab import errors, model, paths
from kubelab.converge import session
from kubelab.exam import draw, exam_scene, putting_back, record, sitting, touches
from kubelab.exercises import (
    attempt,
    baseline_objects,
    commands,
    exam_mark,
    grade,
    known_state,
    library,
    register,
    setup,
)

AT_ONCE = 4
"""Breaks at one time in one lab: on two cores more of them take no less time."""
WAIT = re.compile(
    r"^\s*[^#\n]*\b(?:until_true|rollout status|kubectl .*\bwait|release (?:install|upgrade)|sleep)\b", re.MULTILINE
)
"""A line of a script that waits."""
MINUTES = record.MINUTES


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked for: the minutes, the seed (empty: any), the student and the course if there are any.

    `closed` are exercises that must not be drawn, by id, with the time when each opens.
    """

    minutes: int = 120
    seed: str = ""
    student: str = ""
    course: str = ""
    closed: Mapping[str, datetime.datetime] = field(default_factory=dict)

    @classmethod
    def typed(cls, minutes: object, seed: str) -> Wish:
        """Return what was typed; raise `exam-option` for minutes that are no number, and as its own rules."""
        if not re.fullmatch("[0-9]{1,4}", str(minutes)):
            raise errors.LabError("exam-option", f"{str(minutes)[:40]!r} are no minutes")
        return cls(minutes=int(str(minutes)), seed=seed)

    def __post_init__(self) -> None:
        """Refuse what no exam has: `exam-option`."""
        if not MINUTES[0] <= self.minutes <= MINUTES[1]:
            raise errors.LabError("exam-option", f"{self.minutes} minutes; an exam has {MINUTES[0]} to {MINUTES[1]}")
        if not re.fullmatch("[0-9]{0,9}", self.seed):
            raise errors.LabError(
                "exam-option", f"the seed {self.seed[:40]!r} is no whole number from 0 to {draw.SEEDS - 1}"
            )


def start(held: Sequence[session.Held], wish: Wish) -> record.Exam:
    """Draw an exam for labs that are up, lay its tasks out, start its clock and return it.

    One whose begin was interrupted is begun again, with the tasks that it had. Raises `exam-running` if one runs,
    `exercise-running` if an exercise does, `exam-unfit` for too small labs, and as `known_state.put_in_order`.
    """
    for row in held:
        commands.refuse_older(row)
    begun = _again(held, wish)
    exam = begun or _drawn(held, wish)
    rows = sitting.benches(exam, held)
    for bench in rows:
        for found in bench.scenes:
            grade.tasks(found)  # a check that nobody has is found before anything is broken
    report = held[0].report
    if begun:
        putting_back.put_back(rows, report)
    else:
        with report.phase("labs in their known state") as phase:
            phase.done("; ".join(sitting.each(rows, lambda bench: known_state.put_in_order(bench.view, phase))))
            sitting.each(rows, lambda bench: known_state.keep(bench.view, exam_mark.folder(bench.session.where)))
        record.save(exam)
    with report.phase("tasks laid out") as phase:
        sitting.each(rows, _break)
        phase.done(str(len(exam.questions)))
    exam = _filled(exam, rows)
    return record.update(exam, lambda _: dataclasses.replace(exam, started=attempt.now()))


def _again(held: Sequence[session.Held], wish: Wish) -> record.Exam | None:
    """Return the exam whose begin was interrupted; raise `exam-running` for any other, and if another is asked for.

    Without a seed any is meant; a course's own has one.
    """
    found = [exam for row in held if (exam := record.load(row.where))]
    if not found:
        for row in held:
            register.refuse_second(row.where)
        return None
    one, labs = found[0], {row.where.name for row in held}
    if one.started or set(one.labs) != labs or any(exam.begun != one.begun for exam in found):
        names = " and ".join(sorted({lab for exam in found for lab in exam.labs}))
        remedy = None if one.started and not one.submitted else "./run exam.stop, then the same command again"
        raise errors.LabError("exam-running", f"lab {names} has an exam of {one.begun[:16]} UTC", remedy=remedy)
    if wish.seed and (str(int(wish.seed)), wish.course) != (one.seed, one.course):
        what = f"lab {' and '.join(one.labs)} has another exam, whose begin was interrupted: {_named(one)}"
        remedy = "./run exam.stop, then the same command again"
        raise errors.LabError("exam-running", what, remedy=remedy)
    return one


def _named(exam: record.Exam) -> str:
    """Return which exam it is, in words, with what goes on with it."""
    line = f"./run exam.start{paths.lab_option(exam.labs[0])}"
    if exam.course:
        return f"that of the course {exam.course}, with which {line} goes on"
    return f"that of seed {exam.seed}, with which {line} --seed {exam.seed} goes on"


def _drawn(held: Sequence[session.Held], wish: Wish) -> record.Exam:
    seed = str(int(wish.seed)) if wish.seed else str(secrets.randbelow(draw.SEEDS))
    labs = {row.where.name: row for row in held}
    begun = attempt.now()
    questions = []
    for task in _open_tasks([row.lab for row in held], wish.closed, seed):
        exercise = library.find(task.exercise)
        work = attempt.Attempt(
            exercise=task.exercise, digest=library.digest(exercise), student=wish.student, course=wish.course,
            lab=task.lab, versions=labs[task.lab].lab.versions.name, seed=task.seed, variant=task.variant,
            full=exercise.spec.full, started=begun,
        )  # fmt: skip
        questions.append(record.Question(number=task.number, work=work))
    return record.Exam(
        seed=seed, minutes=wish.minutes, labs=tuple(labs), student=wish.student, course=wish.course, begun=begun,
        questions=tuple(questions),
    )  # fmt: skip


def _open_tasks(labs: Sequence[model.Lab], closed: Mapping[str, datetime.datetime], seed: str) -> tuple[draw.Task, ...]:
    """Return the drawn tasks, none of a closed exercise; raise `exam-unfit`, with the time at which enough are open."""
    found = _attempted(labs, closed, seed)
    if not isinstance(found, errors.LabError):
        return found
    for opens in sorted(set(closed.values())):
        left = {name: other for name, other in closed.items() if other > opens}
        if not isinstance(_attempted(labs, left, seed), errors.LabError):
            raise _too_early(closed, opens) from found
    raise found


def tasks(labs: Sequence[model.Lab], seed: str, closed: Collection[str] = ()) -> tuple[draw.Task, ...]:
    """Return the tasks that are drawn from every exercise but the closed ones; raises as `draw.draw`.

    One that no exam draws is not read: it may be somebody's own, half written.
    """
    known = [name for name in library.names() if name in touches.ROWS and name not in closed]
    return draw.draw(labs, [library.find(name) for name in known], seed)


def _attempted(
    labs: Sequence[model.Lab], closed: Collection[str], seed: str
) -> tuple[draw.Task, ...] | errors.LabError:
    """Return the tasks that are drawn without the closed exercises, or `exam-unfit`."""
    try:
        return tasks(labs, seed, closed)
    except errors.LabError as problem:
        return problem


def _too_early(closed: Mapping[str, datetime.datetime], enough: datetime.datetime) -> errors.LabError:
    rows = [f"{name} opens at {opens:%Y-%m-%d %H:%M} UTC" for name, opens in sorted(closed.items())]
    return errors.LabError(
        "exam-unfit",
        f"too few of the course's exercises are open: an exam can be drawn from {enough:%Y-%m-%d %H:%M} UTC on",
        details=rows,
        cause="your teacher set later dates on which these exercises open, and the others do not make an exam",
        remedy=f"the same command from {enough:%Y-%m-%d %H:%M} UTC on; until then ./run exercise.list",
    )


def _filled(exam: record.Exam, rows: Sequence[sitting.Bench]) -> record.Exam:
    """Return an exam whose attempts have their values: those of the scenes, whose machines are drawn."""
    values = {found.number: dict(found.values) for bench in rows for found in bench.scenes}
    ready = attempt.now()
    questions = tuple(
        dataclasses.replace(row, work=dataclasses.replace(row.work, values=values[row.number], ready=ready))
        for row in exam.questions
    )
    return dataclasses.replace(exam, questions=questions)


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The tasks of one lab by what they do to others: each is in one of the four."""

    restarting: tuple[exam_scene.ExamScene, ...]
    """They restart the API server or etcd."""
    others: tuple[exam_scene.ExamScene, ...]
    """They make objects, and can be broken or solved side by side."""
    on_worker: tuple[exam_scene.ExamScene, ...]
    """They take a worker."""
    stopping: tuple[exam_scene.ExamScene, ...]
    """They stop the lab for the others."""


def stages(bench: sitting.Bench) -> Stages:
    """Return the tasks of a lab by their stage."""
    kinds = {found.number: sitting.touch(found) for found in bench.scenes}
    first = tuple(found for found in bench.scenes if kinds[found.number].restarts)
    workers = tuple(found for found in bench.scenes if kinds[found.number].on_worker)
    last = tuple(found for found in bench.scenes if kinds[found.number].stops)
    others = tuple(found for found in bench.scenes if found not in (*first, *workers, *last))
    return Stages(restarting=first, others=others, on_worker=workers, stopping=last)


def _waits(found: exam_scene.ExamScene) -> int:
    """Return how often a break waits for something: the longest begin first, and none is left alone at the end."""
    path = found.exercise.breaks
    return len(WAIT.findall(path.read_text(encoding="utf-8"))) if path else 0


def _break(bench: sitting.Bench) -> None:
    """Break one lab, in stages, and keep the objects that the breaks made."""
    parts = stages(bench)
    faults = threading.Lock()

    def one(found: exam_scene.ExamScene) -> None:
        with faults if found.variant.row.fault else contextlib.nullcontext():
            begin = time.monotonic()
            setup.break_it(found)
        bench.session.report.log(f"{bench.name}: {found.exercise.spec.id} broken in {time.monotonic() - begin:.1f} s")

    for found in parts.restarting:
        one(found)
    with _spared(bench, parts.on_worker), concurrent.futures.ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        list(pool.map(one, sorted(parts.others, key=_waits, reverse=True)))
    for found in parts.on_worker:
        one(found)
    _keep(bench)
    for found in parts.stopping:
        one(found)
        if sitting.touch(found).stops is not touches.Stops.API:  # which makes no object, and would be asked in vain
            _keep(bench)


def break_again(bench: sitting.Bench, found: exam_scene.ExamScene) -> None:
    """Break a task that stops its lab once more, after its grading has taken it back; keep what it made this time.

    Raises `exercise-unclean` if its namespace does not go, and as `setup.break_it`.
    """
    spaces = exam_scene.spaces(found.variant)
    there = [row for row in bench.view.api.items("/api/v1/namespaces") if row["metadata"]["name"] in spaces]
    keys = [baseline_objects.key("/api/v1/namespaces", row) for row in there]
    for key, row in zip(keys, there, strict=True):
        baseline_objects.remove(bench.view.api, key, row)
    baseline_objects.gone(bench.view.api, keys)
    setup.break_it(found)
    if keys:
        _keep_own(bench, found)


def _keep_own(bench: sitting.Bench, found: exam_scene.ExamScene) -> None:
    """Keep the present objects of one task in place of its earlier ones; those of other tasks may be solved by now."""
    path = exam_mark.folder(bench.session.where) / baseline_objects.BROKEN
    rest = {key: row for key, row in baseline_objects.load(path).found.items() if not found.owns(key)}
    now = baseline_objects.take(bench.view.api).found.items()
    kept = {**rest, **{key: row for key, row in now if found.owns(key)}}
    baseline_objects.save(path, baseline_objects.Objects(found=kept))


def _keep(bench: sitting.Bench) -> None:
    path = exam_mark.folder(bench.session.where) / baseline_objects.BROKEN
    baseline_objects.save(path, baseline_objects.take(bench.view.api))


@contextlib.contextmanager
def _spared(bench: sitting.Bench, workers: Sequence[exam_scene.ExamScene]) -> Iterator[None]:
    """Keep new pods from the workers that are broken next: the pods of other tasks would go with them."""
    nodes = [f"/api/v1/nodes/{found.target.name}" for found in workers]
    for node in nodes:
        bench.view.api.request("PATCH", node, {"spec": {"unschedulable": True}})
    try:
        yield
    finally:
        for node in nodes:
            bench.view.api.request("PATCH", node, {"spec": {"unschedulable": None}})
