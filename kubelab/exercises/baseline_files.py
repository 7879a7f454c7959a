"""The right files and units of boxes, and the way back to them. The host knows the right content."""

from __future__ import annotations

import dataclasses
import io
import shlex
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kubelab import checks, errors, model, paths
from kubelab.clients import ssh
from kubelab.converge import box_state
from kubelab.render import roles

WATCHED = (
    "/etc/kubernetes", "/etc/cni", "/etc/etcd", "/etc/flannel", "/etc/calico", "/etc/containerd", "/etc/systemd/system",
    "/opt/bin", "/opt/cni",
)  # fmt: skip
OWNED = ("/etc/kubernetes/manifests/", "/etc/cni/net.d/")
"""Folders in which every file beside the lab's is removed."""
SCRIPT = paths.PROVISION / "exercises" / "put-back.sh"


@dataclass(kw_only=True)
class Work:
    """The repair of one box."""

    put: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    """Those whose mode or owner is to be as the lab made them."""
    remove: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    """Path to target."""
    start: list[str] = field(default_factory=list)
    restart: set[str] = field(default_factory=set)
    pods: set[str] = field(default_factory=set)

    @property
    def any(self) -> bool:
        """Return whether there is anything to repair."""
        return bool(self.put or self.folders or self.remove or self.links or self.start)


def read_boxes(view: checks.View) -> dict[str, box_state.Box]:
    """Return every box as it is, in parallel, with all in the watched places and at rendered paths.

    Of folders only those whose mode or owner is not as the lab makes them.

    Raises `exercise-unclean` for a box that cannot be read.
    """
    asked = {machine.name: _places(view, machine) for machine in view.lab.machines}
    found = box_state.read(view, view.lab.machines, lambda machine: asked[machine.name])
    failed = [str(problem) for problem in found.values() if isinstance(problem, Exception)]
    if failed:
        raise errors.LabError("exercise-unclean", "a box cannot be looked at", details=failed)
    return {name: _within(box, asked[name]) for name, box in found.items() if isinstance(box, box_state.Box)}


def _places(view: checks.View, machine: model.Machine) -> tuple[str, ...]:
    rendered = box_state.wanted(view.where, machine.name)
    return (*WATCHED, *(path for path in rendered if not path.startswith(WATCHED)))


def _within(box: box_state.Box, places: Sequence[str]) -> box_state.Box:
    """Return a box without paths that only its record names."""
    folders = tuple(f"{place}/" for place in places)
    files = {path: entry for path, entry in box.files.items() if path in places or path.startswith(folders)}
    return dataclasses.replace(box, files=files)


def work(view: checks.View, machine: model.Machine, box: box_state.Box, before: set[str] | None) -> Work:
    """Return the repair of a box: the lab's files restored, new ones removed, units running.

    `before` are the earlier paths; without it, only the folders that the lab owns alone are swept.
    """
    found, rows = Work(), box_state.wanted(view.where, machine.name)
    for path, row in rows.items():
        entry = box.files.get(path)
        if entry is not None and entry.state == row.state:
            continue
        found.restart.update(row.restarts)
        if row.is_link:
            found.links[path] = row.target
        else:
            found.put.append(path)
            found.pods.update(_pod(path, machine))
    folders = [path for path, entry in box.files.items() if entry.is_folder]
    found.folders = [path for path in folders if any(row.startswith(f"{path}/") for row in rows)]
    there = {*rows, *folders, *(before or ())}
    extra = [path for path in box.files if path not in there]
    found.remove = [path for path in extra if before is not None or path.startswith(OWNED)]
    for path in found.remove:
        found.restart.update(_drop_in(path, machine))
    for unit, shown in box.units.items():
        if shown["LoadState"] == "not-found":
            continue  # the lab is of an older version of the project, which had no such unit
        if shown["ActiveState"] not in ("active", "activating") or shown["LoadState"] == "masked":
            found.start.append(unit)
    if found.pods:
        found.restart.add("kubelet.service")  # its back-off of what had failed is forgotten
    return found


def put_back(view: checks.View, before: Mapping[str, set[str]] | None) -> dict[str, Work]:
    """Repair every box, in parallel; return the repair of each. Raises `exercise-unclean`."""
    boxes = read_boxes(view)
    todo = {}
    for machine in view.lab.machines:
        found = work(view, machine, boxes[machine.name], None if before is None else before.get(machine.name, set()))
        if found.any:
            todo[machine.name] = found
    machines = [view.lab_machine(name) for name in todo]
    done = ssh.each(machines, lambda machine: _send(view, machine, todo[machine.name]))
    failed = [str(problem) for problem in done.values() if isinstance(problem, Exception)]
    if failed:
        raise errors.LabError("exercise-unclean", "a box could not be put in order", details=failed)
    return todo


def _send(view: checks.View, machine: model.Machine, found: Work) -> str:
    command = f"sudo bash -c {shlex.quote(SCRIPT.read_text(encoding='utf-8'))}"
    return ssh.run(view.where, machine, command, timeout=60, given=_archive(view, machine, found))


def _archive(view: checks.View, machine: model.Machine, found: Work) -> bytes:
    stream = io.BytesIO()
    rows = box_state.wanted(view.where, machine.name)
    with tarfile.open(fileobj=stream, mode="w") as archive:
        links = [f"{path}\t{target}" for path, target in found.links.items()]
        lists = {"folders": found.folders, "remove": found.remove, "links": links, "start": found.start}
        for name, lines in {**lists, "restart": sorted(found.restart), "pods": sorted(found.pods)}.items():
            _add(archive, name, "".join(f"{line}\n" for line in lines).encode(), 0o600, "root:root")
        for path in found.put:
            content = (view.where.box(machine.name) / f"files{path}").read_bytes()
            _add(archive, f"files{path}", content, int(rows[path].mode, 8), rows[path].owner)
    return stream.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int, owner: str) -> None:
    item = tarfile.TarInfo(name)
    item.size, item.mode = len(content), mode
    item.uname, _, item.gname = owner.partition(":")
    archive.addfile(item, io.BytesIO(content))


def _pod(path: str, machine: model.Machine) -> set[str]:
    """Return the static pods that read a file; not for manifests: the kubelet sees those itself."""
    return {pod.name for pod in roles.pods_of(machine) if path.startswith(pod.folder)}


def _drop_in(path: str, machine: model.Machine) -> set[str]:
    """Return the unit to whose drop-ins a path belonged."""
    return {unit for unit in roles.units(machine.kind) if path.startswith(f"{roles.UNITS}/{unit}.d/")}
