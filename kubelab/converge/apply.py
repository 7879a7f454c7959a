"""Carries out a plan: brings boxes up, removes workers, undoes changes by hand if asked, waits for health."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kubelab import checks, errors, model, paths
from kubelab.checks import high_availability, more_addons, node_ports, wait
from kubelab.converge import (
    bring_up,
    cluster_objects,
    cordons,
    etcd_clients,
    etcd_members,
    lost_data,
    node_images,
    observed,
    plan,
    plan_view,
    planner,
    pod_network,
    remove_machine,
    repair,
    session,
    stuck_kubelet,
)
from kubelab.ui import progress

PATIENCE = 60.0
"""Seconds for a lab with changes by hand to become well once its boxes run: it may never be."""
SHOWN = 12
"""How many changes by hand an error names."""
API: Mapping[str, checks.Check] = {
    "boxes": checks.boxes_run,
    "etcd": checks.etcd_answers,
    "API server": checks.api_ready,
}


@dataclass(frozen=True, kw_only=True)
class UpResult:
    """The result of `up`: box to its change, seconds to each check, changes by hand."""

    lab: model.Lab
    where: paths.LabPaths
    boxes: Mapping[str, observed.State]
    reached: Mapping[str, float]
    by_hand: repair.Changes
    pending: bool

    @property
    def changed(self) -> bool:
        """Return whether anything was changed."""
        return self.pending


def carry_out(held: session.Held, prepared: planner.Prepared, *, repairs: bool, riddle: str = "") -> UpResult:
    """Carry out a plan and wait until the lab is healthy; changes by hand are undone only if `repairs`.

    They are listed, unless `riddle` names what made some of them on purpose.
    """
    planned, view, report = prepared.plan, held.view, held.report
    reached: Mapping[str, float] = {}
    if planned.pending or repairs or cordons.left(view.where) or any(wait.survey(view).values()) or _unwell(view):
        lost_data.rescue(view, planned.states, report)
        remove_machine.make_way(view, planned.strangers, report)
        with bring_up.begin(view, planned.states, report) as raised, raised.watched():
            reached = _converge(view, prepared, raised, report, repairs=repairs, riddle=riddle)
            raised.finish()
    etcd_members.note_formed(view)
    for name in etcd_clients.wake(view):
        report.say(f"   {name} had not connected to etcd again: started anew")
    node_images.give(view, report)
    with report.phase("changes by hand") as phase:
        found = repair.find_changes(view, prepared.rendered)
        left = f"left as they are; not shown, because {riddle} is in the lab" if riddle else "left as they are"
        phase.done(f"{len(found.items)}, {left}" if found.any else "none")
    if found.any and not riddle:
        option = paths.lab_option(view.lab.name)
        report.event("by_hand", items=[f"{item.where}: {item.what}: {item.reason}" for item in found.items])
        for row in [*plan_view.lines(found.items, diff=False), f"./run lab.up{option} --repair puts all of it back"]:
            report.say(f"   {row}")
    return UpResult(
        lab=view.lab,
        where=view.where,
        boxes=planned.states,
        reached=reached,
        by_hand=found,
        pending=planned.pending,
    )


def _converge(
    view: checks.View,
    prepared: planner.Prepared,
    raised: bring_up.BringUp,
    report: progress.Progress,
    *,
    repairs: bool,
    riddle: str,
) -> Mapping[str, float]:
    planned = prepared.plan
    if repairs:
        raised.finish()
        raised.wait({"boxes answer": bring_up.boxes_answer})
        repair.boxes(view, report)
    objects = any(item.where == plan.CLUSTER for item in planned.items)
    # A control plane that applies its folder applies the objects as well.
    quiet = all(planned.states[machine.name] is observed.State.EQUAL for machine in view.lab.control_plane)
    watch = stuck_kubelet.Watch(view, report)
    if repairs or planned.strangers or (objects and quiet):
        raised.wait(API, _each(etcd_members.Watch(view, report), watch))
        if repairs:
            repair.cluster(view, prepared.rendered, report)
        remove_machine.remove(view, planned.strangers, report)
        if repairs:
            pod_network.repair(view, report)
        if planned.strangers or (objects and quiet):
            cluster_objects.apply(view)
    if cordons.left(view.where):
        raised.wait(API, _each(etcd_members.Watch(view, report), watch))
        cordons.release(view, report)
    patience = _Patience(view, prepared, raised, watch, report, riddle)
    return _healthy(view, raised, watch, patience, again=planned.pending)


def _each(*looks: Callable[[], None]) -> Callable[[], None]:
    """Return what looks in each way, one after the other."""

    def look() -> None:
        for one in looks:
            one()

    return look


def _healthy(
    view: checks.View, raised: bring_up.BringUp, watch: stuck_kubelet.Watch, patience: _Patience, *, again: bool
) -> Mapping[str, float]:
    """Wait until the lab is healthy; if it does not become so, name its changes by hand."""
    try:
        reached = raised.wait(wanted(view.lab, again=again), patience)
    except errors.LabError as problem:
        if problem.ident == "lab-not-ready":
            patience.refuse_drifted()
        raise
    return raised.wait(wanted(view.lab, again=True)) if watch.woke else reached


def _unwell(view: checks.View) -> bool:
    """Return whether something is missing that not every lab has."""
    return any(wait.failure(view, check) for check in _own(view.lab).values())


def wanted(lab: model.Lab, *, again: bool) -> Mapping[str, checks.Check]:
    """Return the checks by name that a lab is up with, `again` after a change."""
    usual = {**checks.healthy_again(lab), **node_ports.wanted(lab)} if again else checks.healthy(lab)
    return {**usual, **_own(lab)}


def _own(lab: model.Lab) -> Mapping[str, checks.Check]:
    """Return the checks by name of several machines of a kind, and of add-ons that not every lab has."""
    return {**high_availability.wanted(lab), **more_addons.wanted(lab)}


class _Patience:
    """Ends the wait for a lab with changes by hand that does not become well; helps where it can."""

    def __init__(
        self,
        view: checks.View,
        prepared: planner.Prepared,
        raised: bring_up.BringUp,
        watch: stuck_kubelet.Watch,
        report: progress.Progress,
        riddle: str,
    ) -> None:
        self._riddle = riddle
        self._watch = watch
        self._members = etcd_members.Watch(view, report)
        self._folders = lost_data.Folders(view, prepared.plan.states, report)
        self._view = view
        self._prepared = prepared
        self._raised = raised
        self._end: float | None = None

    def __call__(self) -> None:
        self._folders()
        self._members()
        if not self._raised.settled:
            return
        self._watch()
        if self._end is None:
            self._end = time.monotonic() + PATIENCE * self._view.lab.slowness
        if time.monotonic() < self._end:
            return
        self.refuse_drifted()
        self._end = time.monotonic() + PATIENCE * self._view.lab.slowness

    def refuse_drifted(self) -> None:
        """Raise LabError `lab-drifted` with the changes by hand, if there are any; without them during a riddle."""
        found = repair.find_changes(self._view, self._prepared.rendered)
        if found.any:
            rows = [f"{item.where}: {item.what}: {item.reason}" for item in found.items[:SHOWN]]
            name = self._view.lab.name
            if self._riddle:
                cause = f"{self._riddle} is in it, and breaks it on purpose: what was changed is not shown"
                what, remedy = f"lab {name} is not well", f"go on with {self._riddle}: the boxes run"
                raise errors.LabError("lab-drifted", what, cause=cause, remedy=remedy)
            raise errors.LabError("lab-drifted", f"lab {name} is not well after changes by hand", details=rows)
