"""Proves exercises on a lab, variant by variant; can resume, and keeps the table of proofs in docs/."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubelab import errors
from kubelab.clients import git
from kubelab.config import load
from kubelab.converge import session
from kubelab.exercises import attempt, code_digest, commands, exam_mark, library, mutations, needs, proven, solutions
from kubelab.proofs import exercise_run, tally, tidying

MUTATED = 1
"""The variant whose goals are mutated by default: the checks are the same in all of them."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan: exercises (all if none), how often, one variant or all (0), skipping proven ones.

    With `mutations` only that each goal reddens by itself.
    """

    exercises: Sequence[str]
    times: int = 1
    variant: int = 0
    resume: bool = False
    mutations: bool = False


def run_plan(held: session.Held, plan: Plan) -> errors.Exit:
    """Carry out a plan in a lab, print the results, keep them in the table of proofs; return the exit code.

    Raises `solution-away` in a pack, and `exam-running` for a lab with an exam: its tasks are not to be put in order.
    """
    library.refuse_pack("./run exercise.prove")
    exam_mark.refuse(held.where, "exercise.prove", submitted=True)
    failed, report = [], held.report
    wanted = [library.find(word) for word in plan.exercises] if plan.exercises else list(_fitting(held))
    for exercise in wanted:
        flaws = [*mutations.flaws(exercise), *solutions.flaws(exercise)]
        proof = exercise_run.Proof(exercise=exercise, failures=[f"{exercise.spec.id}: {flaw}" for flaw in flaws])
        for step in steps(exercise, plan, held.lab.name):
            _variant(held, proof, step)
        unseen = {row.check for row in exercise.spec.guards} - proof.reddened
        if unseen and not (plan.variant or plan.resume or plan.mutations):
            proof.failures.append(f"{exercise.spec.id}: no wrong repair fails the guard {', '.join(sorted(unseen))}")
        failed += proof.failures
    for line in failed:
        report.say(f"UNPROVEN {line}")
    report.say(f"{len(wanted)} exercises looked at in {report.seconds:.0f} s, {len(failed)} problems")
    return errors.Exit.FAILED if failed else errors.Exit.GOOD


def _fitting(held: session.Held) -> Iterator[library.Exercise]:
    """Yield every exercise that the lab suits, and name the others."""
    for exercise in commands.exercises():
        lacking = needs.of_lab(exercise, held.lab)
        if lacking:
            held.report.say(f"left out: {exercise.spec.id} needs {', '.join(lacking)}")
        else:
            yield exercise


def steps(exercise: library.Exercise, plan: Plan, lab: str) -> Iterator[exercise_run.Step]:
    """Yield the variants of an exercise to prove on a lab, less the proven ones if it resumes.

    The goals are mutated in one variant, and one variant is wrecked at its end: neither depends on the variant.
    """
    numbers = [number for number in range(1, len(exercise.spec.variants) + 1) if plan.variant in (0, number)]
    due = proven.due(exercise, proven.WALKS, lab) if plan.resume else numbers
    ways = [number for number in numbers if number in due and not plan.mutations]
    mutated = bool(mutations.of(exercise)) and not (plan.resume and _judged(exercise))
    wrecked = ways[:1] if not (plan.resume and _wrecked(exercise)) else []
    for number in numbers:
        last = number == (plan.variant or MUTATED)
        step = exercise_run.Step(number=number, way=number in ways, mutations=mutated and last, wreck=number in wrecked)
        if step.way or step.mutations:
            yield from (dataclasses.replace(step, time=time_) for time_ in range(1, plan.times + 1))


def _judged(exercise: library.Exercise) -> bool:
    """Return whether the goals of this version have been mutated, and judged by the present code."""
    return any(row.code == code_digest.digest() for row in proven.current(exercise, proven.MUTATIONS))


def _wrecked(exercise: library.Exercise) -> bool:
    """Return whether this version has been wrecked, and judged by the present code."""
    version, code = proven.digest(exercise, proven.MUTATIONS), code_digest.digest()
    rows = (row for row in tally.read().values() if row.exercise == exercise.spec.id and row.scene == tally.WRECK)
    return any((row.digest, row.code) == (version, code) for row in rows)


def _variant(held: session.Held, proof: exercise_run.Proof, step: exercise_run.Step) -> None:
    """Prove one variant once; a failure is kept, and the lab put in order for the next one."""
    spec, report, name = proof.exercise.spec, held.report, held.lab.name
    begin = time.monotonic()
    report.say(f"\n{spec.id}, variant {step.number}" + (f", run {step.time}" if step.time > 1 else ""))
    way: exercise_run.Run | None = None
    try:
        way = exercise_run.Run(held, proof, step)
        way.all()
    except (exercise_run.Unproven, errors.LabError) as problem:
        if not _came_back(held, way, problem):
            proof.failures.append(f"{spec.id}, variant {step.number}: {tidying.told(problem)}")
            report.say(f" ✗ {tidying.told(problem)}")
            tidy(held)
            _count(way)
            return
    assert way  # noqa: S101 (a walk that could not begin has returned above)
    _count(way)
    seconds = time.monotonic() - begin
    if step.way:
        _keep(proof.exercise, step.number, proven.WALKS, seconds - way.mutated, name)
    if step.mutations:
        _keep(proof.exercise, step.number, proven.MUTATIONS, way.mutated, name)
    report.say(f" ✓ proven in {seconds:.0f} s")


def _came_back(held: session.Held, way: exercise_run.Run | None, problem: Exception) -> bool:
    """Return whether a wrecked lab that exercise.stop could not put in order came back by lab.up --repair."""
    if not (way and way.wrecked and isinstance(problem, errors.LabError)):
        return False
    report = held.report
    report.say(f" exercise.stop says: {tidying.told(problem)}")
    if not tidy(held):
        return False
    try:
        way.equal(exact=False)
    except exercise_run.Unproven as left:
        report.say(f" ✗ {left}")
        return False
    report.say(" ✓ the lab came back by ./run lab.up --repair")
    return True


def _count(way: exercise_run.Run | None) -> None:
    """Keep the verdicts that a run has tried, also of a failed one."""
    if way:
        way.tally.commit = _commit()
        tally.keep(way.tally.rows())


def _keep(exercise: library.Exercise, number: int, table: proven.Table, seconds: float, lab: str) -> None:
    row = proven.Row(
        exercise=exercise.spec.id, variant=number, lab=lab, file=load.digest(lab) or proven.UNKNOWN,
        digest=proven.digest(exercise, table),
        code=code_digest.digest(), commit=_commit(), seconds=round(seconds),
    )  # fmt: skip
    proven.keep(table, row)


def tidy(held: session.Held) -> bool:
    """End what a proof left half done, by lab.up --repair if need be; return whether the lab is in order."""

    def end() -> None:
        if attempt.load(held.where):
            commands.stop(held)

    return tidying.tidy([held], "exercise.stop", end)


def _commit() -> str:
    return git.said("rev-parse", "--short=10", "HEAD", otherwise="unknown")
