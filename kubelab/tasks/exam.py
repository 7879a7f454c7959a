"""exam.*: a mock examination on one or two labs: many tasks at once, drawn by the curriculum, against the clock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.course import exam_pack
from kubelab.exam import grading, laying_out, putting_back, questions, record, sitting
from kubelab.lab import pausing
from kubelab.tasks import decorator
from kubelab.tasks import lab as labs
from kubelab.tasks.output import exam_output
from kubelab.ui import progress

LAB = labs.LAB
DEFAULT = labs.DEFAULT
TASK = {"task": "its number: ./run exam.status"}


def _report(lab: str) -> progress.Progress:
    return progress.Progress.chosen(log=paths.LabPaths(name=lab).logs / "exam.log")


def _hold(stack: contextlib.ExitStack, lab: str) -> session.Held:
    """Hold one lab of an exam, which may have two, as long as the stack is open; a paused one runs on."""
    held = stack.enter_context(session.held(lab, _report(lab)))
    pausing.settle(lab)
    return held


@contextlib.contextmanager
def _held(lab: str) -> Iterator[tuple[record.Exam, tuple[sitting.Bench, ...]]]:
    """Hold every lab of the exam that is in a lab."""
    with contextlib.ExitStack() as stack:
        first = _hold(stack, lab)
        exam = sitting.load(first)
        others = [name for name in exam.labs if name != lab]
        held = [first, *(_hold(stack, name) for name in others)]
        yield exam, sitting.benches(exam, held)


def _names(lab: str, second: str) -> list[str]:
    """Return the labs that were typed; raise `exam-option` if both are one lab."""
    if second == lab:
        what = f"--second names lab {lab}, which has the other tasks"
        cause, remedy = "an exam on two labs has tasks in each", "--second with another lab that is up, or leave it out"
        raise errors.LabError("exam-option", what, cause=cause, remedy=remedy)
    return [lab, *([second] if second else [])]


def _opened(exam: record.Exam) -> tuple[sitting.Bench, ...]:
    return sitting.benches(exam, [session.opened(name) for name in exam.labs])


@decorator.task(help={**LAB, "second": "another lab for a part of the tasks", "minutes": "on the clock: 10 to 480",
                      "seed": "draws the same tasks again (any if left out)"})  # fmt: skip
def start(_: Any, lab: str = DEFAULT, second: str = "", minutes: str = "120", seed: str = "") -> None:
    """Begin a mock exam: draws 15 to 17 tasks by the curriculum's shares, breaks the labs, starts the clock."""
    wish = exam_pack.wish(laying_out.Wish.typed(minutes, seed))
    names = _names(lab, second)
    with contextlib.ExitStack() as stack:
        held = [_hold(stack, name) for name in names]
        exam = laying_out.start(held, wish)
    exam_output.overview(exam, _opened(exam))


@decorator.task(needs=decorator.Needs.NOTHING, help={**LAB, "json": "print one JSON document for programs"})
def status(_: Any, lab: str = DEFAULT, json: bool = False) -> None:
    """Show the exam's tasks, flags and clock; after it was submitted, the points of each."""
    exam = sitting.load(session.opened(lab))
    if json:
        exam_output.overview_json(exam)
    else:
        exam_output.overview(exam, _opened(exam))


@decorator.task(needs=decorator.Needs.NOTHING, positional=["task"], help={**LAB, **TASK})
def show(_: Any, task: str, lab: str = DEFAULT) -> None:
    """Show one task of the exam; after it was submitted, its verdicts and the explanation, too."""
    exam = sitting.readable(session.opened(lab))
    row = questions.numbered(exam, questions.typed(task))
    exam_output.task(exam, row, questions.scene(_opened(exam), row.number))


@decorator.task(needs=decorator.Needs.NOTHING, positional=["task"], help={**LAB, **TASK})
def flag(_: Any, task: str, lab: str = DEFAULT) -> None:
    """Flag a task of the exam to come back to it, or take its flag away."""
    number = questions.typed(task)
    exam = questions.turn_flag(sitting.running(session.opened(lab)), number)
    state = "flagged" if questions.numbered(exam, number).flagged else "not flagged any more"
    progress.Progress.chosen().say(f"task {number} is {state}")


@decorator.task(name="open", help={**LAB, "port": "the port here (0: any free one)",
                                   "browser": "open it in your browser, too"})  # fmt: skip
def open_(_: Any, lab: str = DEFAULT, port: int = 0, browser: bool = False) -> None:
    """Open a page with the exam's tasks, clock and flags on this computer's loopback; stays until Ctrl-C."""
    from kubelab.exam import exam_page  # noqa: PLC0415 (a server and its texts: no other word needs them)

    exam_page.keep(lab, port=port, browser=browser, report=progress.Progress.chosen())


@decorator.task(help={**LAB, "out": "in a course's pack: the file to write (COURSE-STUDENT.zip here if left out)"})
def submit(_: Any, lab: str = DEFAULT, out: str = "") -> errors.Exit:
    """Grade every task and end the exam; in a course's pack, write the signed file to hand in. 66 % passes.

    It takes minutes: what must hold for a while or outlive a restart is tried. Late work is graded, and called late.
    In a pack, a graded exam is not graded again: its file is written again.
    """
    target = paths.typed(out).absolute() if out else None
    with exam_pack.way_to_the_file(lab), _held(lab) as (exam, rows):
        exam_pack.refuse_unwritable(exam, lab, target)
        graded = _graded_once(exam, rows)
    exam_output.overview(graded, rows)
    handed = exam_pack.hand_in(graded, lab, target)
    if handed:
        progress.Progress.chosen().say(f"{handed}; hand in that file")
    elif out or exam_pack.practice(graded):
        progress.Progress.chosen().say("no file was written: this is practice, and no exam of a course")
    return errors.Exit.GOOD if graded.outcome is record.Outcome.PASSED else errors.Exit.FAILED


def _graded_once(exam: record.Exam, rows: tuple[sitting.Bench, ...]) -> record.Exam:
    """Return an exam, graded now, or before if it is a pack's own."""
    if exam_pack.handed_in_again(exam):
        return exam
    sitting.running(rows[0].session)
    return grading.submit(rows, exam, rows[0].session.report)


@decorator.task(help={**LAB, "yes": "give an exam up that is not submitted: it has no result"})
def stop(_: Any, lab: str = DEFAULT, yes: bool = False) -> None:
    """End the exam and put its labs in order; the result is kept."""
    with _held(lab) as (exam, rows):
        ended = putting_back.stop(rows, exam, rows[0].session.report, give_up=yes)
    exam_output.finished(ended)


@decorator.task(help={**LAB, "second": "another lab, for the exams on two", "seed": "this exam only, of any number",
                      "resume": "skip what the table in docs/ lists as proven"})  # fmt: skip
def prove(_: Any, lab: str = DEFAULT, second: str = "", seed: str = "", resume: bool = False) -> errors.Exit:
    """Prove whole exams: nothing done wins 0, one task alone its own points, all solved 100 %, no trace stays."""
    from kubelab.proofs import prove_exams as proving  # noqa: PLC0415 (no other word needs it)

    wish = laying_out.Wish.typed(laying_out.Wish.minutes, seed)
    names = _names(lab, second)
    with contextlib.ExitStack() as stack:
        held = [_hold(stack, name) for name in names]
        return proving.run(held, seed=str(int(wish.seed)) if wish.seed else "", resume=resume)
