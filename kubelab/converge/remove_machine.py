"""Removes a machine that the lab file no longer names: a node is drained and deleted, a member of etcd is removed from
the others' list; box and volumes are destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubelab import checks, errors, model, providers
from kubelab.checks import wait
from kubelab.clients import doors, kubectl, patience, vagrant
from kubelab.converge import etcd_members, pod_network, rolling
from kubelab.render import objects_tsv, volumes
from kubelab.ui import progress

DRAIN = 90
"""Seconds for a worker's pods to go; two frontends and a redis take ten."""
API = 30.0
"""Seconds for the API's address to move; four are usual."""


def remove(view: checks.View, names: Sequence[str], report: progress.Progress) -> None:
    """Remove machines one after the other; an interrupted run is continued."""
    for name in names:
        with report.phase(f"remove {name}") as phase:
            if _was_member(view, name):
                phase.update("the other etcd members go on without it")
                _await_members(view)
            gone = _one(view, name, phase)
            phase.done(f"drained, deleted, destroyed{f'; lost with it: {gone}' if gone else ''}")


def make_way(view: checks.View, names: Sequence[str], report: progress.Progress) -> None:
    """Stop the boxes of machines that go, where a machine of the lab file has their address now.

    A new box would not start beside them: two cannot have one address. They are drained and destroyed when it runs.
    """
    wanted = {machine.address for machine in view.lab.machines}
    boxes = [box for box in providers.of(view.lab).boxes(view.lab.name) if box.machine in names]
    found = [box for box in boxes if box.runs and box.address in wanted]
    if found:
        with report.phase("stop boxes whose address others get") as phase:
            providers.of(view.lab).stop([box.ident for box in found])
            phase.done(", ".join(sorted(box.machine for box in found)))


def _was_member(view: checks.View, name: str) -> bool:
    """Remove a machine from the list of etcd's members; return whether it was there. A single member has no list."""
    if len(view.lab.etcd) == 1:
        return False
    try:
        return etcd_members.remove(view, name)
    except (doors.DoorError, ValueError) as problem:
        what = f"{name} could not be removed from etcd's members"
        raise errors.LabError("apply-failed", what, details=[problem]) from problem


def _await_members(view: checks.View) -> None:
    """Wait until every member that stays serves: the next one is removed only then."""
    for machine in view.lab.etcd:
        rolling.await_again(view, machine)


def _one(view: checks.View, name: str, phase: progress.Phase) -> str:
    """Remove one machine; return the claims whose data was on it.

    Its container goes last: while it exists, the next run sees that something is left to do.
    """
    provider = providers.of(view.lab)
    boxes = [box for box in provider.boxes(view.lab.name) if box.machine == name]
    running = [box.ident for box in boxes if box.runs]
    if any(node["metadata"]["name"] == name for node in view.api.items("/api/v1/nodes")):
        phase.update("draining")
        _drain(view, name, runs=bool(running))
    phase.update("stopping its box")
    provider.stop(running)
    if view.lab.virtual:  # it may have had the API's address
        _await_api(view)
    phase.update("deleting it from the cluster")
    _end_pods(view, name)
    lost = list(volumes.on(view.api.items(volumes.COLLECTION), name))
    claims = _claims(lost)
    _give_up(view, claims, lost)
    _release(view, name)
    view.api.delete(f"/api/v1/nodes/{name}")
    phase.update("destroying its box")
    provider.remove_boxes([box.ident for box in boxes])
    provider.remove_volumes(provider.volumes(view.lab.name, name))
    vagrant.forget(model.vagrant_name(view.lab.name, name))
    return ", ".join(f"{namespace}/{claim}" for namespace, claim in claims)


def _await_api(view: checks.View) -> None:
    """Wait, a while, until another control plane has the API's address; what follows reports its silence."""
    for _ in patience.polls(patience.seconds(API)):
        if wait.failure(view, checks.api_ready) is None:
            return


def _release(view: checks.View, name: str) -> None:
    """Give the node's part of the pod network back: the others would keep a route to it for a day.

    A part goes by an address: where another machine of the lab has that now, the part is that machine's.
    """
    node = view.api.request("GET", f"/api/v1/nodes/{name}")
    addresses = node.json()["status"].get("addresses", []) if node.ok else []
    others = {str(machine.address) for machine in view.lab.machines}
    held = [row["address"] for row in addresses if row["type"] == "InternalIP" and row["address"] not in others]
    if held:
        pod_network.release(view, "of", held)


def _drain(view: checks.View, name: str, *, runs: bool) -> None:
    """Move the node's pods elsewhere; those of a box that does not run cannot be waited for."""
    words = ["--ignore-daemonsets", "--delete-emptydir-data", "--force", f"--timeout={DRAIN}s"]
    words += [] if runs else ["--skip-wait-for-delete-timeout=1"]
    try:
        kubectl.run(view.where, "drain", name, *words, timeout=DRAIN + 10)
    except errors.LabError as problem:
        raise errors.LabError("drain-failed", f"{name} could not be drained", details=problem.details) from problem


def _end_pods(view: checks.View, name: str) -> None:
    """Delete the pods that a stopped node still has at once: no kubelet would say that they ended, and a claim is kept
    as long as a pod has it."""
    for pod in view.api.items("/api/v1/pods", fieldSelector=f"spec.nodeName={name}"):
        about = pod["metadata"]
        view.api.delete(f"/api/v1/namespaces/{about['namespace']}/pods/{about['name']}", gracePeriodSeconds="0")


def _claims(lost: Iterable[volumes.Json]) -> list[tuple[str, str]]:
    """Return namespace and name of the claims that are bound to these volumes."""
    bound = [volume["spec"]["claimRef"] for volume in lost if volume["spec"].get("claimRef")]
    return [(claim["namespace"], claim["name"]) for claim in bound]


def _give_up(view: checks.View, claims: Sequence[tuple[str, str]], lost: Sequence[volumes.Json]) -> None:
    """Delete the lost claims; the lab's own leave the cluster's record as well, so that they are made anew.

    Volumes go first: one that is released while it is being deleted is not given to its provisioner, which would wait
    for a pod on a missing node.
    """
    for volume in lost:
        view.api.delete(f"{volumes.COLLECTION}/{volume['metadata']['name']}")
    if not claims:
        return
    record = objects_tsv.recorded(view.api.get(objects_tsv.RECORD)) or ""
    left = [
        row
        for row in objects_tsv.parse(record)
        if row.kind != "PersistentVolumeClaim" or (row.namespace, row.name) not in claims
    ]
    view.api.patch(objects_tsv.RECORD, objects_tsv.record(tuple(left)))
    for namespace, name in claims:
        view.api.delete(f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{name}")
    for namespace, name in claims:
        kubectl.run(view.where, "wait", "--for=delete", f"pvc/{name}", "-n", namespace, "--timeout=60s", timeout=70)
