"""Runs one exercise variant end to end; fails at the first unmet expectation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kubelab import checks
from kubelab.checks import wait
from kubelab.clients import doors, patience
from kubelab.converge import session
from kubelab.exercises import (
    attempt,
    baseline_objects,
    commands,
    exercise_file,
    grade,
    known_state,
    library,
    mutations,
    needs,
    scene,
    scripts,
    setup,
    solutions,
    variants,
)
from kubelab.proofs import fingerprint, tally

Seen = TypeVar("Seen")
SETTLED = 2 * wait.WATCH_AGAIN
"""Seconds until every node's rules are those of before: a client that tries again while the API server has only just
begun is refused, and waits as long once more. Seen once: a kube-proxy without the API's own endpoint after 75 s."""
NEAR = 4.0
"""Seconds after which a wrong repair is judged: by then it has had its full effect."""


class Unproven(Exception):
    """An expectation was not met; the text says which."""


@dataclass(kw_only=True)
class Proof:
    """The results of one exercise's run so far."""

    exercise: library.Exercise
    reddened: set[str] = field(default_factory=set)
    """Guards that some near-miss has failed."""
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Step:
    """The parts to prove of one variant: the whole way, the reddening of its goals, or both."""

    number: int
    time: int = 1
    way: bool = True
    mutations: bool = False
    wreck: bool = False


