"""A lab's life: rendered, brought up, inspected, halted, destroyed."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from pathlib import Path

from kubelab import components, errors, host, model, paths, providers
from kubelab.clients import vagrant
from kubelab.components import box_image, image_store, loaded, selection, software_disk, vm_image
from kubelab.config import change_effects
from kubelab.converge import (
    apply,
    bring_up,
    compose,
    etcd_members,
    lost_volumes,
    observed,
    plan_view,
    planner,
    repair,
    session,
    upgrade,
    upgrade_parts,
)
from kubelab.converge import plan as plans
from kubelab.lab import box_replacement, checkpoints, kube_context, log_archive, pausing, timeline
from kubelab.state import journal, paused, workspace
from kubelab.ui import progress


def plan(opened: session.Session, *, drifted: bool = False, diffs: bool = False) -> tuple[plans.Plan, repair.Changes]:
    """Return the plan of the next `lab.up` and, if asked, the changes by hand; nothing is written or claimed."""
    refuse_unrun(opened.lab)
    prepared = planner.prepare(opened.view, upgraded=True)
    running = [found.machine for found in prepared.there.boxes.values() if found.state is observed.State.EQUAL]
    hands = repair.find_changes(opened.view, prepared.rendered, running, diffs=diffs) if drifted else repair.Changes()
    return prepared.plan, hands


def up(held: session.Held, *, repairs: bool = False, replaced: str = "", riddle: str = "") -> apply.UpResult:
    """Bring the lab to what its file says and wait until it is healthy; a second run does only what is missing.

    An interrupted restore is done again; a healthy lab saves a checkpoint, one that did not become well an archive of
    its logs. With `repairs` changes by hand are undone; else they are reported at the end, and left.
    The box `replaced` is first removed with its volumes. `riddle` names what breaks the lab on purpose, if anything
    does: its changes are not listed, and its lab is no checkpoint.
    """
    refuse_unrun(held.lab)
    with log_archive.kept_of_failure(held):
        checkpoints.resume_restore(held)
        risen = _converge(held, repairs=repairs, replaced=replaced, riddle=riddle)
        checkpoints.resume_restore(held)  # of boxes that had to be started first
    if not riddle:
        checkpoints.keep_last_good(held, risen)
    return risen


def refuse_unrun(lab: model.Lab) -> None:
    """Raise `not-on-provider` or `stock-box` for a lab whose machines only Vagrant's own words start."""
    providers.of(lab).demand(providers.Act.RUN)
    if lab.stock:
        raise errors.LabError("stock-box", f"lab.up starts no machine of {lab.stock.system}")


def how_to_start(lab: model.Lab) -> str:
    """Return what a person types to start a lab's machines for the first time."""
    if lab.stock or providers.Act.RUN in providers.of(lab).cannot:
        return f"KUBELAB_LAB={lab.name} vagrant up --provider={lab.provider}"
    return f"./run lab.up{paths.lab_option(lab.name)}"


def _converge(held: session.Held, *, repairs: bool, replaced: str, riddle: str) -> apply.UpResult:
    lab, where, report = held.lab, held.where, held.report
    with journal.run(where, journal.UP, report, settles=(journal.HALT, journal.RENEW)):
        for remark in host.refuse_unfit(lab):
            report.say(f" ! {remark}")
        planner.refuse(lab, where)
        etcd_members.begin_anew(lab, where, providers.of(lab).volume_machines(lab.name))
        left = upgrade_parts.behind(lab, where)
        for versions in (lab.versions, *([upgrade_parts.older(lab, where, left)] if left else ())):
            components.ensure(versions, report, selection.of_lab(lab))
        _ensure_boxes(lab, report)
        bring_up.await_vagrant(held.view, report)
        if replaced:
            box_replacement.give_up(held, replaced)
        lost_volumes.tell(lab, where, report)
        with report.phase("plan") as phase:
            prepared = planner.prepare(held.view)
            whole = planner.prepare(held.view, upgraded=True).plan if left else prepared.plan
            phase.done(whole.summary)
        plan_view.say(whole, report)
        risen = _carried_out(held, prepared, repairs=repairs, riddle=riddle)
        if not left:
            return risen
        upgrade.carry_out(held.view, report)
        again = _carried_out(held, planner.prepare(held.view), repairs=False, riddle=riddle)
        return dataclasses.replace(again, boxes=whole.states, pending=True)


