"""A lab's life: rendered, brought up, looked at, halted, destroyed."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import (
    box,
    build,
    changes,
    checks,
    components,
    delivery,
    docker,
    errors,
    host,
    kubeconfig,
    load,
    locks,
    machines,
    model,
    networks,
    paths,
    pki,
    progress,
    ready,
    remote,
    rescue,
    shelf,
    sshkeys,
    timeline,
    watching,
    workspace,
)

TIMEOUT = 300.0
"""Seconds for a lab to become healthy once its boxes have been asked for; 40 are usual on two cores."""
APPLY = "sudo systemctl restart kubelab-apply.service"


@dataclass(frozen=True, kw_only=True)
class Risen:
    """What `up` did: box to what it took, and when what was reached, in seconds after the start."""

    lab: model.Lab
    where: paths.LabPaths
    boxes: Mapping[str, changes.State]
    reached: Mapping[str, float]

    @property
    def changed(self) -> bool:
        """Return whether anything was done at all."""
        return any(state is not changes.State.EQUAL for state in self.boxes.values())


def open_lab(name: str) -> tuple[model.Lab, paths.LabPaths]:
    """Return the lab that a file under labs/ describes, and its places."""
    spec = load.read(name)
    where = paths.LabPaths(name=spec.name)
    return load.lab(spec, networks.resolve(where, spec.network.machines)), where


def rendered(name: str, machine: str | None = None) -> paths.LabPaths:
    """Return the places of a lab that has been rendered and, if asked, has that machine; say so if not."""
    where = paths.LabPaths(name=name)
    if not where.kubeconfig.exists():
        raise errors.LabError("lab-absent", f"lab {name} has not been brought up")
    if machine and not where.box(machine).exists():
        names = sorted(path.name for path in where.box("").iterdir())
        raise errors.LabError(
            "machine-unknown", f"no machine {machine} in lab {name}", details=[f"has: {', '.join(names)}"]
        )
    return where


def refuse_stopped(view: checks.View) -> None:
    """Refuse to act on a lab of which a box does not run: LabError `boxes-down`."""
    try:
        checks.boxes_run(view)
    except checks.Wrong as wrong:
        raise errors.LabError("boxes-down", f"lab {view.lab.name}: {wrong}") from wrong


def run_box() -> build.Box:
    """Return how boxes are run on this computer."""
    return build.Box(image=box.box_image(), run_arguments=box.RUN_ARGUMENTS, cache=paths.cache())


def render(
    lab: model.Lab, where: paths.LabPaths, terms: pki.Terms = pki.USUAL, now: datetime.datetime | None = None
) -> Mapping[str, str]:
    """Write everything under build/<lab>/; return what was issued anew, name to reason."""
    kept = workspace.read_keys(where)
    bundle = pki.issue(lab, kept, now or datetime.datetime.now(datetime.UTC), terms)
    keys = {**bundle.files, **sshkeys.ensure(kept, lab.machines)}
    workspace.write_keys(where, keys)
    inputs = delivery.Inputs(lab=lab, bundle=bundle, facts=facts(lab), shelf=shelf.shelf(lab.versions))
    workspace.write(where, build.lab(inputs, keys, run_box(), where))
    workspace.put_link(where.bin / "kubectl", shelf.host_path(lab.versions, "kubectl"))
    return bundle.reasons


def facts(lab: model.Lab) -> model.HostFacts:
    """Return what boxes see of the computer; a virtual machine sees only its own share."""
    seen = host.facts()
    if lab.provider is model.Provider.DOCKER:
        return seen
    return model.HostFacts(memory=0, cpus=0, cgroup_v2=True, resolvers=seen.resolvers)


def up(name: str, report: progress.Progress) -> Risen:
    """Make the lab what its file says and wait until it is healthy; a second run does only what is missing."""
    lab, where = open_lab(name)
    with locks.lab(lab.name):
        host.refuse_unfit(lab)
        _refuse_lost_keys(lab, where)
        components.ensure(lab.versions, report)
        box.ensure(report)
        with report.phase("files and certificates") as phase:
            reasons = render(lab, where)
            phase.done(f"{len(reasons)} issued" if reasons else "all kept")
        view = checks.View.of(lab, where)
        states = changes.boxes(view, run_box())
        rescue.before(view, states, report)
        with timeline.recorded(where, report, states):
            reached = _raise(view, states, report)
        return Risen(lab=lab, where=where, boxes=states, reached=reached)


def _refuse_lost_keys(lab: model.Lab, where: paths.LabPaths) -> None:
    """Refuse to issue new keys for data that was written under keys that are gone."""
    if not (where.keys / "kubernetes/ca.key").exists() and docker.volumes(lab.name):
        raise errors.LabError("keys-lost", f"lab {lab.name} has data, but build/{lab.name}/keys is gone")


def _raise(view: checks.View, states: Mapping[str, changes.State], report: progress.Progress) -> Mapping[str, float]:
    """Do what each box needs and wait for health, both at the same time."""
    anew = [view.lab_machine(name) for name, state in states.items() if state is changes.State.RECREATE]
    docker.remove("container", [machine.container for machine in anew])
    starting = [state for state in states.values() if state in (changes.State.CREATE, changes.State.START)]
    apply_to = [view.lab_machine(name) for name, state in states.items() if state is changes.State.APPLY]
    if apply_to:
        with report.phase("apply folders") as phase:
            apply(view, apply_to)
            phase.done(", ".join(machine.name for machine in apply_to))
    if not (anew or starting):
        return ready.wait(view, checks.healthy(view.lab), report, TIMEOUT) if apply_to else _glance(view, report)
    with _Vagrant(view, report) as vagrant, watching.boxes(view, report):
        reached = ready.wait(view, checks.healthy(view.lab), report, TIMEOUT, vagrant.raise_if_failed)
        with report.phase("vagrant is done"):
            vagrant.join()
    return reached


def _glance(view: checks.View, report: progress.Progress) -> Mapping[str, float]:
    """Look once at every check of a lab that needs no change; wait only if something is not well."""
    if any(look for look in survey(view).values()):
        return ready.wait(view, checks.healthy(view.lab), report, TIMEOUT)
    return {}


def apply(view: checks.View, boxes: Sequence[model.Machine]) -> None:
    """Let boxes apply their folders, at the same time; raise LabError `apply-failed` if one could not."""
    done = remote.each(boxes, lambda machine: remote.run(view.where, machine, APPLY, timeout=180))
    failed = {name: result for name, result in done.items() if isinstance(result, Exception)}
    if failed:
        details = [f"{name}: {problem}" for name, problem in failed.items()]
        raise errors.LabError("apply-failed", "a box could not apply its folder", details=details)


class _Vagrant:
    """`vagrant up` in a thread: boxes rise while Vagrant still waits for ssh."""

    def __init__(self, view: checks.View, report: progress.Progress) -> None:
        self._machines = machines.Machines(view.lab, view.where)
        self._report = report
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="vagrant up")

    def _run(self) -> None:
        try:
            self._machines.up(lambda line: self._report.log(f"vagrant: {line}"))
        except BaseException as problem:
            self._problem = problem

    def __enter__(self) -> _Vagrant:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def raise_if_failed(self) -> None:
        if self._problem:
            raise self._problem

    def join(self) -> None:
        self._thread.join()
        self.raise_if_failed()


def survey(view: checks.View, patience: float = TIMEOUT) -> dict[str, str | None]:
    """Look at every check of a healthy lab once, all at the same time; name to None or to what was seen.

    What has not answered after `patience` seconds is told as no answer: the look at it ends with the process.
    """
    wanted = checks.healthy(view.lab)
    seen: dict[str, str | None] = {}
    threads = [
        threading.Thread(
            target=lambda name=name, check=check: seen.update({name: ready.look(view, check)}), daemon=True
        )
        for name, check in wanted.items()
    ]
    end = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    late = f"{ready.SILENT}: nothing in {patience:.1f} s"
    return {name: seen.get(name, late) for name in wanted}


def halt(name: str, report: progress.Progress) -> None:
    """Stop the lab's boxes cleanly; a lab that is not there is an error, a stopped one is not."""
    lab, where = open_lab(name)
    with locks.lab(lab.name), report.phase("halt") as phase:
        if not docker.containers(lab.name):
            raise errors.LabError("lab-absent", f"lab {lab.name} has no boxes")
        machines.Machines(lab, where).halt(phase.update)


