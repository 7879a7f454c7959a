"""Probes below the cluster: Docker, boxes, disks, clocks, units."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding
from kubelab.render import roles

STATES: Mapping[str, str] = {
    "missing": "box-missing",
    "paused": "box-paused",
}
"""Docker's state of a container that does not run, and its cause; box-stopped for the rest."""
FULL_MIB = 20
SLACK = 1.5
"""Seconds that a box's clock may be before the question or after the answer."""
STOPPED: Mapping[str, str] = {
    "kubelet.service": "kubelet-stopped",
    "containerd.service": "containerd-stopped",
    "flanneld.service": "flanneld-stopped",
    "calico-node.service": "calico-node-stopped",
    "etcd.service": "etcd-stopped",
}
WANTS = "/etc/systemd/system/multi-user.target.wants/"


def provider(view: evidence.Evidence) -> Iterator[Finding]:
    """Docker answers, every box exists, runs and accepts the login."""
    if view.docker:
        yield Finding(cause="docker-silent", lines=(view.docker,))
        return
    if all(box.state == "missing" for box in view.boxes.values()):
        yield Finding(cause="box-missing", lines=(f"lab {view.lab.name} has no boxes",))
        return
    for box in view.boxes.values():
        values = {"container": box.machine.container}
        if box.state != "running":
            line = f"container {box.machine.container} is {box.state}"
            yield Finding(cause=STATES.get(box.state, "box-stopped"), box=box.name, lines=(line,), values=values)
        elif box.problem:
            lines = (box.problem,)
            yield Finding(cause="box-unreachable", box=box.name, lines=lines, values=values, sure=not box.late)


def disks(view: evidence.Evidence) -> Iterator[Finding]:
    """Every file system that a box writes to has free space and inodes."""
    for box in view.boxes.values():
        for line in box.section("disk")[1:]:
            mount, available, used, inodes = line.split()
            if int(available) < FULL_MIB * 1024 or inodes == "100%":
                said = (
                    f"{mount}: {int(available) // 1024} MiB left, {used} of the space and {inodes} of the inodes used"
                )
                yield Finding(cause="disk-full", box=box.name, lines=(said,), values={"path": shlex.quote(mount)})


def clocks(view: evidence.Evidence) -> Iterator[Finding]:
    """Every box has this computer's time."""
    for box in view.boxes.values():
        for line in box.section("clock"):
            asked, answered = box.asked
            late = min(0.0, float(line) - asked) or max(0.0, float(line) - answered)
            if abs(late) > SLACK:
                values = {"container": box.machine.container}
                said = f"{box.name} is {abs(late):.0f} s {'ahead of' if late > 0 else 'behind'} this computer"
                yield Finding(cause="clock-off", box=box.name, lines=(said,), values=values)


def units(view: evidence.Evidence) -> Iterator[Finding]:
    """Every unit of every box runs and will run after the next start of the box."""
    for box in view.boxes.values():
        if not box.has("files"):
            continue
        for name in roles.units(box.machine.kind):
            if name in box.units:
                yield from _unit(box, name, box.units[name])


def _unit(box: evidence.Box, name: str, row: Mapping[str, str]) -> Iterator[Finding]:
    state = row["ActiveState"]
    enabled = (WANTS + name) in box.files
    line = f"{name}: {state} ({row['SubState']}), {row['UnitFileState'] or row['LoadState']}"
    values = {"unit": name.removesuffix(".service"), "path": f"/etc/systemd/system/{name}"}
    if state == "active":
        if not enabled:
            yield Finding(cause="unit-disabled", box=box.name, lines=(line,), values=values)
        return
    # A unit that is not enabled was put out of service, even if it ended badly or is still on its way down.
    down = state == "inactive" or not enabled
    if row["LoadState"] in ("masked", "not-found") or down:
        lines = (line, *([] if enabled else ["it will not start with the box: the link that enables it is gone"]))
        yield Finding(cause=STOPPED.get(name, "unit-stopped"), box=box.name, lines=lines, values=values)
        return
    restarts = f"restarted {row['NRestarts']} times" if row["NRestarts"] != "0" else "has not finished starting"
    words = (f"{line}, {restarts}", *box.last_words(name))
    yield Finding(cause="unit-failing", box=box.name, lines=words, values=values)


def resolvers(view: evidence.Evidence) -> Iterator[Finding]:
    """The lab asks this computer's present name servers: a laptop moves, a VPN comes and goes."""
    if view.moved:
        yield Finding(cause="resolvers-moved", lines=(view.moved,))


def folders(view: evidence.Evidence) -> Iterator[Finding]:
    """Every box has applied its rendered folder."""
    for box in view.boxes.values():
        if box.section("applied") == ["no"]:
            row = box.units.get("kubelab-apply.service", {})
            state = f"kubelab-apply.service: {row.get('ActiveState')} ({row.get('SubState')})"
            yield Finding(cause="folder-not-applied", box=box.name, lines=(state,))
