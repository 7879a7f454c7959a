"""Changes by hand: found on boxes and in the cluster, shown, and undone on request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kubelab import checks, errors, model
from kubelab.clients import doors, kube_api, kubectl, ssh
from kubelab.converge import box_state, bring_up, compose, drift_diffs, drift_files, drift_objects, plan, planner
from kubelab.render import addons
from kubelab.ui import progress

PATIENCE = 3.0
ACTIONS = {
    "put": plan.Action.CHANGE,
    "remove": plan.Action.REMOVE,
    "folder": plan.Action.CHANGE,
    "start": plan.Action.START,
}


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The changes by hand, and what could not be read with the reason."""

    boxes: tuple[drift_files.Change, ...] = ()
    cluster: tuple[drift_objects.Change, ...] = ()
    blind: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Return whether anything was changed by hand."""
        return bool(self.boxes or self.cluster)

    @property
    def items(self) -> tuple[plan.Item, ...]:
        """Return the changes in the form of a plan: what a repair would do, and why."""
        rows = [(change.box, ACTIONS[change.verb], change.what, change.reason, change.diff) for change in self.boxes]
        rows += [(plan.CLUSTER, plan.Action.CHANGE, change.row.title, change.reason, "") for change in self.cluster]
        return tuple(
            plan.Item(where=where, action=action, what=what, reason=f"by hand: {reason}", diff=diff)
            for where, action, what, reason, diff in rows
        )


def find_changes(
    view: checks.View,
    rendered: compose.Rendering,
    machines: Sequence[model.Machine] | None = None,
    *,
    diffs: bool = False,
) -> Changes:
    """Return the changes by hand on these machines (all of the lab's) and in the cluster; unreachable ones are named.

    With `diffs` a second round of ssh reads the changed files, and each change has its difference.
    """
    asked = view.lab.machines if machines is None else machines
    changed, blind = _boxes(view, asked, diffs=diffs)
    cluster_: tuple[drift_objects.Change, ...] = ()
    if set(view.lab.control_plane) & set(asked):
        try:
            cluster_ = _objects(view, rendered)
        except doors.DoorError as problem:
            blind.append(f"objects in the cluster: {problem}")
    return Changes(boxes=tuple(changed), cluster=cluster_, blind=tuple(blind))


def _boxes(
    view: checks.View, machines: Sequence[model.Machine], *, diffs: bool = False
) -> tuple[list[drift_files.Change], list[str]]:
    looks = drift_files.read_boxes(view, machines)
    seen = {name: now for name, now in looks.items() if not isinstance(now, Exception)}
    blind = [str(now) for now in looks.values() if isinstance(now, Exception)]
    found = {name: drift_files.changes(view.lab_machine(name), now) for name, now in seen.items()}
    if diffs:
        applied = planner.last(view.where)
        shown = ssh.each(
            [view.lab_machine(name) for name, changes in found.items() if changes],
            lambda machine: drift_diffs.shown(view, machine, seen[machine.name], found[machine.name], applied),
        )
        blind += [str(changes) for changes in shown.values() if isinstance(changes, Exception)]
        found |= {name: tuple(changes) for name, changes in shown.items() if not isinstance(changes, Exception)}
    return [change for changes in found.values() for change in changes], blind


def _objects(view: checks.View, rendered: compose.Rendering) -> tuple[drift_objects.Change, ...]:
    first = view.lab.control_plane[0].name
    names = dict.fromkeys(row.file for row in plan.wanted_objects(rendered))
    manifests = {name: rendered.of_box(first, f"files{addons.FOLDER}/{name}").decode() for name in names}
    door = kube_api.Api.of(view.where, view.lab.api_endpoint, timeout=PATIENCE)
    return drift_objects.find_changes(door, manifests, planner.record(door))


def boxes(view: checks.View, report: progress.Progress) -> None:
    """Undo changes on boxes, and restart their users; LabError `apply-failed` if a box does not answer."""
    with report.phase("repair boxes") as phase:
        found, blind = _boxes(view, view.lab.machines)
        if blind:
            raise errors.LabError("apply-failed", "a box could not be looked at", details=blind)
        names = list(dict.fromkeys(change.box for change in found))
        machines = [view.lab_machine(name) for name in names]
        orders = {name: drift_files.orders([change for change in found if change.box == name]) for name in names}
        done = ssh.each(
            machines,
            lambda machine: ssh.run(
                view.where,
                machine,
                drift_files.FORGET,
                given=orders[machine.name].encode(),
                timeout=box_state.PATIENCE,
            ),
        )
        failed = [result for result in done.values() if isinstance(result, Exception)]
        if failed:
            raise errors.LabError("apply-failed", "a box could not begin its repair", details=failed)
        bring_up.folders(view, machines)
        phase.done(f"{len(found)} put back on {', '.join(names)}" if found else "nothing was changed by hand")


def cluster(view: checks.View, rendered: compose.Rendering, report: progress.Progress) -> None:
    """Undo changes of objects: additions are removed, changed or deleted ones are applied again."""
    with report.phase("repair objects") as phase:
        found = _objects(view, rendered)
        for change in found:
            if change.patch:
                view.api.patch(change.path, change.patch)
        if found:
            kubectl.apply(view.where, documents([change.document for change in found]))
        phase.done(", ".join(change.row.title for change in found) or "nothing was changed by hand")


def documents(found: Sequence[Mapping[str, object]]) -> str:
    """Return documents as one text for kubectl: JSON is YAML."""
    return "".join(f"{json.dumps(document)}\n---\n" for document in found)
