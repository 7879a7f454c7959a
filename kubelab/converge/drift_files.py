"""Changes by hand: of boxes against their applied records, of the cluster against the applied objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kubelab import checks, model
from kubelab.converge import box_state
from kubelab.render import files_tsv, roles

STOPPED = ("inactive", "failed")
PLACES = (
    "/etc/kubernetes",
    "/etc/cni/net.d",
    "/etc/containerd",
    "/etc/flannel",
    "/etc/calico",
    "/etc/etcd",
    "/opt/bin",
)
"""Folders in which any file that was not applied was added by hand."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change by hand: `verb` undoes it (put, remove, folder, start)."""

    box: str
    verb: str
    what: str
    reason: str
    restarts: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    diff: str = field(default="", repr=False)
    """The difference in a file, if it was asked for (`drift_diffs.shown`)."""


def read_boxes(
    view: checks.View, machines: Sequence[model.Machine] | None = None
) -> dict[str, box_state.Box | Exception]:
    """Return box name to how it is, or to why it could not be looked at; one round of ssh, all in parallel."""
    found = box_state.read(view, view.lab.machines if machines is None else machines, _places)
    return {name: _known(name, box) for name, box in found.items()}


def _known(name: str, box: box_state.Box | Exception) -> box_state.Box | Exception:
    """Return a box, or why it cannot be judged: without its record, changes cannot be told."""
    if isinstance(box, box_state.Box) and box.record is None:
        return checks.Silent(f"{name} has no record of what it applied ({files_tsv.RECORD})")
    return box


def _places(machine: model.Machine) -> tuple[str, ...]:
    return (*PLACES, *(f"{roles.UNITS}/{unit}.d" for unit in roles.units(machine.kind)))


def changes(machine: model.Machine, now: box_state.Box) -> tuple[Change, ...]:
    """Return the changes by hand on one box since it applied its folder; `read_boxes` has read it."""
    record = now.record or {}
    found = [_file(machine, row, now.files.get(path)) for path, row in sorted(record.items())]
    for path, entry in sorted(now.files.items()):
        if entry.is_folder:
            found.append(_folder(machine, entry, record))
        elif path not in record:
            found.append(_extra(machine, path))
    for unit, shown in now.units.items():
        if (state := shown.get("ActiveState")) in STOPPED:
            found.append(Change(box=machine.name, verb="start", what=unit, reason=f"is {state}"))
    return tuple(change for change in found if change)


def _file(machine: model.Machine, row: files_tsv.Row, now: files_tsv.Row | None) -> Change | None:
    if now is not None and now.state == row.state:
        return None
    reason = "was removed" if now is None else _difference(row, now)
    pods = tuple(pod.name for pod in roles.pods_of(machine) if row.path.startswith(pod.folder))
    return Change(box=machine.name, verb="put", what=row.path, reason=reason, restarts=row.restarts, pods=pods)


def _difference(row: files_tsv.Row, now: files_tsv.Row) -> str:
    words = []
    if row.is_link or now.is_link:
        words.append(f"points to {now.target}" if now.is_link else "is no link any more")
    elif row.digest != now.digest:
        words.append("content differs")
    if not row.is_link and not now.is_link and (row.mode, row.owner) != (now.mode, now.owner):
        words.append(f"mode or owner: {row.mode} {row.owner} -> {now.mode} {now.owner}")
    return ", ".join(words)


def _folder(machine: model.Machine, now: box_state.Entry, record: Iterable[str]) -> Change | None:
    """Return the repair of a folder in which an applied file is: as `etcd`, a unit cannot enter one of mode 0700."""
    if not any(path.startswith(f"{now.path}/") for path in record):
        return None
    reason = f"mode or owner: {box_state.FOLDER} -> {now.mode} {now.owner}"
    return Change(box=machine.name, verb="folder", what=now.path, reason=reason)


def _extra(machine: model.Machine, path: str) -> Change:
    """Return the use of an added file beside the lab's own: a drop-in restarts its unit, a pod's file its pod."""
    folder = path.rsplit("/", 1)[0]
    dropped = folder.startswith(f"{roles.UNITS}/") and folder.endswith(".d")
    units = (folder.removeprefix(f"{roles.UNITS}/").removesuffix(".d"),) if dropped else ()
    pods = tuple(pod.name for pod in roles.pods_of(machine) if path.startswith(pod.folder))
    return Change(box=machine.name, verb="remove", what=path, reason="was put there", restarts=units, pods=pods)


def orders(found: Sequence[Change]) -> str:
    """Return the input of `forget.sh` that undoes these changes of one box: a verb and a word a line."""
    lines = [f"{change.verb} {change.what}" for change in found if change.verb != "start"]
    lines += [f"restart {unit}" for change in found for unit in change.restarts]
    lines += [f"pod {pod}" for change in found for pod in change.pods]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


FORGET = "sudo /opt/kubelab/box/steps/forget.sh"
