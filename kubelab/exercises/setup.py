"""Sets the stage: puts a lab into its known state, breaks what the exercise breaks, and puts everything back."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kubelab import checks, errors, model, paths
from kubelab.checks import wait
from kubelab.clients import doors, ssh
from kubelab.converge import session
from kubelab.exercises import (
    attempt,
    baseline_files,
    baseline_objects,
    library,
    reboot,
    register,
    scoring,
    scripts,
    stale_replicasets,
    variants,
)
from kubelab.exercises import scene as scenes
from kubelab.faults import inject
from kubelab.files import atomic, strictjson
from kubelab.ui import progress

Listing = Mapping[str, Sequence[str]]
"""Box to the paths that there are under the folders that exercises watch."""
LISTING = "boxes.json"
SETTLED = 20.0
"""Seconds in which objects that were put back are looked at again: one that was refused is put back once more."""
LARGEST = 64 << 20
HEALTHY = 180.0
"""Seconds for a lab that was put in order to be well."""


def begin(held: session.Held, scene: scenes.Scene, *, student: str = "", course: str = "") -> attempt.Attempt:
    """Put the lab in order, keep how it is, break it, and keep the attempt; return it.

    Raises `exercise-running` if another is under way, `exercise-unclean` if the lab cannot be put in order.
    """
    where = scene.view.where
    register.refuse_second(where)
    with held.report.phase("lab in its known state") as phase:
        phase.done(order(scene.view, phase))
        keep(scene.view)
    begun = attempt.Attempt(
        exercise=scene.exercise.spec.id, digest=library.digest(scene.exercise), student=student, course=course,
        lab=where.name, versions=scene.lab.versions.name, seed=scene.variant.seed, variant=scene.variant.number,
        values=dict(scene.values), full=scene.exercise.spec.full, started=attempt.now(),
    )  # fmt: skip
    begun = dataclasses.replace(begun, hints=scoring.paid(begun, attempt.readable(where)))
    register.begin(where, begun)
    return _broken(held, scene, begun)


def reset(
    held: session.Held, scene: scenes.Scene, begun: attempt.Attempt, *, thorough: bool = False
) -> attempt.Attempt:
    """Put everything back and break it again; with `thorough` the lab is well in between. Returns the attempt."""
    with held.report.phase("everything put back") as phase:
        phase.done(back(scene, phase, thorough=thorough))
    # Nobody is told to have deleted what is only another one because it was put back.
    kept = attempt.folder(scene.view.where) / baseline_objects.FILE
    baseline_objects.save(
        kept, baseline_objects.recognised(baseline_objects.load(kept), baseline_objects.take(scene.view.api))
    )
    return _broken(held, scene, begun, resets=1)


def stop(held: session.Held, scene: scenes.Scene, begun: attempt.Attempt) -> attempt.Attempt:
    """Put everything back, wait until the lab is well, and move the attempt into the history; return it."""
    ended = register.end(scene.view.where, begun)
    with held.report.phase("everything put back") as phase:
        done = back(scene, phase, thorough=True)
        with contextlib.suppress(doors.DoorError):  # an empty set too many is no reason to end here
            stale_replicasets.forget(scene.view, begun.started)
        phase.done(done)
    register.finish(scene.view.where, ended)
    for name in (baseline_objects.FILE, baseline_objects.BROKEN, LISTING):
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
    """Keep the objects that the break made, for guards; where it took the API server away there are none."""
    path = attempt.folder(scene.view.where) / baseline_objects.BROKEN
    path.unlink(missing_ok=True)
    with contextlib.suppress(doors.DoorError):
        baseline_objects.save(path, baseline_objects.take(scene.view.api))


def break_it(scene: scenes.Scene) -> None:
    """Do what the variant does to the lab: its fault, then break.sh."""
    if scene.variant.row.fault:
        number = variants.pick(scene.variant.seed, "fault", 1 << 16)
        inject.inject(scene.view, scene.variant.row.fault, scene.target, number, force=True)
    if scene.exercise.breaks:
        scripts.run(scene, scene.exercise.breaks)


def keep(view: checks.View) -> None:
    """Keep how the lab is: its objects, and which files there are in its boxes."""
    folder = attempt.folder(view.where)
    baseline_objects.save(folder / baseline_objects.FILE, baseline_objects.take(view.api))
    atomic.write(folder / LISTING, json.dumps(list_files(view)))


def listed(folder: Path) -> Listing:
    """Return the files that there were when the exercise began; raise `exercise-unclean` if nobody knows."""
    try:
        found = strictjson.table(strictjson.content(folder / LISTING, most=LARGEST), most=LARGEST, values=1_000_000)
        return {box: [str(path) for path in names] for box, names in found.items()}
    except (OSError, ValueError, TypeError) as problem:
        what = "nobody kept which files there were before the exercise"
        raise errors.LabError("exercise-unclean", what, details=[problem]) from problem


def list_files(view: checks.View) -> Listing:
    """Return which files there are in every box."""
    return {name: sorted(box.entries) for name, box in baseline_files.look(view).items()}


def order(view: checks.View, phase: progress.Phase) -> str:
    """Put a lab that was left dirty in order; return what was done. Raises `exercise-unclean`, `lab-absent`."""
    session.refuse_absent(view.lab)
    reboot.running(view)
    cleared = _cleared(view)
    todo = baseline_files.put_back(view, None)
    ill = wait.ill(view)
    if not (todo or ill or cleared):
        return "it was"
    if ill:
        reboot.registered(view)
        _apply_addons(view)
    well(view, phase)
    return f"put in order: {', '.join([*cleared, *todo, *ill])}"


def back(scene: scenes.Scene, phase: progress.Phase, *, thorough: bool) -> str:
    """Take the break back and put everything to where it was kept; return what had to be done."""
    view, folder = scene.view, attempt.folder(scene.view.where)
    before = baseline_objects.load(folder / baseline_objects.FILE)
    listing = listed(folder)
    reboot.running(view)
    try:
        _taken_back(scene)
    except errors.LabError as problem:
        # A fault's object cannot come back into a namespace that somebody deleted, and undo.sh may need an API server
        # that somebody stopped: those come back first.
        if problem.ident not in ("fault-failed", "exercise-script"):
            raise
        put_back(view, before, listing)
        _taken_back(scene)
    todo, changed = put_back(view, before, listing)
    if thorough:
        well(view, phase)
    return f"{len(todo)} boxes, {len(changed)} objects"


def _taken_back(scene: scenes.Scene) -> None:
    """Clear every fault and run the exercise's undo.sh: what is no file, unit or object."""
    _cleared(scene.view)
    undo = scene.exercise.folder / "undo.sh"
    if undo.exists():
        scripts.run(scene, undo)