class Run:
    """One variant on one lab, from before its start until after its stop."""

    def __init__(self, held: session.Held, proof: Proof, step: Step) -> None:
        """Draw the variant; raise `lab-absent`, or `exercise-unfit` if the lab is too small."""
        self.held, self.proof, self.step, self.report = held, proof, step, held.report
        self.exercise = proof.exercise
        commands.refuse_older(held)
        needs.refuse_lacking(self.exercise, held.lab)
        seed = variants.seed(b"prove", self.exercise.spec.id, f"{step.number}/{step.time}")
        self.scene = scene.Scene.of(
            held.lab, held.where, self.exercise, variants.of(self.exercise.spec, seed, step.number)
        )
        self.attempt: attempt.Attempt | None = None
        self.mutated = 0.0
        self.wrecked = False
        self.before: dict[bool, dict[str, str]] = {}
        self.tally = tally.Tally(exercise=self.exercise, variant=step.number, lab=held.lab.name)

    def all(self) -> None:
        """Go the whole way; raise `Unproven` at the first unmet expectation."""
        running = attempt.load(self.scene.view.where)
        if running:
            setup.stop(self.held, setup.scene_of(self.held.lab, self.held.where, running), running)
        with self.report.phase("lab in its known state") as phase:
            known_state.put_in_order(self.scene.view, phase)
        self.before = {exact: self._look(exact) for exact in (True, False)}
        self.attempt = setup.begin(self.held, self.scene)
        uids = self._uids()
        if self.step.way:
            self._astray()
            self._otherwise()
        self._solution(self.exercise.folder / solutions.REFERENCE)
        if self.step.mutations:
            self._mutations()
        exact = (
            uids == self._uids() and self.exercise.spec.topic is not exercise_file.Topic.BUILD and not self.step.wreck
        )
        if self.step.wreck:
            self._wreck()
        setup.stop(self.held, self.scene, self.attempt)
        self.equal(exact)

    def _astray(self) -> None:
        self._red("after the break")
        wrong = solutions.fitting(self.exercise.scripts("near-misses"), self.scene.variant)
        for index, script in enumerate(wrong):
            if index:
                self._reset()
                self._red("after a reset")
            self._near_miss(script)
        self._reset()
        self._red("after a reset")

    def _otherwise(self) -> None:
        """Win every point by each other right solution, and see red again after it."""
        for script in solutions.fitting(solutions.of(self.exercise), self.scene.variant):
            self._solution(script)
            self._reset()
            self._red("after a reset")

    def _reset(self) -> None:
        assert self.attempt  # noqa: S101 (begun in `all`)
        self.attempt = setup.reset(self.held, self.scene, self.attempt, thorough=True)

    def _quick(self) -> attempt.Check:
        return grade.check(self.scene, stability=False)

    def _red(self, when: str) -> None:
        """Every goal is red, and no point is won, by a guard or by stability."""
        with self.report.phase(f"red {when}"):
            green = grade.unseen(self.scene)
            self.tally.add(tally.NOTHING, len(self.exercise.goals), green)
            if green:
                raise Unproven(f"{when} still green: {', '.join(green)}")
            worthless(grade.check(self.scene), when)

    def _wreck(self) -> None:
        """Break everything in reach: the solved exercise is worth nothing then."""
        self.wrecked = True
        with self.report.phase("everything wrecked") as phase:
            scripts.run(self.scene, scripts.WRECK)
            found = until(self._quick, lambda check: not tally.passed(check.verdicts, attempt.Kind.GOAL), grade.SYMPTOM)
            green = tally.passed(found.verdicts, attempt.Kind.GOAL, attempt.Kind.STABILITY)
            self.tally.add(tally.WRECK, len(self.exercise.goals), green)
            if green:
                raise Unproven(f"after the wreck still green: {', '.join(green)}")
            worthless(found, "after the wreck")
            phase.done(f"0 of {found.full}")

    def _near_miss(self, script: Path) -> None:
        with self.report.phase(f"near-miss {script.stem}") as phase:
            scripts.run(self.scene, script)
            time.sleep(NEAR)
            found = self._quick()
            if not _spoiled(found):
                found = grade.check(self.scene)
            failed = [row.check for row in found.verdicts if row.state is not attempt.State.PASSED]
            guards = [row for row in found.verdicts if row.kind is attempt.Kind.GUARD]
            self.proof.reddened.update(row.check for row in guards if row.state is not attempt.State.PASSED)
            self.tally.add(tally.NEAR, 1, ["wins every point"] if found.points == found.full else [], script.stem)
            if found.points == found.full:
                raise Unproven(f"near-miss {script.stem} wins every point")
            phase.done(f"{found.points} of {found.full}: not {', '.join(failed)}")

    def _solution(self, script: Path) -> None:
        spec = self.exercise.spec
        with self.report.phase(script.stem) as phase:
            scripts.run(self.scene, script)
            found = until(self._quick, lambda check: not _spoiled(check), spec.settle)
            whole = not _spoiled(found) and self.step.way
            if whole and spec.stability:
                found = grade.check(self.scene)
            if self.step.way:
                self.tally.add(tally.SOLUTION, len(found.verdicts), tally.failed(found.verdicts), script.stem)
            if found.points != found.full and (self.step.way or _spoiled(found)):
                seen = [f"{row.check}: {row.seen}" for row in found.verdicts if row.state is not attempt.State.PASSED]
                raise Unproven(f"{script.name} wins {found.points} of {found.full}: {'; '.join(seen)}")
            phase.done(f"{found.points} of {found.full}")

    def _mutations(self) -> None:
        """Redden each goal by its own mutation, and see all green again after it is taken back."""
        begin = time.monotonic()
        view = self.scene.view
        solved = answered(lambda: baseline_objects.take(view.api))
        listing = answered(lambda: known_state.list_files(view))
        for row in mutations.of(self.exercise):
            with self.report.phase(f"mutation of {row.goal}") as phase:
                scripts.run(self.scene, row.script)
                self._reds(row.reds, grade.SYMPTOM, f"after the mutation of {row.goal}")
                phase.update("taken back")
                if row.undo:
                    scripts.run(self.scene, row.undo)
                else:
                    known_state.put_back(view, solved, listing)
                self._reds(frozenset(), self.exercise.spec.settle, f"after the mutation of {row.goal} was taken back")
                phase.done(f"red: {', '.join(sorted(row.reds))}")
        self.mutated = time.monotonic() - begin

    def _reds(self, wanted: frozenset[str], seconds: float, when: str) -> None:
        found = until(self._quick, lambda check: _red(check) == wanted, seconds)
        self.tally.add(tally.MUTATION, len(self.exercise.goals), sorted(_red(found) ^ wanted))
        for names, how in ((_red(found) - wanted, "red"), (wanted - _red(found), "still green")):
            goals = [row for row in found.verdicts if row.kind is attempt.Kind.GOAL and row.check in names]
            seen = [f"{row.check}: {row.seen}" for row in goals if row.seen]
            if names:
                raise Unproven(f"{when} {how}: {', '.join(seen or sorted(names))}")

    def equal(self, exact: bool) -> None:
        """The lab is as before the exercise; raise `Unproven` with the differences."""
        with self.report.phase("nothing left behind"):
            same(lambda: self._look(exact), self.before[exact], "left behind after the stop")

    def _look(self, exact: bool) -> dict[str, str]:
        # Not exact: a layer that was taken away, and what a wrong repair has deleted, is made anew under the same name.
        return answered(lambda: digests(self.scene.view, identities=exact))

    def _uids(self) -> dict[baseline_objects.Key, str]:
        """Return the UIDs of the objects from before the break, as the last reset has kept them."""
        found = baseline_objects.load(attempt.folder(self.scene.view.where) / baseline_objects.FILE).found
        return {name: row["metadata"]["uid"] for name, row in found.items()}


