"""A student's operations on an exercise: start, check, hint, reset, solve, stop."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubelab import checks, errors, paths
from kubelab.config import yaml_reader
from kubelab.converge import session
from kubelab.exercises import (
    attempt,
    exam_mark,
    exercise_file,
    grade,
    library,
    needs,
    register,
    scene,
    scoring,
    scripts,
    setup,
    variants,
)
from kubelab.ui import foreign


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """An attempt under way, opened once by a word and passed down: its session, its scene, its records."""

    session: session.Session
    scene: scene.Scene
    attempt: attempt.Attempt


def sitting(found: session.Session, *, ended: bool = False) -> Sitting:
    """Return the running attempt of a lab, or with `ended` also one that has ended and was not put back to its end.

    Raises `exercise-absent` without one, and as `refuse_older`.
    """
    refuse_older(found)
    begun, name = attempt.load(found.where), found.where.name
    if begun is None:
        exam_mark.refuse(found.where, "a word about an exercise of its own")
        raise errors.LabError("exercise-absent", f"no exercise runs in lab {name}")
    if begun.ended and not ended:
        what = f"the attempt at {begun.exercise} in lab {name} has ended, and the lab is not in order yet"
        raise errors.LabError("exercise-absent", what, remedy="./run exercise.stop puts it in order")
    return Sitting(session=found, scene=setup.scene_of(found.lab, found.where, begun), attempt=begun)


def refuse_older(found: session.Session) -> None:
    """Raise `lab-absent` for a lab that was not brought up, or by a version without exercises."""
    session.rendered(found.where.name)
    if not (found.where.keys / f"{scene.GRADER}.crt").exists():
        what = f"lab {found.where.name} was brought up by a version without exercises"
        raise errors.LabError("lab-absent", what)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The request of `start`: the student, and the course and seed if there are any; `number` takes that variant."""

    exercise: str
    student: str = ""
    course: str = ""
    seed: str = ""
    number: int = 0


def start(held: session.Held, wish: Wish) -> Sitting:
    """Begin an exercise in a lab and return it; its symptoms may not show yet. Raises as `setup.begin`."""
    exercise = library.find(wish.exercise)
    seed = wish.seed or variants.chosen(exercise.spec.id, wish.student)
    variants.of(exercise.spec, seed, wish.number or None)  # a number that it has not is told before all else
    refuse_older(held)
    variant = variants.of(exercise.spec, seed, wish.number or None)
    needs.refuse_lacking(exercise, held.lab)
    found = scene.Scene.of(held.lab, held.where, exercise, variant)
    grade.tasks(found)  # a check that nobody has is found before anything is broken
    begun = setup.begin(held, found, student=wish.student, course=wish.course)
    return Sitting(session=held, scene=found, attempt=begun)


def shows(now: Sitting) -> None:
    """Wait until every goal is red; this changes nothing and needs no lock."""
    with now.session.report.phase("the trouble shows") as phase:
        green = grade.unseen(now.scene)
        phase.done(f"not yet in {', '.join(green)}: check again later" if green else "")


@dataclass(frozen=True, kw_only=True)
class Checked(Sitting):
    """A sitting after a check of it, which is kept with the attempt."""

    found: attempt.Check


def judge_now(now: Sitting) -> attempt.Check:
    """Return the present verdicts; they are not kept. Raises `exercise-unready`."""
    _refuse_unready(now)
    return grade.check(now.scene, stability=False)


Then = Callable[[Checked], None]
"""What follows a check before the lab is let go."""


def nothing(_: Checked) -> None:
    """Follow a check with nothing: outside a pack nothing is kept but the verdicts."""


def check(now: Sitting, *, stability: bool = True, then: Then = nothing) -> Checked:
    """Check what runs in a lab, and keep the verdicts. `then` is called before the lab is let go.

    Raises `exercise-unready` until the break is complete, `exercise-absent` if the attempt ended meanwhile, and
    `lab-locked` if a unit or a machine must be restarted while another run works on the lab.
    """
    _refuse_unready(now)
    acts = stability and grade.acts(now.scene)
    found = grade.check(now.scene, now.session.report, stability=stability and not acts)
    with contextlib.ExitStack() as stack:
        if acts and found.reached:  # from the first look that counts to the last write nobody else changes the lab
            if not isinstance(now.session, session.Held):
                stack.enter_context(session.held_places(now.session.where.name))
            register.still(now.session.where, now.attempt)
            found = grade.check(now.scene, now.session.report)
        kept = register.update(now.session.where, now.attempt, lambda latest: _with(latest, found))
        done = Checked(session=now.session, scene=now.scene, attempt=kept, found=found)
        then(done)
    return done


def _refuse_unready(now: Sitting) -> None:
    if not now.attempt.ready:
        what = f"the trouble of {now.attempt.exercise} in lab {now.session.where.name} is not there, or not all of it"
        raise errors.LabError("exercise-unready", what)