def destroy(name: str, report: progress.Progress, *, keep_keys: bool) -> dict[str, int]:
    """Remove boxes, network, volumes and rendered files, found by label; return how many of each there were.

    Works without the lab file and without build/: only the name counts.
    """
    where = paths.LabPaths(name=name)
    with locks.lab(name):
        boxes = docker.containers(name)
        found = {"container": [item["Id"] for item in boxes], "volume": docker.volumes(name)}
        with report.phase("remove boxes"):
            docker.remove("container", found["container"])
        if where.vagrantfile.exists() and found["container"]:
            with report.phase("Vagrant forgets them") as phase:
                _destroy_by_vagrant(name, where, phase)
        with report.phase("sweep") as phase:
            found["network"] = [item["Id"] for item in docker.networks(name)]
            docker.remove("network", found["network"])
            docker.remove("volume", docker.volumes(name))
            _forget_context(where)
            workspace.remove(where, keep_keys=keep_keys)
            phase.done("nothing of it is left")
    return {kind: len(items) for kind, items in found.items()}


def merge_context(name: str) -> Path:
    """Add the lab's context to the person's kubeconfig; remember where, so that destroy finds it. Returns the file."""
    where, target = rendered(name), kubeconfig.users_file()
    kubeconfig.merge(target, where.kubeconfig.read_text(encoding="utf-8"), paths.context(name))
    where.state.mkdir(parents=True, exist_ok=True)
    known = merged_into(where)
    (where.state / "merged").write_text("".join(f"{path}\n" for path in sorted({*known, target})), encoding="utf-8")
    return target


def _forget_context(where: paths.LabPaths) -> None:
    for target in {*merged_into(where), kubeconfig.users_file()}:
        if target.exists():
            kubeconfig.remove(target, paths.context(where.name))


def merged_into(where: paths.LabPaths) -> set[Path]:
    """Return the kubeconfig files that the lab's context was merged into, as far as build/ still knows."""
    record = where.state / "merged"
    return {Path(line) for line in record.read_text(encoding="utf-8").splitlines()} if record.exists() else set()


def _destroy_by_vagrant(name: str, where: paths.LabPaths, phase: progress.Phase) -> None:
    """Let Vagrant destroy what it knows; what it cannot is swept by label afterwards."""
    try:
        lab, _ = open_lab(name)
        machines.Machines(lab, where).destroy(phase.update)
    except errors.LabError as problem:
        phase.update(f"{problem.what}; sweeping by label")