def worthless(found: attempt.Check, when: str) -> None:
    """Raise `Unproven` if a point is won, or a verdict that is not passed gives no reason."""
    mute = [row.check for row in found.verdicts if row.state is not attempt.State.PASSED and not row.seen.strip()]
    broken = [f"{row.check}: {row.seen}" for row in found.verdicts if grade.BROKEN in row.seen]
    for what, names in (("without a word", mute), ("broken", broken)):
        if names:
            raise Unproven(f"{when} {what}: {', '.join(names)}")
    if found.points:
        raise Unproven(f"{when} {found.points} points of {found.full} are won for nothing")


def same(look: Callable[[], Mapping[str, str]], was: Mapping[str, str], wrong: str) -> None:
    """Look until all is as it was; raise `Unproven` with the differences, after the words `wrong`, if it never is."""
    now = until(look, lambda seen: seen == was, SETTLED)
    differ = sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))
    if differ:
        raise Unproven(f"{wrong}: {', '.join(differ[:6])}")


def answered(ask: Callable[[], Seen]) -> Seen:
    """Ask until somebody answers: an API server whose etcd has just come back may be late.

    Raises the last failure of the doors, or of the look.
    """
    for _ in patience.polls(wait.WATCH_AGAIN):
        try:
            return ask()
        except (doors.DoorError, checks.Silent) as problem:
            last = problem
    raise last


def until(ask: Callable[[], Seen], good: Callable[[Seen], bool], seconds: float) -> Seen:
    """Check again until it is good or time is up; return the last result."""
    for _ in patience.polls(seconds, 0.5):
        seen = ask()
        if good(seen):
            break
    return seen


def _red(found: attempt.Check) -> set[str]:
    """Return the goals that are not reached."""
    goals = [row for row in found.verdicts if row.kind is attempt.Kind.GOAL]
    return {row.check for row in goals if row.state is not attempt.State.PASSED}


def _spoiled(found: attempt.Check) -> bool:
    """Return whether full points are out of reach already, before stability is checked."""
    rows = [row for row in found.verdicts if row.kind is not attempt.Kind.STABILITY]
    return any(row.state is not attempt.State.PASSED for row in rows)


def digests(view: checks.View, *, identities: bool = True) -> dict[str, str]:
    """Return a digest of everything that an exercise may have touched: name to digest; UIDs count as `identities`."""
    rows = fingerprint.take(view, identities=identities).parts.items()
    return {f"{part} {key}": state for part, found in rows for key, state in found.items()}