def _carried_out(held: session.Held, prepared: planner.Prepared, *, repairs: bool, riddle: str) -> apply.UpResult:
    """Write the rendered lab and carry out its plan."""
    where, report = held.where, held.report
    with report.phase("files and certificates") as phase:
        workspace.remember(where, change_effects.kept(held.lab))
        compose.write(prepared.rendered)
        phase.done(f"{len(prepared.rendered.reasons)} issued" if prepared.rendered.reasons else "all kept")
    for path in prepared.rendered.put_back:
        report.say(f"   keys/{path} was damaged or gone: put back from its copy")
    with timeline.recorded(where, report, prepared.plan.states):
        return apply.carry_out(held, prepared, repairs=repairs, riddle=riddle)


def make(held: session.Held) -> None:
    """Make all that the lab's boxes are made of, and start none: components, box, files, disks.

    Raises what building raises, and `box-tools` and `vm-disk`.
    """
    components.ensure(held.lab.versions, held.report, selection.of_lab(held.lab))
    _ensure_boxes(held.lab, held.report)
    with held.report.phase("files and certificates"):
        compose.render(held.lab, held.where)
        providers.of(held.lab).fill(held.lab, held.where)


def _ensure_boxes(lab: model.Lab, report: progress.Progress) -> None:
    """Make what the lab's provider makes boxes of, if the cache lacks it."""
    if providers.of(lab).delivery is providers.Delivery.DISK:
        if not lab.stock:
            vm_image.ensure(lab.provider, report)
        software_disk.ensure(lab.versions, report, selection.of_lab(lab), programs=bool(lab.stock))
        return
    box_image.ensure(report)
    image_store.ensure(image_store.of(lab.versions), report)


def halt(held: session.Held) -> None:
    """Stop the lab's boxes cleanly; a missing lab is an error, a stopped one is not."""
    lab, report = held.lab, held.report
    observed.refuse_roots(lab.name, observed.roots(session.refuse_absent(lab)))
    with journal.run(held.where, journal.HALT, report), report.phase("halt") as phase:
        pausing.thaw(lab.name)
        paused.forget(lab.name)
        vagrant.Machines(lab, held.where).halt(phase.update)
        providers.of(lab).stop(_running(lab.name))  # boxes that Vagrant does not know of: `.vagrant` was removed
        if still := _running(lab.name):
            raise errors.LabError("boxes-run-on", f"{', '.join(still)} still run after a halt")


def destroy(
    where: paths.LabPaths, report: progress.Progress, *, keep_keys: bool, others: Collection[Path] = ()
) -> dict[str, int]:
    """Remove boxes, network, volumes and rendered files, found by label; return the number of each.

    Works without the lab file and without build/: only the name counts; the caller holds it. A lab of another checkout
    is refused while that checkout exists, unless `others` has it: `lab-elsewhere`.
    """
    name = where.name
    boxes, volumes = providers.boxes(name), providers.volumes(name)
    observed.refuse_roots(name, [root for root in observed.roots(boxes) - {*others} if _there(root)])
    with report.phase("remove boxes"):
        providers.remove_boxes(name)
    if where.vagrantfile.exists() and boxes:
        with report.phase("Vagrant forgets them") as phase:
            _destroy_by_vagrant(name, where, phase)
    with report.phase("sweep") as phase:
        networks = providers.remove_networks(name)
        providers.remove_volumes(name)
        _refuse_remains(name)
        kube_context.forget(where)
        workspace.remove(where, keep_keys=keep_keys)
        loaded.forget(name)
        paused.forget(name)
        phase.done("nothing of it is left")
    return {"machine": len(boxes), "volume": len(volumes), "network": len(networks)}


def _running(name: str) -> list[str]:
    """Return the names of a lab's boxes that run."""
    return sorted(box.name for box in providers.boxes(name) if box.runs)


def _there(root: Path) -> bool:
    """Return whether another checkout exists, also if only its owner may look."""
    try:
        return root.exists()
    except PermissionError:
        return True


def _refuse_remains(name: str) -> None:
    """Raise `lab-remains` if parts of a destroyed lab are left; its keys are then kept as well."""
    boxes, networks = providers.boxes(name), providers.networks(name)
    left = [*(box.name for box in boxes), *(network.name for network in networks), *providers.volumes(name)]
    if left:
        raise errors.LabError("lab-remains", f"lab {name} is not wholly gone", details=left)


def _destroy_by_vagrant(name: str, where: paths.LabPaths, phase: progress.Phase) -> None:
    """Let Vagrant destroy the boxes that it knows; the rest is removed by label afterwards."""
    try:
        lab, _ = session.open_lab(name)
        vagrant.Machines(lab, where).destroy(phase.update)
    except errors.LabError as problem:
        phase.update(f"{problem.what}; sweeping by label")
