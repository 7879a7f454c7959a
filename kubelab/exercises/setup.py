"""Begins, resets and ends an attempt: the lab in its known state, then broken, then restored."""

from __future__ import annotations

import contextlib
import dataclasses

from kubelab import model, paths
from kubelab.clients import doors, patience
from kubelab.converge import session
from kubelab.exercises import (
    attempt,
    baseline_objects,
    known_state,
    library,
    register,
    scoring,
    scripts,
    stale_replicasets,
    variants,
)
from kubelab.exercises import scene as scenes
from kubelab.faults import inject

MOVES = 20.0
"""Seconds in which connections to an address that moves to another API server are made anew."""


def begin(held: session.Held, scene: scenes.Scene, *, student: str = "", course: str = "") -> attempt.Attempt:
    """Put the lab in order, keep its state, break it, and keep the attempt; return it.

    Raises `exercise-running` if another is under way, `exercise-unclean` if the lab cannot be put in order.
    """
    where = scene.view.where
    register.refuse_second(where)
    with held.report.phase("lab in its known state") as phase:
        phase.done(known_state.put_in_order(scene.view, phase))
        known_state.keep(scene.view)
    begun = attempt.Attempt(
        exercise=scene.exercise.spec.id, digest=library.digest(scene.exercise), student=student, course=course,
        lab=where.name, versions=scene.lab.versions.name, seed=scene.variant.seed, variant=scene.variant.number,
        values=dict(scene.values), full=scene.exercise.spec.full, started=attempt.now(),
    )  # fmt: skip
    # A student may go on in another lab of the same pack, and knows the paid hints and the solution there, too.
    known = attempt.everywhere()
    begun = dataclasses.replace(begun, hints=scoring.paid(begun, known), solved=attempt.shown(begun, known))
    register.begin(where, begun)
    return _broken(held, scene, begun)


def reset(
    held: session.Held, scene: scenes.Scene, begun: attempt.Attempt, *, thorough: bool = False
) -> attempt.Attempt:
    """Restore everything and break it again; with `thorough` the lab is well in between. Returns the attempt."""
    with held.report.phase("everything put back") as phase:
        phase.done(known_state.take_back(scene, phase, thorough=thorough))
    # Nobody is told to have deleted what is only another one because it was put back.
    kept = attempt.folder(scene.view.where) / baseline_objects.FILE
    baseline_objects.save(kept, baseline_objects.recognised(baseline_objects.load(kept), _objects(scene)))
    return _broken(held, scene, begun, resets=1)


def _objects(scene: scenes.Scene) -> baseline_objects.Objects:
    """Return the lab's objects; asked again where several API servers share an address that has just moved.

    Raises the last failure of the door.
    """
    for _ in patience.polls(MOVES):
        try:
            return baseline_objects.take(scene.view.api)
        except doors.DoorError as problem:
            last = problem
    raise last


def stop(held: session.Held, scene: scenes.Scene, begun: attempt.Attempt) -> attempt.Attempt:
    """Restore everything, wait until the lab is well, and move the attempt into the history; return it."""
    ended = register.end(scene.view.where, begun)
    with held.report.phase("everything put back") as phase:
        done = known_state.take_back(scene, phase, thorough=True)
        with contextlib.suppress(doors.DoorError):  # an empty set too many is no reason to end here
            stale_replicasets.remove_empty(scene.view, begun.started)
        phase.done(done)
    register.finish(scene.view.where, ended)
    for name in (baseline_objects.FILE, baseline_objects.BROKEN, known_state.LISTING):
        (attempt.folder(scene.view.where) / name).unlink(missing_ok=True)
    return ended


def _broken(held: session.Held, scene: scenes.Scene, begun: attempt.Attempt, *, resets: int = 0) -> attempt.Attempt:
    with held.report.phase("the trouble begins"):
        break_it(scene)
        _keep_broken(scene)
    ready_ = attempt.now()

    def change(now: attempt.Attempt) -> attempt.Attempt:
        return dataclasses.replace(now, ready=now.ready or ready_, resets=now.resets + resets)

    return register.update(scene.view.where, begun, change)


def _keep_broken(scene: scenes.Scene) -> None:
    """Keep the objects that the break made, for guards; none if it took the API server away."""
    path = attempt.folder(scene.view.where) / baseline_objects.BROKEN
    path.unlink(missing_ok=True)
    with contextlib.suppress(doors.DoorError):
        baseline_objects.save(path, baseline_objects.take(scene.view.api))


def break_it(scene: scenes.Scene) -> None:
    """Apply the variant to the lab: its fault, then break.sh."""
    if scene.variant.row.fault:
        number = variants.pick(scene.variant.seed, "fault", 1 << 16)
        inject.inject(scene.view, scene.variant.row.fault, scene.target, number, force=True)
    if scene.exercise.breaks:
        scripts.run(scene, scene.exercise.breaks)


def scene_of(lab: model.Lab, where: paths.LabPaths, begun: attempt.Attempt) -> scenes.Scene:
    """Return the scene of an attempt; raise `exercise-unknown` if its exercise is gone."""
    exercise = library.find(begun.exercise)
    return scenes.Scene.of(lab, where, exercise, variants.of(exercise.spec, begun.seed, begun.variant))
