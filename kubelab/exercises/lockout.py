"""While an exercise runs, words that would find or mend its fault for the student refuse, or mark the attempt."""

from __future__ import annotations

import dataclasses

from kubelab import errors, model, paths
from kubelab.converge import upgrade_parts
from kubelab.exercises import attempt, exam_mark, register
from kubelab.files import bounded
from kubelab.ui import amounts

STOP = "./run exercise.stop, then the same command again"
LOSE = "the same command with --yes: without a course's pack they cannot be handed in"


def refuse(lab: str, how: str, *, give_up: bool | None = None) -> None:
    """Raise `exercise-running` if an exercise runs in that lab; with `give_up` keep `how` (a task's name) instead.

    A marked attempt goes on, and is reported as assisted. A word without that option leaves `give_up` out. During an
    exam each of them refuses: `exam-running`.
    """
    where = paths.LabPaths(name=lab)
    exam_mark.refuse(where, how)
    running = attempt.load(where)
    if running is None or running.ended:  # one that has ended is only not put back yet: nothing is left to be found
        return
    if not give_up:
        what = f"exercise {running.exercise} runs in lab {lab}; {how} would do its work"
        raise errors.LabError("exercise-running", what, remedy=STOP if give_up is None else None)
    note = attempt.Assisted(at=attempt.now(), how=how)
    register.update(where, running, lambda now: dataclasses.replace(now, assisted=(*now.assisted, note)))


def refuse_upgrade(lab: model.Lab, where: paths.LabPaths) -> None:
    """Raise `exercise-running`, or `exam-running`, if `lab.up` would upgrade a lab in which one runs.

    There is no option against it: what was kept at its begin is of the older versions.
    """
    if not upgrade_parts.behind(lab, where):
        return
    word = f"an upgrade to version set {lab.versions.name}"
    exam_mark.refuse(where, word, submitted=True)
    running = attempt.load(where)
    if running:
        what = f"exercise {running.exercise} runs in lab {lab.name}; {word} would change the lab under it"
        raise errors.LabError("exercise-running", what, remedy=STOP)


def occupant(where: paths.LabPaths) -> str:
    """Return what breaks a lab on purpose now, in words, also if that is over and the lab not yet in order; or "".

    What it changed is the riddle: no word lists it unasked. A record that cannot be read hides it all the same.
    """
    try:
        if exam_mark.read(where) is not exam_mark.Mark.NONE:
            return "an exam"
        running = attempt.load(where)
    except errors.LabError:
        return "an exercise or an exam"
    return f"exercise {running.exercise}" if running else ""


def refuse_loss(lab: str, *, yes: bool = False) -> None:
    """Raise `exercise-unsubmitted` if destroying the lab would lose checked work; with `yes` it is lost.

    `submitted` beside the attempts lists what was handed in: one file name of the history a line, exams as
    `exam_mark.kept_name` names them.
    """
    where = paths.LabPaths(name=lab)
    handed_in = attempt.folder(where) / "submitted"
    known = bounded.text(handed_in).split()
    running = attempt.load(where)
    rows = {"attempt.json": running} if running else {}
    rows |= {attempt.file_name(row): row for row in attempt.history(where)}
    lost = sorted(row.exercise for name, row in rows.items() if row.checks and name not in known)
    exams = ["the exam that runs"] if exam_mark.read(where) is exam_mark.Mark.RUNNING else []
    sat = exam_mark.of_course(where)
    exams += [f"the exam of {begun[:16]} UTC" for name, begun in sat.items() if name not in known]
    if (lost or exams) and not yes:
        kinds = {"attempt": lost, "exam": exams}
        held = " and ".join(amounts.counted(len(found), kind) for kind, found in kinds.items() if found)
        raise errors.LabError(
            "exercise-unsubmitted",
            f"lab {lab} holds work that was not submitted: {held}",
            details=[*lost, *exams],
            remedy=None if paths.PACK.exists() else LOSE,
        )
