"""What a student can do with an exercise: start, check, take a hint, reset, see the solution, stop."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass

from kubelab import checks, errors, model, paths
from kubelab.config import yaml_reader
from kubelab.converge import session
from kubelab.exercises import attempt, exercise_file, grade, library, register, scene, scoring, scripts, setup, variants
from kubelab.state import locks
from kubelab.ui import progress


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """An attempt that is under way, with its scene."""

    scene: scene.Scene
    attempt: attempt.Attempt


def sitting(name: str, *, ended: bool = False) -> Sitting:
    """Return what runs in a lab, or with `ended` also what has ended and was not put back to its end.

    Raises `exercise-absent` if nothing does.
    """
    lab, where = opened(name)
    begun = attempt.load(where)
    if begun is None:
        raise errors.LabError("exercise-absent", f"no exercise runs in lab {name}")
    if begun.ended and not ended:
        what = f"the attempt at {begun.exercise} in lab {name} has ended, and the lab is not in order yet"
        raise errors.LabError("exercise-absent", what, remedy="./run exercise.stop puts it in order")
    return Sitting(scene=setup.scene_of(lab, where, begun), attempt=begun)


def opened(name: str) -> tuple[model.Lab, paths.LabPaths]:
    """Return a lab that has been brought up by this version; raise `lab-absent` if it has not."""
    lab, where = session.open_lab(name)
    session.rendered(name)
    if not (where.keys / f"{scene.GRADER}.crt").exists():
        what = f"lab {name} was brought up by a version without exercises"
        raise errors.LabError("lab-absent", what)
    return lab, where


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked of `start`: who, and from which course and seed if it is one's; `number` takes that variant."""

    exercise: str
    student: str = ""
    course: str = ""
    seed: str = ""
    number: int = 0


def start(name: str, wish: Wish, report: progress.Progress) -> Sitting:
    """Begin an exercise in a lab and return it. Raises as `stage.begin`."""
    exercise = library.find(wish.exercise)
    if wish.number and not 1 <= wish.number <= len(exercise.spec.variants):
        what = f"{wish.exercise} has the variants 1 to {len(exercise.spec.variants)}, and no {wish.number}"
        raise errors.LabError("exercise-unknown", what, remedy=f"./run exercise.show {wish.exercise}")
    lab, where = opened(name)
    seed = wish.seed or variants.chosen(exercise.spec.id, wish.student)
    variant = variants.of(exercise.spec, seed, wish.number or None)
    found = scene.Scene.of(lab, where, exercise, variant)
    grade.tasks(found)  # a check that nobody has is found before anything is broken
    with locks.lab(name):
        begun = setup.begin(found, report, student=wish.student, course=wish.course)
    _shows(found, report)
    return Sitting(scene=found, attempt=begun)


def check(name: str, report: progress.Progress | None, *, stability: bool = True, keep: bool = True) -> attempt.Check:
    """Return the verdicts on what runs in a lab; they are kept unless a page only wants to show them.

    Raises `exercise-unready` before the trouble is there, `exercise-absent` if the attempt ended meanwhile, and
    `lab-locked` if a unit or a machine is to be restarted and somebody else works on the lab.
    """
    now = sitting(name)
    if not now.attempt.ready:
        what = f"the trouble of {now.attempt.exercise} in lab {name} is not there, or not all of it"
        raise errors.LabError("exercise-unready", what)
    acts = stability and grade.acts(now.scene)
    found = grade.check(now.scene, report, stability=stability and not acts)
    with contextlib.ExitStack() as stack:
        if acts and found.reached:  # from the first look that counts to the last write nobody else changes the lab
            stack.enter_context(locks.lab(name))
            register.still(now.scene.view.where, now.attempt)
            found = grade.check(now.scene, report)
        if keep:
            register.update(now.scene.view.where, now.attempt, lambda latest: _with(latest, found))
    return found


