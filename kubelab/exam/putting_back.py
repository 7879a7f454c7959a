"""Ends an exam: every unit, object and file of its labs is as before."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from kubelab import errors, paths
from kubelab.clients import doors
from kubelab.exam import record, sitting
from kubelab.exercises import baseline_objects, exam_mark, known_state, stale_replicasets
from kubelab.ui import progress

KEPT = (baseline_objects.FILE, baseline_objects.BROKEN, known_state.LISTING)


def stop(rows: Sequence[sitting.Bench], exam: record.Exam, report: progress.Progress, *, give_up: bool) -> record.Exam:
    """Restore the labs, wait until they are well, and move the exam into the history; return it.

    Raises `exam-running` if it is not submitted, unless it never began or is given up.
    """
    if exam.started and not exam.submitted and not give_up:
        what = "the exam is not submitted: it would have no result"
        raise errors.LabError("exam-running", what, remedy="./run exam.submit first; or ./run exam.stop --yes")
    there = [bench for bench in rows if exam_mark.read(bench.session.where) is not exam_mark.Mark.NONE]
    put_back(there, report)  # a lab that was destroyed meanwhile has nothing to be put back
    for bench in there:
        with contextlib.suppress(doors.DoorError):  # an empty set too many is no reason to end here
            stale_replicasets.remove_empty(bench.view, exam.begun)
    ended = record.finish(exam)
    for lab in exam.labs:
        for name in KEPT:
            (exam_mark.folder(paths.LabPaths(name=lab)) / name).unlink(missing_ok=True)
    return ended


def put_back(rows: Sequence[sitting.Bench], report: progress.Progress) -> None:
    """Take every break back and restore what was kept, in every lab at once."""
    with report.phase("everything put back") as phase:

        def one(bench: sitting.Bench) -> str:
            folder = exam_mark.folder(bench.session.where)
            try:
                return known_state.take_all_back(bench.scenes, folder, phase, thorough=True)
            except errors.LabError as problem:
                _name_way_out(problem, bench)
                raise

        phase.done("; ".join(sitting.each(rows, one)))


def _name_way_out(problem: errors.LabError, bench: sitting.Bench) -> None:
    """Give the error of a lab that cannot be put back another remedy while `lab.up --repair` refuses in it."""
    if problem.ident == "exercise-unclean" and exam_mark.read(bench.session.where) is exam_mark.Mark.RUNNING:
        option = paths.lab_option(bench.name)
        problem.remedy = f"the same command again; if it stays: ./run lab.destroy{option} --yes, ./run lab.up{option}"
