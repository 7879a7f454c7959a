"""Captures how a lab differs from its known state: its boxes' files and units, and its objects."""

from __future__ import annotations

import base64

from kubelab import checks, model, paths
from kubelab.clients import doors
from kubelab.converge import box_state
from kubelab.course import derived_objects, lab_diff
from kubelab.exercises import attempt, baseline_files, baseline_objects, known_state
from kubelab.pki import redact


def take(view: checks.View, one: attempt.Attempt) -> lab_diff.Difference:
    """Return how the lab differs from the state that was kept when the exercise began."""
    folder = attempt.folder(view.where)
    listing = known_state.read_listing(folder)
    looked = baseline_files.read_boxes(view)
    found = {}
    for machine in view.lab.machines:
        box = looked[machine.name]
        work = baseline_files.work(view, machine, box, set(listing.get(machine.name, [])))
        if work.put or work.remove or work.links or work.start:
            found[machine.name] = _box(view, machine, box, work)
    points = max((check.points for check in one.checks), default=0)
    try:
        differing = _objects(view, baseline_objects.load(folder / baseline_objects.FILE))
    except doors.DoorError:
        return lab_diff.Difference(points=points, boxes=found, silent=True)
    return lab_diff.Difference(points=points, boxes=found, objects=differing)


def _box(view: checks.View, machine: model.Machine, box: box_state.Box, work: baseline_files.Work) -> lab_diff.Box:
    changed = [path for path in dict.fromkeys([*work.put, *work.remove, *work.links]) if _watched(path)]
    there = [path for path in changed if path in box.files and not box.files[path].is_link]
    contents = _contents(view, machine, there)
    files, withheld, redactor = {}, [], own(view.where)
    for path in changed:
        entry = box.files.get(path)
        if entry is None:
            files[path] = lab_diff.File()
        elif entry.is_link:
            files[path] = lab_diff.File(link=entry.target)
        elif (kept := _without_secrets(redactor, path, contents.get(path))) is not None:
            files[path] = lab_diff.File(content=base64.b64encode(kept).decode(), mode=entry.mode)
        else:
            withheld.append(path)
    digests = {path: box.files[path].digest[: lab_diff.DIGITS] for path in withheld}
    return lab_diff.Box(
        files=files,
        withheld=withheld,
        digests=digests,
        stopped=[unit for unit in work.start if lab_diff.UNIT.fullmatch(unit)],
    )


def own(where: paths.LabPaths) -> redact.Redactor:
    """Return a redactor that tells this lab's encryption key from others: a regrade has one of its own."""
    key = where.keys / "encryption.key"
    return redact.Redactor(own=frozenset([key.read_text(encoding="ascii").strip()] if key.is_file() else []))


def _without_secrets(redactor: redact.Redactor, path: str, content: bytes | None) -> bytes | None:
    return None if content is None or len(content) > lab_diff.LARGEST else redactor.file(path, content)


def _watched(path: str) -> bool:
    try:
        return bool(lab_diff.watched(path))
    except ValueError:
        return False


def _contents(view: checks.View, machine: model.Machine, names: list[str]) -> dict[str, bytes]:
    """Return the content of a box's files; of none, if the box does not say it."""
    try:
        return {path: file.content for path, file in box_state.contents(view, machine, names).items()}
    except doors.DoorError:
        return {}


def _objects(view: checks.View, before: baseline_objects.Objects) -> list[lab_diff.Object]:
    now = baseline_objects.take(view.api)
    rows = []
    for key, how in baseline_objects.differences(before, now).items():
        body = None if how == "missing" else own(view.where).tree(derived_objects.decided(key[0], now.found[key]))
        rows.append(lab_diff.Object(path=key[0], namespace=key[1], name=key[2], body=body))
    return rows