def _with(latest: attempt.Attempt, found: attempt.Check) -> attempt.Attempt:
    """Return an attempt with one more check, in the order of their begins."""
    checks_ = sorted((*latest.checks, found), key=lambda check: check.at)
    return dataclasses.replace(latest, checks=tuple(checks_))


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The next hint: its number, its price in points, and the number of hints."""

    number: int
    price: int
    count: int


def offer(now: Sitting) -> Offer:
    """Return the next hint's price; raise `exercise-hints` if none is left."""
    hints, taken = now.scene.exercise.spec.hints, len(now.attempt.hints)
    if taken >= len(hints):
        if not hints:
            remedy = f"./run exercise.show {now.attempt.exercise}"
            raise errors.LabError("exercise-hints", "this exercise has no hints", remedy=remedy)
        what = f"all {len(hints)} hints have been given"
        raise errors.LabError("exercise-hints", what, remedy="./run exercise.hint --all shows those again")
    return Offer(number=taken + 1, price=hints[taken].price, count=len(hints))


def hint(now: Sitting, *, pay: bool) -> str:
    """Return the next hint, and keep that it was taken; raises as `offer`, and `exercise-hints` unless it is paid."""
    offered = offer(now)
    if not pay:
        what = f"hint {offered.number} of {offered.count} costs {offered.price} points"
        raise errors.LabError("exercise-hints", what, remedy="./run exercise.hint --yes")
    text = told(now.scene, now.scene.exercise.spec.hints[offered.number - 1])
    note = attempt.Hint(at=attempt.now(), number=offered.number, price=offered.price)
    register.update(now.session.where, now.attempt, lambda latest: _paid(latest, note))
    return text


def _paid(latest: attempt.Attempt, note: attempt.Hint) -> attempt.Attempt:
    """Return an attempt with a hint noted; one that two programs ask for at once is paid once."""
    if note.number in {hint.number for hint in latest.hints}:
        return latest
    return dataclasses.replace(latest, hints=(*latest.hints, note))


def taken(now: Sitting) -> list[str]:
    """Return the paid hints."""
    return [told(now.scene, row) for row in now.scene.exercise.spec.hints[: len(now.attempt.hints)]]


def told(found: scene.Scene, row: exercise_file.HintSpec) -> str:
    """Return a hint's text; one that looks at the lab says so if it cannot."""
    if not row.check:
        return scene.fill(row.text, found.values)
    body = library.function(library.functions(found.exercise), row.check)
    try:
        return str(body(found))
    except (checks.Wrong, checks.Silent) as problem:
        return f"Look at this first: {problem}"


def reset(held: session.Held) -> Sitting:
    """Restore everything and break it again; return the sitting."""
    now = sitting(held)
    return dataclasses.replace(now, attempt=setup.reset(held, now.scene, now.attempt))


def solve(held: session.Held, now: Sitting) -> str:
    """Run the reference solution, mark the attempt as unscored, and return the explanation."""
    register.update(held.where, now.attempt, lambda latest: dataclasses.replace(latest, solved=True))
    with held.report.phase("the reference solution"):
        scripts.run(now.scene, now.scene.exercise.folder / "solution.sh")
    return now.scene.text("explain.md")


def stop(held: session.Held, now: Sitting | None = None) -> attempt.Attempt:
    """End the exercise and put the lab in order; return the finished attempt. `now` if it is open already."""
    now = now or sitting(held, ended=True)
    return setup.stop(held, now.scene, now.attempt)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the attempts at one exercise came to: the best score, and whether one of them won every point.

    Hints cost points: the attempt that won every point may have a lower score than an earlier one without hints.
    """

    score: int
    done: bool


def charged(attempts: Sequence[attempt.Attempt]) -> tuple[attempt.Attempt, ...]:
    """Return attempts as a course counts them: each with the hints, or the solution, that were known in it."""
    solved = [dataclasses.replace(one, solved=attempt.shown(one, attempts)) for one in attempts]
    return scoring.charged(solved)


def results(name: str) -> dict[str, Result]:
    """Return exercise to its result in a lab; empty if the lab has never been used for one.

    Each attempt is charged the hints known in it, those of earlier attempts at its variant included; it has no points
    if the solution was known. One that cannot be read is passed over here.
    """
    try:
        kept = attempt.readable(paths.LabPaths(name=name))
    except errors.LabError:  # a name that no lab can have
        kept = ()
    found: dict[str, Result] = {}
    for row in charged(kept):
        before = found.get(row.exercise, Result(score=0, done=False))
        found[row.exercise] = Result(score=max(before.score, row.score), done=before.done or row.done)
    return found


def listed() -> tuple[list[library.Exercise], list[str]]:
    """Return every readable exercise, ordered as `exercises`, and the names of the others: one is being written."""
    found, bad = [], []
    for name in library.names():
        try:
            found.append(library.find(name))
        except errors.LabError:
            bad.append(name)
    return _in_order(found), bad


def exercises() -> list[library.Exercise]:
    """Return every exercise, in the order of topic, place in the track, difficulty, id; raises as `library.find`."""
    return _in_order([library.find(name) for name in library.names()])


def _in_order(found: Sequence[library.Exercise]) -> list[library.Exercise]:
    order = list(exercise_file.Topic)
    return sorted(found, key=lambda row: (order.index(row.spec.topic), *_place(row.spec)))


def _place(spec: exercise_file.Spec) -> tuple[int, int, str]:
    return spec.order, spec.difficulty, spec.id


def refuse_markup(student: str) -> None:
    """Refuse an impossible student's name: it is shown, kept and collected."""
    if len(student) > 80 or foreign.line(student) != student:
        what = f"{yaml_reader.shown(student)} is no name of at most 80 characters"
        raise errors.LabError("exercise-unfit", what, remedy="./run exercise.start ID --student NAME")
