"""Runs one drawn exam end to end: worth nothing undone, one task its own points, everything once all is solved."""

from __future__ import annotations

import concurrent.futures
import functools
import time
from collections.abc import Callable, Mapping, Sequence

from kubelab import checks, errors
from kubelab.checks import wait
from kubelab.clients import patience
from kubelab.converge import etcd_clients, session
from kubelab.exam import exam_scene, grading, laying_out, putting_back, record, sitting
from kubelab.exercises import attempt, grade, known_state, reboot, scripts, solutions, variants
from kubelab.proofs import exercise_run

PROVER = "exam.prove"
"""The student of a proof's exam: what an interrupted proof left is ended, a person's own exam is not."""
AT_ONCE = 2
"""Tasks that are solved at one time in one lab: they wait for pods most of the time."""
Found = Mapping[int, attempt.Check]
"""Number of a task to its verdicts."""


class Run:
    """One exam, from before its start until after its stop; its lists of results are filled as it goes."""

    def __init__(self, held: Sequence[session.Held], seed: str) -> None:
        """Keep the labs, the first of the exam first."""
        self.held, self.seed, self.report = held, seed, held[0].report
        self.rows: tuple[sitting.Bench, ...] = ()
        self.ready = 0.0
        self.alone = ""
        self.points = ""

    def all(self) -> None:
        """Go the whole way; raise `exercise_run.Unproven` at the first unmet expectation, or the error of a step."""
        leave_nothing(self.held)
        with self.report.phase("labs as they are before") as phase:
            for row in self.held:
                known_state.put_in_order(row.view, phase)
        before = [_look(row) for row in self.held]
        begin = time.monotonic()
        exam = laying_out.start(self.held, laying_out.Wish(seed=self.seed, student=PROVER))
        self.ready = time.monotonic() - begin
        self.rows = sitting.benches(exam, self.held)
        self._nothing(exam)
        chosen = self._one(exam)
        self._rest(chosen)
        exam = grading.submit(self.rows, exam, self.report)
        _everything(exam)
        self.points = f"{exam.points} of {exam.full}"
        putting_back.stop(self.rows, exam, self.report, give_up=False)
        self._equal(before)

    def _nothing(self, exam: record.Exam) -> None:
        """Undone, no task wins a point, and each verdict says why."""
        with self.report.phase("nothing done"):
            self._worthless(grading.graded(self.rows, exam, self.report), "nothing done")

    def _one(self, exam: record.Exam) -> exam_scene.ExamScene:
        """One task solved alone wins its own points, and no other a single one; return it."""
        chosen = self._chosen()
        name = chosen.exercise.spec.id
        with self.report.phase(f"task {chosen.number} alone") as phase:
            phase.update(name)
            # Grading has taken back what stops a lab: that is broken again before the next grading, and solved at last.
            self._break_again(lambda stopping: stopping is chosen)
            solve(chosen)
            self._break_again(lambda stopping: stopping is not chosen)
            found = dict(grading.graded(self.rows, exam, self.report))
            mine = found.pop(chosen.number)
            self.alone = f"{name} {mine.points} of {mine.full}"
            phase.done(self.alone)
        if mine.points != mine.full:
            raise exercise_run.Unproven(f"alone, {name} wins {mine.points} of {mine.full}: {lost(mine)}")
        self._worthless(found, f"with {name} solved")
        return chosen

    def _rest(self, solved: exam_scene.ExamScene) -> None:
        """Solve every other task."""
        with self.report.phase("all others solved"):
            self._break_again(lambda stopping: stopping is not solved)
            sitting.each(self.rows, lambda bench: solve_all(bench, solved))

    def _chosen(self) -> exam_scene.ExamScene:
        """Return the task that is solved alone, drawn by the exam's seed.

        None whose grading restarts a machine: pods of tasks that are still to be solved would count it as a fault.
        """
        scenes = [found for bench in self.rows for found in bench.scenes if not grade.acts(found)]
        return scenes[variants.pick(self.seed, "alone", len(scenes))]

    def _break_again(self, wanted: Callable[[exam_scene.ExamScene], bool]) -> None:
        """Break each task once more that stops its lab and is wanted."""
        for bench in self.rows:
            for found in laying_out.stages(bench).stopping:
                if wanted(found):
                    laying_out.break_again(bench, found)

    def _worthless(self, found: Found, when: str) -> None:
        for bench in self.rows:
            for one in bench.scenes:
                if one.number in found:
                    said = f"{when}, task {one.number} ({one.exercise.spec.id}, variant {one.variant.number}):"
                    exercise_run.worthless(found[one.number], said)

    def _equal(self, before: Sequence[Mapping[str, str]]) -> None:
        """Each lab is as before the exam; raise `Unproven` with the differences."""
        with self.report.phase("nothing left behind"):
            for row, was in zip(self.held, before, strict=True):
                exercise_run.same(functools.partial(_look, row), was, f"left behind in lab {row.where.name}")