def put_back(
    view: checks.View, before: baseline_objects.Objects, listing: Listing
) -> tuple[dict[str, baseline_files.Work], dict[baseline_objects.Key, str]]:
    """Make boxes and objects what they were; return what was done in each box, and which objects differed."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
        under_way = pool.submit(baseline_files.put_back, view, {name: set(names) for name, names in listing.items()})
        changed: dict[baseline_objects.Key, str] = {}
        with contextlib.suppress(doors.DoorError):  # then once more, when the boxes are right
            changed = baseline_objects.restore(view.api, before)
        todo = under_way.result()
    reboot.api_back(view)
    if reboot.registered(view) or todo or not changed:
        changed = {**changed, **_restored(view, before)}
    return todo, changed


def _restored(view: checks.View, before: baseline_objects.Objects) -> dict[baseline_objects.Key, str]:
    """Restore the objects until none differs; an API server that has just come back refuses some, or does not answer.

    What still differs after a while is left to whoever waits for the lab to be well.
    """
    changed: dict[baseline_objects.Key, str] = {}
    settled = time.monotonic() + SETTLED

    def equal(view: checks.View) -> None:
        found = checks.asked(lambda: baseline_objects.restore(view.api, before))
        changed.update({key: how for key, how in found.items() if key not in changed})
        if found and time.monotonic() < settled:
            raise checks.Wrong(f"{len(found)} objects differed")

    if seen := wait.until(view, equal, reboot.API_BACK, looks=1):
        raise errors.LabError("exercise-unclean", "the objects cannot be put back", details=[seen])
    return changed


def well(view: checks.View, phase: progress.Phase, timeout: float = HEALTHY) -> None:
    """Wait until every check of a healthy lab holds; the phase shows what is waited for.

    Raises `exercise-unclean` with what does not hold, at once if waiting does not help.
    """

    def show(lines: list[str]) -> None:
        if phase.seconds > wait.SHOWN:
            phase.update("; ".join(lines))

    if lines := wait.well(view, timeout, show):
        raise errors.LabError("exercise-unclean", f"lab {view.lab.name} is not well", details=lines)


def _apply_addons(view: checks.View) -> None:
    """Have the control plane apply the lab's own objects again: what was deleted or changed of them comes back."""
    command = "sudo systemctl restart kubelab-addons.service"
    for machine in view.lab.control_plane:
        try:
            ssh.run(view.where, machine, command, timeout=120)
        except doors.DoorError as problem:
            raise errors.LabError(
                "exercise-unclean", "the lab's own objects cannot be applied", details=[problem]
            ) from problem


def _cleared(view: checks.View) -> list[str]:
    """Take back every fault that is still injected; return their names, before the lab is well."""
    done = inject.clear(view, progress.Progress.silent(), until_well=False)
    return [one.row.name for one in done.faults]


def scene_of(lab: model.Lab, where: paths.LabPaths, begun: attempt.Attempt) -> scenes.Scene:
    """Return the scene of an attempt; raise `exercise-unknown` if its exercise is gone."""
    exercise = library.find(begun.exercise)
    return scenes.Scene.of(lab, where, exercise, variants.of(exercise.spec, begun.seed, begun.variant))
