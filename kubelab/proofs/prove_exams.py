"""Proves whole exams on a lab, or on two; can resume, and keeps the table of proofs in docs/."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kubelab import errors
from kubelab.clients import git
from kubelab.converge import session
from kubelab.exam import laying_out
from kubelab.exercises import commands, library
from kubelab.proofs import exam_run, exam_table, exercise_run, tidying


def run(held: Sequence[session.Held], *, seed: str = "", resume: bool = False) -> errors.Exit:
    """Prove the listed exams of these labs, or the one of a seed; print the results, keep them; return the exit code.

    Raises `solution-away` in a pack, `exam-option` for labs without listed exams, `exam-unfit` as drawing does.
    """
    library.refuse_pack("./run exam.prove")
    for row in held:
        commands.refuse_older(row)
    report, labs = held[0].report, [row.lab for row in held]
    seeds = _seeds(tuple(lab.name for lab in labs), seed)
    wanted = exam_table.due(labs, seeds) if resume else seeds
    failed: list[str] = []
    for number in wanted:
        problem = _exam(held, number)
        if problem:
            failed.append(f"seed {number}: {problem}")
            if not tidying.tidy(held, "exam.stop", lambda: exam_run.leave_nothing(held)):
                break
    for line in failed:
        report.say(f"UNPROVEN {line}")
    report.say(f"{len(wanted)} exams in {report.seconds:.0f} s, {len(failed)} problems")
    return errors.Exit.FAILED if failed else errors.Exit.GOOD


def _seeds(labs: tuple[str, ...], seed: str) -> tuple[str, ...]:
    """Return the seeds to prove on labs; raise `exam-option` if none is listed and none is typed."""
    seeds = (seed,) if seed else exam_table.SEEDS.get(labs, ())
    if not seeds:
        listed = " or ".join(f"--lab {' --second '.join(row)}" for row in exam_table.SEEDS)
        what = f"no exams are listed for lab {' and '.join(labs)}"
        raise errors.LabError("exam-option", what, remedy=f"{listed}; or one exam on any lab: --seed N")
    return seeds


def _exam(held: Sequence[session.Held], seed: str) -> str:
    """Prove one exam and keep its row; return what was not met, empty if all was."""
    begin, report, labs = time.monotonic(), held[0].report, [row.lab for row in held]
    tasks = laying_out.tasks(labs, seed)
    version, code = exam_table.digest(tasks), exam_table.code()  # of what runs: files may change meanwhile
    report.say(f"\nexam {seed}: {', '.join(f'{task.exercise} {task.variant}' for task in tasks)}")
    run = exam_run.Run(held, seed)
    try:
        run.all()
    except (exercise_run.Unproven, errors.LabError) as problem:
        report.say(f" ✗ {tidying.told(problem)}")
        return tidying.told(problem)
    seconds = time.monotonic() - begin
    exam_table.keep(
        exam_table.Row(
            labs=exam_table.joined([lab.name for lab in labs]), seed=seed, tasks=len(tasks), nothing=0,
            alone=run.alone, points=run.points, ready=round(run.ready), seconds=round(seconds),
            digest=version, code=code,
            commit=git.said("rev-parse", "--short=10", "HEAD", otherwise="unknown"),
        )
    )  # fmt: skip
    report.say(f" ✓ ready in {run.ready:.0f} s, proven in {seconds:.0f} s")
    return ""
