"""Keeps the state of a lab before an exercise, and restores its boxes and objects."""

from __future__ import annotations

import concurrent.futures
import contextlib
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kubelab import checks, errors
from kubelab.checks import wait
from kubelab.clients import doors, ssh
from kubelab.converge import etcd_clients, session
from kubelab.exercises import attempt, baseline_files, baseline_objects, reboot, scripts
from kubelab.exercises import scene as scenes
from kubelab.faults import inject
from kubelab.files import atomic, strictjson
from kubelab.ui import progress

Listing = Mapping[str, Sequence[str]]
"""Box to its existing paths under the folders that exercises watch."""
LISTING = "boxes.json"
SETTLED = 20.0
"""Seconds in which restored objects are checked again: a refused one is restored once more."""
ROUNDS = 3
"""The least number of such checks: one may last longer than that, while something is waited for that is to go."""
LARGEST = 64 << 20
SCRIPT_FAILED = "exercise-script"
"""The error of an exercise's script: undo.sh may need what is put back only then."""
HEALTHY = 180.0
"""Seconds for a lab that was put in order to be well."""


def keep(view: checks.View, folder: Path | None = None) -> None:
    """Keep the state of the lab, in its attempts' folder or another: its objects, and the paths in its boxes."""
    folder = folder or attempt.folder(view.where)
    baseline_objects.save(folder / baseline_objects.FILE, baseline_objects.take(view.api))
    atomic.write(folder / LISTING, json.dumps(list_files(view)))


def read_listing(folder: Path) -> Listing:
    """Return the paths from the begin of the exercise; raise `exercise-unclean` if they were not kept."""
    try:
        found = strictjson.table(strictjson.content(folder / LISTING, most=LARGEST), most=LARGEST, values=1_000_000)
        return {box: [str(path) for path in names] for box, names in found.items()}
    except (OSError, ValueError, TypeError) as problem:
        what = "the list of files from before the exercise was not kept"
        raise errors.LabError("exercise-unclean", what, details=[problem]) from problem


def list_files(view: checks.View) -> Listing:
    """Return the paths in every box."""
    return {name: sorted(box.files) for name, box in baseline_files.read_boxes(view).items()}


def put_in_order(view: checks.View, phase: progress.Phase) -> str:
    """Put a lab that was left dirty in order; return the repairs. Raises `exercise-unclean`, `lab-absent`."""
    session.refuse_absent(view.lab)
    reboot.running(view)
    cleared = _cleared(view)
    todo = baseline_files.put_back(view, None)
    woken = etcd_clients.wake(view)
    ill = wait.ill(view)
    if not (todo or ill or cleared or woken):
        return "it was"
    if ill:
        reboot.registered(view)
        _apply_addons(view)
    well(view, phase)
    return f"put in order: {', '.join([*cleared, *todo, *woken, *ill])}"


def take_back(scene: scenes.Scene, phase: progress.Phase, *, thorough: bool) -> str:
    """Take the break back and restore the kept state; return the repairs."""
    return take_all_back([scene], attempt.folder(scene.view.where), phase, thorough=thorough)


def take_all_back(found: Sequence[scenes.Scene], folder: Path, phase: progress.Phase, *, thorough: bool) -> str:
    """Take every break of a lab back and restore the state that a folder keeps; return the repairs."""
    view = found[0].view
    before = baseline_objects.load(folder / baseline_objects.FILE)
    listing = read_listing(folder)
    reboot.running(view)
    boxes: dict[str, baseline_files.Work] = {}
    if not _undone(found, phase):
        # undo.sh may need an API server that somebody stopped. The machines come back first, and no object yet: what
        # undo.sh takes away itself (custom resources before their definition, say) would not go by deletion alone.
        boxes = _boxes_back(view, listing)
        reboot.api_back(view)
        if not _undone(found, phase):
            put_back(view, before, listing)  # a fault's object cannot come back into a namespace that was deleted
            _taken_back(found)
    todo, changed = put_back(view, before, listing)
    todo = {**boxes, **todo}
    etcd_clients.wake(view)
    if thorough:
        well(view, phase)
    return f"{len(todo)} boxes, {len(changed)} objects"


def _undone(found: Sequence[scenes.Scene], phase: progress.Phase) -> bool:
    """Take the breaks back; return whether that worked. Raises what no other order of work would mend."""
    try:
        _taken_back(found)
    except errors.LabError as problem:
        if problem.ident not in ("fault-failed", SCRIPT_FAILED):
            raise
        phase.update(f"once more: {problem}")
        return False
    return True


def _taken_back(found: Sequence[scenes.Scene]) -> None:
    """Clear every fault and run the exercises' undo.sh: for what is no file, unit or object.

    Each has its turn, whether or not another one fails; raises the first failure.
    """
    _cleared(found[0].view)
    failed: list[errors.LabError] = []
    for scene in found:
        undo = scene.exercise.folder / "undo.sh"
        try:
            if undo.exists():
                scripts.run(scene, undo)
        except errors.LabError as problem:
            if problem.ident != SCRIPT_FAILED:
                raise
            failed.append(problem)
    if failed:
        raise failed[0]


def put_back(
    view: checks.View, before: baseline_objects.Objects, listing: Listing
) -> tuple[dict[str, baseline_files.Work], dict[baseline_objects.Key, str]]:
    """Restore boxes and objects; return the repairs in each box, and the objects that differed."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
        under_way = pool.submit(_boxes_back, view, listing)
        changed: dict[baseline_objects.Key, str] = {}
        with contextlib.suppress(doors.DoorError):  # then once more, when the boxes are right
            changed = baseline_objects.restore(view.api, before)
        todo = under_way.result()
    reboot.api_back(view)
    if reboot.registered(view) or todo or not changed:
        changed = {**changed, **_restored(view, before)}
    return todo, changed


def _boxes_back(view: checks.View, listing: Listing) -> dict[str, baseline_files.Work]:
    return baseline_files.put_back(view, {name: set(names) for name, names in listing.items()})


def _restored(view: checks.View, before: baseline_objects.Objects) -> dict[baseline_objects.Key, str]:
    """Restore the objects until none differs; an API server that has just come back refuses some, or does not answer.

    What still differs after a while is left to the wait for a healthy lab.
    """
    changed: dict[baseline_objects.Key, str] = {}
    settled = time.monotonic() + SETTLED
    rounds = itertools.count(1)

    def equal(view: checks.View) -> None:
        try:
            found = checks.asked(lambda: baseline_objects.restore(view.api, before))
        except errors.LabError as problem:  # something does not go: the next look may find who lets go of it
            raise checks.Wrong(str(problem)) from problem
        changed.update({key: how for key, how in found.items() if key not in changed})
        if found and (next(rounds) < ROUNDS or time.monotonic() < settled):
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
    """Have the control plane apply the lab's own objects again: deleted or changed ones come back."""
    command = "sudo systemctl restart kubelab-addons.service"
    for machine in view.lab.control_plane:
        try:
            ssh.run(view.where, machine, command, timeout=120)
        except doors.DoorError as problem:
            raise errors.LabError(
                "exercise-unclean", "the lab's own objects cannot be applied", details=[problem]
            ) from problem


def _cleared(view: checks.View) -> list[str]:
    """Clear every active fault; return their names, before the lab is well."""
    done = inject.clear(view, progress.Progress.silent(), until_well=False)
    return [one.row.name for one in done.faults]
