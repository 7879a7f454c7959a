"""Proves exercises on a lab: what must be red is red, what must be green is green, and nothing is left behind."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kubelab import checks, errors, fingerprint, locks, paths, progress
from kubelab.exercises import attempt, library, scene, scripts, stage, variants
from kubelab.grading import desk, proven, run

Seen = TypeVar("Seen")
SYMPTOM = 60.0
"""Seconds that a break may take to be seen: a node is NotReady after 40."""
NEAR = 4.0
"""Seconds after which a wrong repair is judged: what it could mend by itself, it has."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What shall be proven: exercises (all if none), how often, one variant or all (0), skipping what is proven."""

    exercises: Sequence[str]
    times: int = 1
    variant: int = 0
    resume: bool = False


class Unproven(Exception):
    """Something did not happen that must; the text says what."""


@dataclass(kw_only=True)
class Proof:
    """What the run of one exercise has shown so far."""

    exercise: library.Exercise
    reddened: set[str] = field(default_factory=set)
    """Guards that some wrong repair has failed."""
    failures: list[str] = field(default_factory=list)


def run_plan(name: str, plan: Plan, report: progress.Progress) -> errors.Exit:
    """Prove a plan in a lab, say what was proven, keep it in docs/exercises-proven.md; return the exit code."""
    wanted = [library.find(word) for word in plan.exercises] if plan.exercises else desk.exercises()
    failed = []
    for exercise in wanted:
        proof = Proof(exercise=exercise)
        for number in _numbers(exercise, plan):
            for time_ in range(1, plan.times + 1):
                _variant(name, proof, number, time_, report)
        unseen = {row.check for row in exercise.spec.guards} - proof.reddened
        if unseen and not plan.variant and not plan.resume:
            proof.failures.append(f"{exercise.spec.id}: no wrong repair fails the guard {', '.join(sorted(unseen))}")
        failed += proof.failures
    for line in failed:
        report.say(f"UNPROVEN {line}")
    report.say(f"{len(wanted)} exercises looked at in {report.seconds:.0f} s, {len(failed)} problems")
    return errors.Exit.FAILED if failed else errors.Exit.GOOD


def _numbers(exercise: library.Exercise, plan: Plan) -> list[int]:
    numbers = [number for number in range(1, len(exercise.spec.variants) + 1) if plan.variant in (0, number)]
    if not plan.resume:
        return numbers
    known = proven.read()
    digest = library.digest(exercise)[:12]
    return [number for number in numbers if known.get((exercise.spec.id, number), ("",))[0] != digest]


def _variant(name: str, proof: Proof, number: int, time_: int, report: progress.Progress) -> None:
    """Prove one variant once; a failure is kept, and the lab put in order for the next one."""
    spec = proof.exercise.spec
    begin = time.monotonic()
    report.say(f"\n{spec.id}, variant {number}" + (f", run {time_}" if time_ > 1 else ""))
    try:
        with locks.lab(name):
            _Run(name, proof, number, time_, report).all()
    except (Unproven, errors.LabError) as problem:
        details = "; ".join(getattr(problem, "details", ()))
        proof.failures.append(f"{spec.id}, variant {number}: {problem} {details}".strip())
        report.say(f" ✗ {problem} {details}")
        _tidy(name, report)
        return
    seconds = time.monotonic() - begin
    digest = library.digest(proof.exercise)[:12]
    proven.keep(proven.Row(exercise=spec.id, variant=number, digest=digest, commit=_commit(), seconds=round(seconds)))
    report.say(f" ✓ proven in {seconds:.0f} s")


def _tidy(name: str, report: progress.Progress) -> None:
    try:
        if attempt.load(paths.LabPaths(name=name)):
            desk.stop(name, report)
    except errors.LabError as problem:
        report.say(f" ✗ and the lab is not in order: {problem} {'; '.join(problem.details)}")