def _with(latest: attempt.Attempt, found: attempt.Check) -> attempt.Attempt:
    """Return an attempt with one check more, in the order in which they began."""
    checks_ = sorted((*latest.checks, found), key=lambda check: check.at)
    return dataclasses.replace(latest, checks=tuple(checks_))


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The next hint: its number, its price in points, and how many there are."""

    number: int
    price: int
    count: int


def offer(name: str) -> Offer:
    """Return the next hint's price; raise `exercise-hints` if none is left."""
    now = sitting(name)
    hints, taken = now.scene.exercise.spec.hints, len(now.attempt.hints)
    if taken >= len(hints):
        if not hints:
            remedy = f"./run exercise.show {now.attempt.exercise}"
            raise errors.LabError("exercise-hints", "this exercise has no hints", remedy=remedy)
        what = f"all {len(hints)} hints have been given"
        raise errors.LabError("exercise-hints", what, remedy="./run exercise.hint --all shows those again")
    return Offer(number=taken + 1, price=hints[taken].price, count=len(hints))


def hint(name: str) -> str:
    """Return the next hint, and keep that it was taken; raises as `offer`."""
    offered, now = offer(name), sitting(name)
    text = told(now.scene, now.scene.exercise.spec.hints[offered.number - 1])
    note = attempt.Hint(at=attempt.now(), number=offered.number, price=offered.price)
    register.update(now.scene.view.where, now.attempt, lambda latest: _paid(latest, note))
    return text


def _paid(latest: attempt.Attempt, note: attempt.Hint) -> attempt.Attempt:
    """Return an attempt with a hint noted; one that was asked for twice at once is paid once."""
    if note.number in {hint.number for hint in latest.hints}:
        return latest
    return dataclasses.replace(latest, hints=(*latest.hints, note))


def taken(now: Sitting) -> list[str]:
    """Return the hints that were paid for."""
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


def reset(name: str, report: progress.Progress) -> Sitting:
    """Put everything back and break it again; return the sitting."""
    with locks.lab(name):
        now = sitting(name)
        again = setup.reset(now.scene, now.attempt, report)
    _shows(now.scene, report)
    return Sitting(scene=now.scene, attempt=again)


def _shows(found: scene.Scene, report: progress.Progress) -> None:
    with report.phase("the trouble shows") as phase:
        green = grade.unseen(found)
        phase.done(f"not yet in {', '.join(green)}: check again later" if green else "")


def solve(name: str, report: progress.Progress) -> str:
    """Run the reference solution, mark the attempt as unscored, and return the explanation."""
    with locks.lab(name):
        now = sitting(name)
        register.update(now.scene.view.where, now.attempt, lambda latest: dataclasses.replace(latest, solved=True))
        with report.phase("the reference solution"):
            scripts.run(now.scene, now.scene.exercise.folder / "solution.sh")
    return now.scene.text("explain.md")


def stop(name: str, report: progress.Progress) -> attempt.Attempt:
    """End the exercise and put the lab in order; return the finished attempt."""
    with locks.lab(name):
        now = sitting(name, ended=True)
        return setup.stop(now.scene, now.attempt, report)


def results(name: str) -> dict[str, attempt.Attempt]:
    """Return exercise to the best attempt of it in a lab; empty if the lab has never been used for one.

    Each has the hints that were known in it, those of earlier attempts at its variant included.
    """
    try:
        kept = attempt.history(paths.LabPaths(name=name))
    except errors.LabError:
        kept = ()
    found: dict[str, attempt.Attempt] = {}
    for row in scoring.charged(kept):
        if row.exercise not in found or row.score > found[row.exercise].score:
            found[row.exercise] = row
    return found


def exercises() -> list[library.Exercise]:
    """Return every exercise that can be read, in the order of topic, place in the track, difficulty, id."""
    found = [library.find(name) for name in library.names()]
    order = list(exercise_file.Topic)
    return sorted(found, key=lambda row: (order.index(row.spec.topic), *_place(row.spec)))


def _place(spec: exercise_file.Spec) -> tuple[int, int, str]:
    return spec.order, spec.difficulty, spec.id


def refuse_markup(student: str) -> None:
    """Refuse a student's name that is no name: it is shown, kept and collected."""
    if len(student) > 80 or not student.isprintable():
        what = f"{yaml_reader.shown(student)} is no name of at most 80 characters"
        raise errors.LabError("exercise-unfit", what, remedy="./run exercise.start ID --student NAME")
