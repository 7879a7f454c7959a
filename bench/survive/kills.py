"""Kills processes, and looks whether new ones run in their place."""

from __future__ import annotations

import re
from collections.abc import Callable

from bench.survive import stage
from kubelab import model
from kubelab.clients import doors, ssh

PIDS = (
    "for id in $(sudo crictl ps --quiet --name '^{name}$'); do "
    "sudo crictl inspect --output go-template --template '{{{{.info.pid}}}}' $id; echo; done"
)


def unit(name: str, machines: Callable[[stage.Stage], list[model.Machine]]) -> Callable[[stage.Stage], stage.Look]:
    """Return a killer of a unit's main process, and of no other of its processes, on machines."""
    ask = f"systemctl show --property MainPID --value {name}; systemctl is-active {name} || true"
    return _killer(name, machines, ask, lambda said: set(re.findall(r"^[1-9]\d*$", said, re.M)), "active")


def container(name: str, machines: Callable[[stage.Stage], list[model.Machine]]) -> Callable[[stage.Stage], stage.Look]:
    """Return a killer of the process of every container of that name on machines."""
    return _killer(name, machines, PIDS.format(name=name), lambda said: set(re.findall(r"\d+", said)), "")


def _killer(
    name: str,
    machines: Callable[[stage.Stage], list[model.Machine]],
    ask: str,
    pids: Callable[[str], set[str]],
    wanted: str,
) -> Callable[[stage.Stage], stage.Look]:
    def act(on: stage.Stage) -> stage.Look:
        boxes = machines(on)
        old = {box.name: pids(ssh.run(on.view.where, box, ask)) for box in boxes}
        if not any(old.values()):
            raise stage.NeverWhole(f"{name} does not run")
        for box in boxes:
            if old[box.name]:
                ssh.run(on.view.where, box, f"sudo kill -KILL {' '.join(sorted(old[box.name]))}")

        def look() -> str | None:
            for box in boxes:
                try:
                    said = ssh.run(on.view.where, box, ask)
                except doors.DoorError as problem:
                    return str(problem)
                new = pids(said)
                if new & old[box.name] or len(new) < len(old[box.name]) or wanted not in said:
                    return f"{name} on {box.name} is not back"
            return None

        return look

    return act


def etcd(on: stage.Stage) -> list[model.Machine]:
    """Return the etcd boxes."""
    return list(on.view.lab.etcd)


def control_plane(on: stage.Stage) -> list[model.Machine]:
    """Return the control plane boxes."""
    return list(on.view.lab.control_plane)


def home(on: stage.Stage) -> list[model.Machine]:
    """Return the worker that runs the Redis leader."""
    return [on.home]


def workers(on: stage.Stage) -> list[model.Machine]:
    """Return all workers."""
    return list(on.view.lab.workers)