class _Run:
    """One variant on one lab, from before its start until after its stop."""

    def __init__(self, name: str, proof: Proof, number: int, time_: int, report: progress.Progress) -> None:
        self.proof, self.report = proof, report
        self.exercise = proof.exercise
        lab, where = desk.opened(name)
        seed = variants.seed(b"prove", self.exercise.spec.id, f"{number}/{time_}")
        self.scene = scene.Scene.of(lab, where, self.exercise, variants.of(self.exercise.spec, seed, number))
        self.attempt: attempt.Attempt | None = None

    def all(self) -> None:
        """Walk the whole way; raise `Unproven` at the first thing that is not as it must be."""
        running = attempt.load(self.scene.view.where)
        if running:
            stage.stop(stage.scene_of(self.scene.lab, self.scene.view.where, running), running, self.report)
        stage.order(self.scene.view)
        before = look(self.scene.view)
        self.attempt = stage.begin(self.scene, self.report)
        self._red("after the break")
        for index, script in enumerate(self.exercise.scripts("near-misses")):
            if index:
                self._reset()
            self._near_miss(script)
        self._reset()
        self._red("after a reset")
        self._solution()
        self._mutations()
        stage.stop(self.scene, self.attempt, self.report)
        self._equal(before)

    def _reset(self) -> None:
        assert self.attempt  # noqa: S101 (begun in `all`)
        self.attempt = stage.reset(self.scene, self.attempt, self.report, thorough=True)

    def _quick(self) -> attempt.Check:
        return run.check(self.scene, stability=False)

    def _red(self, when: str) -> None:
        """Every goal without a mutation of its own is red, and nothing is won."""
        own = {path.stem for path in self.exercise.scripts("mutations")}

        def green(found: attempt.Check) -> list[str]:
            goals = [row for row in found.verdicts if row.kind is attempt.Kind.GOAL]
            return [row.check for row in goals if row.state is attempt.State.PASSED and row.check not in own]

        with self.report.phase(f"red {when}"):
            found = self._until(self._quick, lambda check: not green(check), SYMPTOM)
            if green(found):
                raise Unproven(f"{when} still green: {', '.join(green(found))}")

    def _near_miss(self, script: Path) -> None:
        with self.report.phase(f"near-miss {script.stem}") as phase:
            scripts.run(self.scene, script)
            time.sleep(NEAR)
            found = self._quick()
            if not _spoiled(found):
                found = run.check(self.scene)
            failed = [row.check for row in found.verdicts if row.state is not attempt.State.PASSED]
            guards = {row.check for row in found.verdicts if row.kind is attempt.Kind.GUARD}
            self.proof.reddened.update(guards.intersection(failed))
            if found.points == found.full:
                raise Unproven(f"near-miss {script.stem} wins every point")
            phase.done(f"{found.points} of {found.full}: not {', '.join(failed)}")

    def _solution(self) -> None:
        spec = self.exercise.spec
        with self.report.phase("solution") as phase:
            scripts.run(self.scene, self.exercise.folder / "solution.sh")
            found = self._until(self._quick, lambda check: not _spoiled(check), spec.settle)
            if not _spoiled(found) and spec.stability:
                found = run.check(self.scene)
            if found.points != found.full:
                seen = [f"{row.check}: {row.seen}" for row in found.verdicts if row.state is not attempt.State.PASSED]
                raise Unproven(f"the solution wins {found.points} of {found.full}: {'; '.join(seen)}")
            phase.done(f"{found.points} of {found.full}")

    def _mutations(self) -> None:
        for index, script in enumerate(self.exercise.scripts("mutations")):
            if index:
                self._reset()
                self._solution()
            with self.report.phase(f"mutation of {script.stem}"):
                scripts.run(self.scene, script)
                found = self._until(self._quick, lambda check: script.stem in _failed(check), SYMPTOM)  # noqa: B023
                if script.stem not in _failed(found):
                    raise Unproven(f"{script.stem} stays green when its own mutation is made")
                self.proof.reddened.add(script.stem)

    def _equal(self, before: Mapping[str, str]) -> None:
        with self.report.phase("nothing left behind"):
            after = self._until(lambda: look(self.scene.view), lambda now: now == before, 30)
            differ = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
            if differ:
                raise Unproven(f"left behind after the stop: {', '.join(differ[:6])}")

    @staticmethod
    def _until(look_: Callable[[], Seen], good: Callable[[Seen], bool], seconds: float) -> Seen:
        """Look until it is good or time is up; return the last that was seen."""
        end = time.monotonic() + seconds
        while True:
            seen = look_()
            if good(seen) or time.monotonic() > end:
                return seen
            time.sleep(0.5)


def _failed(found: attempt.Check) -> set[str]:
    return {row.check for row in found.verdicts if row.state is not attempt.State.PASSED}


def _spoiled(found: attempt.Check) -> bool:
    """Return whether full points are out of reach already, stability not yet looked at."""
    rows = [row for row in found.verdicts if row.kind is not attempt.Kind.STABILITY]
    return any(row.state is not attempt.State.PASSED for row in rows)


def look(view: checks.View) -> dict[str, str]:
    """Return a digest of everything that an exercise may have touched: name to digest."""
    rows = fingerprint.take(view).parts.items()
    return {f"{part} {key}": state for part, found in rows for key, state in found.items()}


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(paths.ROOT), "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
