"""Proves exercises on a lab, variant by variant, goes on where it ended, and keeps what was proven in docs/."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubelab import errors, locks, paths, progress, surroundings
from kubelab.exercises import attempt, library, mutations, solutions
from kubelab.grading import desk, proven, walk

MUTATED = 1
"""The variant whose goals are mutated, unless another one is asked for: the checks are the same in all of them."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What shall be proven: exercises (all if none), how often, one variant or all (0), skipping what is proven.

    With `mutations` only that each goal reddens by itself.
    """

    exercises: Sequence[str]
    times: int = 1
    variant: int = 0
    resume: bool = False
    mutations: bool = False


def run_plan(name: str, plan: Plan, report: progress.Progress) -> errors.Exit:
    """Prove a plan in a lab, say what was proven, keep it in docs/exercises-proven.md; return the exit code."""
    wanted = [library.find(word) for word in plan.exercises] if plan.exercises else desk.exercises()
    failed = []
    for exercise in wanted:
        flaws = [*mutations.flaws(exercise), *solutions.flaws(exercise)]
        proof = walk.Proof(exercise=exercise, failures=[f"{exercise.spec.id}: {flaw}" for flaw in flaws])
        for step in steps(exercise, plan):
            _variant(name, proof, step, report)
        unseen = {row.check for row in exercise.spec.guards} - proof.reddened
        if unseen and not (plan.variant or plan.resume or plan.mutations):
            proof.failures.append(f"{exercise.spec.id}: no wrong repair fails the guard {', '.join(sorted(unseen))}")
        failed += proof.failures
    for line in failed:
        report.say(f"UNPROVEN {line}")
    report.say(f"{len(wanted)} exercises looked at in {report.seconds:.0f} s, {len(failed)} problems")
    return errors.Exit.FAILED if failed else errors.Exit.GOOD


def steps(exercise: library.Exercise, plan: Plan) -> Iterator[walk.Step]:
    """Yield what a plan wants of an exercise, less what the tables have already if it goes on."""
    for number in range(1, len(exercise.spec.variants) + 1):
        if plan.variant not in (0, number):
            continue
        way = not plan.mutations and not _known(exercise, number, proven.WALKS, plan)
        mutated = number == (plan.variant or MUTATED) and bool(mutations.of(exercise))
        mutated = mutated and not _known(exercise, number, proven.MUTATIONS, plan)
        if way or mutated:
            for time_ in range(1, plan.times + 1):
                yield walk.Step(number=number, time=time_, way=way, mutations=mutated)


def _known(exercise: library.Exercise, number: int, table: proven.Table, plan: Plan) -> bool:
    """Return whether a table has this version of a variant, and the plan leaves such out."""
    return plan.resume and number not in proven.lacking(exercise, table)


def _variant(name: str, proof: walk.Proof, step: walk.Step, report: progress.Progress) -> None:
    """Prove one variant once; a failure is kept, and the lab put in order for the next one."""
    spec = proof.exercise.spec
    begin = time.monotonic()
    report.say(f"\n{spec.id}, variant {step.number}" + (f", run {step.time}" if step.time > 1 else ""))
    try:
        with locks.lab(name):
            way = walk.Walk(name, proof, step, report)
            way.all()
    except (walk.Unproven, errors.LabError) as problem:
        details = "; ".join(getattr(problem, "details", ()))
        proof.failures.append(f"{spec.id}, variant {step.number}: {problem} {details}".strip())
        report.say(f" ✗ {problem} {details}")
        tidy(name, report)
        return
    seconds = time.monotonic() - begin
    if step.way:
        _keep(proof.exercise, step.number, proven.WALKS, seconds - way.mutated)
    if step.mutations:
        _keep(proof.exercise, step.number, proven.MUTATIONS, way.mutated)
    report.say(f" ✓ proven in {seconds:.0f} s")


def _keep(exercise: library.Exercise, number: int, table: proven.Table, seconds: float) -> None:
    row = proven.Row(
        exercise=exercise.spec.id, variant=number, digest=proven.digest(exercise, table), commit=_commit(),
        seconds=round(seconds),
    )  # fmt: skip
    proven.keep(table, row)


def tidy(name: str, report: progress.Progress) -> None:
    """End what a proof has left half done, if it has; say what stands in the way."""
    try:
        if attempt.load(paths.LabPaths(name=name)):
            desk.stop(name, report)
    except errors.LabError as problem:
        report.say(f" ✗ and the lab is not in order: {problem} {'; '.join(problem.details)}")


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(paths.ROOT), "rev-parse", "--short=10", "HEAD"],
        env=surroundings.child(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