def leave_nothing(held: Sequence[session.Held]) -> None:
    """End what an interrupted proof left in these labs; raise `exam-running` for anything else."""
    for row in held:
        exam = record.load(row.where)
        if exam is None:
            continue
        if exam.student != PROVER or set(exam.labs) != {one.where.name for one in held}:
            what = f"lab {' and '.join(exam.labs)} has an exam of {exam.begun[:16]} UTC"
            remedy = "./run exam.stop --yes, then the same command again"
            raise errors.LabError("exam-running", what, remedy=remedy)
        putting_back.stop(sitting.benches(exam, held), exam, held[0].report, give_up=True)


def solve(found: exam_scene.ExamScene) -> None:
    """Run a task's reference solution, and wait until its goals hold; raise `exercise_run.Unproven` if they do not."""
    wait.until(found.view, checks.api_ready, reboot.API_BACK)
    scripts.run(found, found.exercise.folder / solutions.REFERENCE)
    seen = exercise_run.until(
        lambda: grade.check(found, stability=False),
        lambda check: check.reached,
        patience.seconds(found.exercise.spec.settle),
    )
    if not seen.reached:
        name = f"task {found.number} ({found.exercise.spec.id}, variant {found.variant.number})"
        raise exercise_run.Unproven(f"{name} solved: {lost(seen)}")


def solve_all(bench: sitting.Bench, solved: exam_scene.ExamScene) -> None:
    """Solve the tasks of a lab but one: first what stops it, then what restarts a part of it, at last side by side."""
    parts = laying_out.stages(bench)
    for found in (*parts.stopping, *parts.restarting, *parts.on_worker):
        if found is not solved:
            solve(found)
            etcd_clients.wake(bench.view)
    with concurrent.futures.ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        list(pool.map(solve, [found for found in parts.others if found is not solved]))


def lost(found: attempt.Check) -> str:
    """Return the verdicts that are not passed, with their reasons; those on stability only if all others are."""
    bad = [row for row in found.verdicts if row.state is not attempt.State.PASSED]
    first = [row for row in bad if row.kind is not attempt.Kind.STABILITY] or bad
    return "; ".join(f"{row.kind} {row.check}: {row.seen}" for row in first)


def _everything(exam: record.Exam) -> None:
    """Every task of a graded exam has all of its points; raise `Unproven` with those that have not."""
    bad = [row for row in exam.questions if row.points != row.work.full]
    said = [
        f"task {row.number} ({row.work.exercise}, variant {row.work.variant}) {row.points} of {row.work.full}: "
        f"{lost(row.graded) if row.graded else 'not graded'}"
        for row in bad
    ]
    if bad:
        raise exercise_run.Unproven(f"all solved: {'; '.join(said)}")


def _look(row: session.Held) -> dict[str, str]:
    """Return how a lab looks; what a solution has deleted comes back as another object of the same name."""
    return exercise_run.answered(lambda: exercise_run.digests(row.view, identities=False))
