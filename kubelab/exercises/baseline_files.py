"""The boxes' files and units as they should be, and the way back to them. What is right is read on the host."""

from __future__ import annotations

import io
import shlex
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from kubelab import checks, errors, model, paths
from kubelab.clients import ssh
from kubelab.render import roles

WATCHED = (
    "/etc/kubernetes", "/etc/cni", "/etc/etcd", "/etc/flannel", "/etc/calico", "/etc/containerd", "/etc/systemd/system",
    "/opt/bin", "/opt/cni",
)  # fmt: skip
OWNED = ("/etc/kubernetes/manifests/", "/etc/cni/net.d/")
"""Folders in which whatever the lab has not put there is part of some mess."""
SCRIPT = paths.PROVISION / "exercises" / "put-back.sh"
LOOK = (
    "find {folders} \\( -type f -o -type l \\) -printf '%y\\t%m\\t%u:%g\\t%p\\t%l\\n' 2>/dev/null; echo; "
    "find {folders} -type f -print0 2>/dev/null | xargs -0r sha256sum; echo; "
    'for unit in {units}; do echo "$unit $(systemctl is-active $unit) $(systemctl is-enabled $unit 2>/dev/null)"; done'
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file or link: its mode and owner, and the digest of what is in it or the path to which it leads."""

    mode: str
    owner: str
    digest: str = ""
    target: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the lab wants of one path: an entry, and the units that have to be restarted when it is put back."""

    entry: Entry
    restarts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Box:
    """One box as it is: path to entry under the watched folders, unit to `active`, `inactive` …"""

    entries: Mapping[str, Entry]
    units: Mapping[str, str]


@dataclass(kw_only=True)
class Work:
    """What has to be done in one box."""

    put: list[str] = field(default_factory=list)
    remove: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    restart: set[str] = field(default_factory=set)
    pods: set[str] = field(default_factory=set)

    @property
    def any(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.put or self.remove or self.links or self.start)


def look(view: checks.View) -> dict[str, Box]:
    """Return every box as it is, in parallel; raise `exercise-unclean` for one that cannot be looked at."""
    found = ssh.each(view.lab.machines, lambda machine: _look(view, machine))
    failed = [str(problem) for problem in found.values() if isinstance(problem, Exception)]
    if failed:
        raise errors.LabError("exercise-unclean", "a box cannot be looked at", details=failed)
    return {name: box for name, box in found.items() if isinstance(box, Box)}


def _look(view: checks.View, machine: model.Machine) -> Box:
    units = shlex.join(roles.units(machine.kind))
    more = [path for path in wanted(view, machine) if not path.startswith(WATCHED)]
    command = LOOK.format(folders=shlex.join([*WATCHED, *more]), units=units)
    listed, sums, states = ssh.run(view.where, machine, f"sudo bash -c {shlex.quote(command)}", timeout=60).split(
        "\n\n"
    )
    digests = {path: digest for digest, _, path in (line.partition("  ") for line in sums.splitlines())}
    entries = {}
    for line in listed.splitlines():
        _, mode, owner, path, target = line.split("\t")
        entries[path] = Entry(mode=mode.zfill(4), owner=owner, digest=digests.get(path, ""), target=target)
    return Box(entries=entries, units=dict(line.partition(" ")[::2] for line in states.splitlines()))


def wanted(view: checks.View, machine: model.Machine) -> dict[str, Row]:
    """Return what the rendered folder of a box wants: path to row."""
    rows = {}
    for line in (view.where.box(machine.name) / "files.tsv").read_text(encoding="utf-8").splitlines():
        kind, mode, owner, restarts, path, target = line.split("\t")
        units = () if restarts == "-" else tuple(restarts.split(","))
        link = kind == "link"
        entry = Entry(mode=mode, owner=owner, digest="" if link else kind, target=target if link else "")
        rows[path] = Row(entry=entry, restarts=units)
    return rows


def work(view: checks.View, machine: model.Machine, box: Box, before: set[str] | None) -> Work:
    """Return what makes a box right: what the lab wants in place, what was not there before gone, units running.

    `before` are the paths that there were; without it, only the folders that the lab owns alone are swept.
    """
    found, rows = Work(), wanted(view, machine)
    for path, row in rows.items():
        entry = box.entries.get(path)
        if row.entry.target:
            if entry is None or entry.target != row.entry.target:
                found.links.append(f"{path}\t{row.entry.target}")
                found.restart.update(row.restarts)
        elif entry != row.entry:
            found.put.append(path)
            found.restart.update(row.restarts)
            found.pods.update(_pod(path, machine))
    extra = [path for path in box.entries if path not in rows and (before is None or path not in before)]
    found.remove = [path for path in extra if before is not None or path.startswith(OWNED)]
    for path in found.remove:
        found.restart.update(_drop_in(path, machine))
    for unit, state in box.units.items():
        if state.endswith("not-found"):
            continue  # the lab is of an older version of the project, which had no such unit
        if not state.startswith(("active", "activating")) or state.endswith("masked"):
            found.start.append(unit)
    if found.pods:
        found.restart.add("kubelet.service")  # its back-off of what had failed is forgotten
    return found


def put_back(view: checks.View, before: Mapping[str, set[str]] | None) -> dict[str, Work]:
    """Make every box right, in parallel; return what had to be done, by box. Raises `exercise-unclean`."""
    boxes = look(view)
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
    rows = wanted(view, machine)
    with tarfile.open(fileobj=stream, mode="w") as archive:
        lists = {"remove": found.remove, "links": found.links, "start": found.start, "restart": sorted(found.restart)}
        for name, lines in {**lists, "pods": sorted(found.pods)}.items():
            _add(archive, name, "".join(f"{line}\n" for line in lines).encode(), 0o600, "root:root")
        for path in found.put:
            content = (view.where.box(machine.name) / f"files{path}").read_bytes()
            entry = rows[path].entry
            _add(archive, f"files{path}", content, int(entry.mode, 8), entry.owner)
    return stream.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int, owner: str) -> None:
    item = tarfile.TarInfo(name)
    item.size, item.mode = len(content), mode
    item.uname, _, item.gname = owner.partition(":")
    archive.addfile(item, io.BytesIO(content))


def _pod(path: str, machine: model.Machine) -> set[str]:
    """Return the static pods that have read a file; not for manifests: the kubelet sees those itself."""
    return {pod.name for pod in roles.static_pods(machine.kind) if path.startswith(pod.folder)}


def _drop_in(path: str, machine: model.Machine) -> set[str]:
    """Return the unit to whose drop-ins a path belonged."""
    return {unit for unit in roles.units(machine.kind) if path.startswith(f"{roles.UNITS}/{unit}.d/")}
