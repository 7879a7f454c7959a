"""A lab's life: rendered, brought up, looked at, halted, destroyed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

from kubelab import checks, components, errors, host, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import vagrant
from kubelab.components import box_image, loaded
from kubelab.config import change_effects
from kubelab.converge import apply, bring_up, compose, lost_volumes, observed, plan_view, planner, repair, session
from kubelab.converge import plan as plans
from kubelab.lab import kube_context, timeline
from kubelab.pki import certlist
from kubelab.state import journal, locks, workspace
from kubelab.ui import progress

Risen = apply.Risen
survey = wait.survey
run_box = compose.run_box
TIMEOUT = bring_up.TIMEOUT


def render(
    lab: model.Lab, where: paths.LabPaths, terms: certlist.Terms = certlist.USUAL, now: datetime.datetime | None = None
) -> Mapping[str, str]:
    """Write everything under build/<lab>/; return what was issued anew, name to reason."""
    rendered_ = compose.compose(lab, where, terms, now)
    compose.write(rendered_)
    return rendered_.reasons


def plan(name: str, *, drifted: bool = False, diffs: bool = False) -> tuple[plans.Plan, repair.Found]:
    """Return what the next `lab.up` will do and, if asked, what was changed by hand; nothing is written or claimed."""
    lab, where = session.open_lab(name)
    prepared = planner.prepare(lab, where)
    running = [found.machine for found in prepared.there.boxes.values() if found.state is observed.State.EQUAL]
    view = checks.View.of(lab, where)
    hands = repair.look(view, prepared.rendered, running, diffs=diffs) if drifted else repair.Found()
    return prepared.plan, hands


def up(name: str, report: progress.Progress, *, repair_: bool = False) -> Risen:
    """Make the lab what its file says and wait until it is healthy; a second run does only what is missing.

    With `repair_` what was changed by hand is put back; else it is told at the end, and left.
    """
    lab, where = session.open_lab(name, claim=True)
    providers.of(lab).demand(providers.Act.RUN)
    with locks.lab(lab.name), journal.run(where, journal.UP, report, settles=(journal.HALT, journal.RENEW)):
        for remark in host.refuse_unfit(lab):
            report.say(f" ! {remark}")
        planner.refuse(lab, where)
        components.ensure(lab.versions, report)
        box_image.ensure(report)
        bring_up.await_vagrant(checks.View.of(lab, where), report)
        lost_volumes.tell(lab, where, report)
        with report.phase("plan") as phase:
            prepared = planner.prepare(lab, where)
            phase.done(prepared.plan.summary)
        plan_view.say(prepared.plan, report)
        with report.phase("files and certificates") as phase:
            workspace.remember(where, change_effects.kept(lab))
            compose.write(prepared.rendered)
            phase.done(f"{len(prepared.rendered.reasons)} issued" if prepared.rendered.reasons else "all kept")
        for path in prepared.rendered.put_back:
            report.say(f"   keys/{path} was damaged or gone: put back from its copy")
        with timeline.recorded(where, report, prepared.plan.states):
            return apply.carry_out(prepared, report, repairs=repair_)


def halt(name: str, report: progress.Progress) -> None:
    """Stop the lab's boxes cleanly; a lab that is not there is an error, a stopped one is not."""
    lab, where = session.open_lab(name)
    with locks.lab(lab.name):
        observed.refuse_roots(lab.name, observed.roots(session.refuse_absent(lab)))
        with journal.run(where, journal.HALT, report), report.phase("halt") as phase:
            vagrant.Machines(lab, where).halt(phase.update)
            providers.of(lab).stop(_running(lab.name))  # boxes that Vagrant does not know of: `.vagrant` was removed
            if still := _running(lab.name):
                raise errors.LabError("boxes-run-on", f"{', '.join(still)} still run after a halt")


def destroy(name: str, report: progress.Progress, *, keep_keys: bool) -> dict[str, int]:
    """Remove boxes, network, volumes and rendered files, found by label; return how many of each there were.

    Works without the lab file and without build/: only the name counts. A lab of another checkout is refused as long as
    that checkout is there: `lab-elsewhere`.
    """
    where = paths.LabPaths(name=name)
    with locks.lab(name):
        boxes, volumes = providers.boxes(name), providers.volumes(name)
        observed.refuse_roots(name, [root for root in observed.roots(boxes) if _there(root)])
        with report.phase("remove boxes"):
            providers.remove_boxes(name)
        if where.vagrantfile.exists() and boxes:
            with report.phase("Vagrant forgets them") as phase:
                _destroy_by_vagrant(name, where, phase)
        with report.phase("sweep") as phase:
            networks = providers.networks(name)
            providers.remove_networks(name)
            providers.remove_volumes(name)
            _refuse_remains(name)
            kube_context.forget(where)
            workspace.remove(where, keep_keys=keep_keys)
            loaded.forget(name)
            phase.done("nothing of it is left")
    return {"container": len(boxes), "volume": len(volumes), "network": len(networks)}


def _running(name: str) -> list[str]:
    """Return the names of a lab's boxes that run."""
    return sorted(box.name for box in providers.boxes(name) if box.runs)


def _there(root: Path) -> bool:
    """Return whether another checkout is there, also where only its owner may look."""
    try:
        return root.exists()
    except PermissionError:
        return True


def _refuse_remains(name: str) -> None:
    """Raise `lab-remains` if there is still anything of a destroyed lab; its keys are then kept as well."""
    boxes, networks = providers.boxes(name), providers.networks(name)
    left = [*(box.name for box in boxes), *(network.name for network in networks), *providers.volumes(name)]
    if left:
        raise errors.LabError("lab-remains", f"lab {name} is not wholly gone", details=left)


def _destroy_by_vagrant(name: str, where: paths.LabPaths, phase: progress.Phase) -> None:
    """Let Vagrant destroy what it knows; what it cannot is swept by label afterwards."""
    try:
        lab, _ = session.open_lab(name)
        vagrant.Machines(lab, where).destroy(phase.update)
    except errors.LabError as problem:
        phase.update(f"{problem.what}; sweeping by label")
