"""The parts of a lab that are upgraded one at a time, and those that still run another minor version.

What was rendered last for a machine says what it runs: an interrupted upgrade goes on with the parts that are left. A
note in the lab's state/ says the same, and of two different words the newer one counts: rendered files can be removed,
damaged or rendered for another set. The records of running machines have the last word (`refuse_records`).
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, pages, paths, providers
from kubelab.components import cache_layout, pod_images, selection
from kubelab.files import strictjson
from kubelab.render import files_tsv, roles
from kubelab.state import versions_note, workspace


class Role(enum.StrEnum):
    """What of a machine is upgraded at once, in the order of Kubernetes' version-skew policy."""

    ETCD = "etcd"
    API = "API server"
    CONTROLLERS = "controllers"
    NODE = "node"


PODS: Mapping[str, Role] = {
    "kube-apiserver": Role.API,
    "kube-controller-manager": Role.CONTROLLERS,
    "kube-scheduler": Role.CONTROLLERS,
}
"""The images of a control plane that are upgraded before its node."""
VERSION_FILES: Mapping[Role, str] = {
    Role.ETCD: "/opt/bin/etcd",
    Role.API: f"{roles.MANIFESTS}/kube-apiserver.yaml",
    Role.CONTROLLERS: f"{roles.MANIFESTS}/kube-controller-manager.yaml",
    Role.NODE: "/opt/bin/kubelet",
}
"""The file of a machine that shows the version of a part: a link to the program, or the manifest of a pod."""
LINKED = re.compile(r"/(?:etcd|kubernetes)-([^/]+)-[0-9a-f]+/")
NAMED = re.compile(r"image: \S+:v(\S+)")
LARGEST = 1 << 20
"""Bytes of a rendered file that is read; the longest has some 10 KB."""
NO_WAY_BACK = "an older etcd and API server do not read what newer ones have written"
INSTEAD = (
    "put the newer 'versions:' back; or bring up a lab of another name with the older set; or ./run lab.destroy, then "
    f"./run lab.up: that lab begins empty ({pages.UPGRADE})"
)

FORGOTTEN = "files under build/ were removed: they say which parts have been upgraded"
FIRST_AS_IT_WAS = "put the older 'versions:' back; ./run lab.up; then the newer ones, and ./run lab.up again"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One role of one machine."""

    machine: model.Machine
    role: Role

    @property
    def key(self) -> str:
        """Return the part's key in the note."""
        return f"{self.machine.name} {self.role}"

    @property
    def component(self) -> str:
        """Return the component whose version decides."""
        return "etcd" if self.role is Role.ETCD else "kubernetes"

    @property
    def title(self) -> str:
        """Return the part in words."""
        pods = self.role in (Role.API, Role.CONTROLLERS)
        return f"{self.role} of {self.machine.name}" if pods else self.machine.name


def parts(lab: model.Lab) -> tuple[Part, ...]:
    """Return every part of a lab in the order of an upgrade."""
    rows = (
        (Role.ETCD, lab.etcd),
        (Role.API, lab.control_plane),
        (Role.CONTROLLERS, lab.control_plane),
        (Role.NODE, (*lab.control_plane, *lab.workers)),
    )
    return tuple(Part(machine=machine, role=role) for role, machines in rows for machine in machines)


def version(where: paths.LabPaths, part: Part) -> str:
    """Return the newest version that a part was rendered with; empty if it never was.

    Raises LabError `state-damaged` for a note that cannot be read: without it a way back might go unseen.
    """
    return _newest(_rendered(where, part), versions_note.read(where).get(part.key, ""))


def _newest(*texts: str) -> str:
    return max(texts, key=lambda text: (bool(text), minor(text)))


def _rendered(where: paths.LabPaths, part: Part) -> str:
    """Return the version of a part by its machine's rendered files; empty if they are gone or unreadable."""
    box, path = where.box(part.machine.name), VERSION_FILES[part.role]
    if part.role in PODS.values():
        found = NAMED.search(_text(box / f"files{path}"))
        return found[1] if found else ""
    return _linked(part, _text(box / files_tsv.NAME))


def _linked(part: Part, rows: str) -> str:
    """Return the version of a part by the rows of files.tsv, or of a machine's record; empty for a pod's."""
    row = files_tsv.parse(rows).get(VERSION_FILES[part.role])
    found = LINKED.search(row.target) if row else None
    return found[1] if found else ""


def note(lab: model.Lab, where: paths.LabPaths) -> None:
    """Note the version of each part as it is rendered now."""
    versions_note.keep(where, {part.key: text for part in parts(lab) if (text := _rendered(where, part))})


def behind(lab: model.Lab, where: paths.LabPaths) -> tuple[Part, ...]:
    """Return the parts of another minor version than the lab file asks for, in order; none of a lab that is new.

    A machine that was never rendered joins the others at their version: it may not be ahead of an API server.
    """
    return _others(lab, where) if workspace.kept(where) else ()


def _others(lab: model.Lab, where: paths.LabPaths) -> tuple[Part, ...]:
    found = {part: version(where, part) for part in parts(lab)}
    other = {part.component for part, text in found.items() if text and _differs(lab, part, text)}
    return tuple(
        part for part, text in found.items() if (_differs(lab, part, text) if text else part.component in other)
    )


def older(lab: model.Lab, where: paths.LabPaths, left: Collection[Part]) -> model.VersionSet:
    """Return the version set of the parts that are left, if there are any; LabError `upgrade-refused` if it is gone."""
    wanted = {part.component: text for part in left if (text := version(where, part))}
    fitting = [one for one in selection.sets() if _minors(one.components, wanted) == _minors(wanted, wanted)]
    if not fitting:
        words = ", ".join(f"{name} {text}" for name, text in wanted.items())
        raise errors.LabError("upgrade-refused", f"lab {lab.name} runs {words}, which no version set has any more")
    return max(fitting, key=lambda one: sum(one.components[name] == text for name, text in wanted.items()))


def software_of_older(
    lab: model.Lab, where: paths.LabPaths, ahead: Collection[Part] = ()
) -> Mapping[str, model.SoftwarePaths]:
    """Return the software of each machine with a part that is behind, by name; `ahead` are upgraded now.

    Empty if no part is left. Raises LabError `upgrade-refused` as `older`.
    """
    every = behind(lab, where)
    left = [part for part in every if part not in ahead]
    if not left:
        return {}
    names = pod_images.of_lab(lab)
    new, old = (cache_layout.software(one, names) for one in (lab.versions, older(lab, where, every)))
    of_machine: dict[str, set[Role]] = {}
    for part in left:
        of_machine.setdefault(part.machine.name, set()).add(part.role)
    return {name: _mixed(new, old, its_roles) for name, its_roles in of_machine.items()}


def _mixed(new: model.SoftwarePaths, old: model.SoftwarePaths, left: Collection[Role]) -> model.SoftwarePaths:
    """Return a machine's software, where the roles in `left` still take the old one."""
    whole = old if {Role.ETCD, Role.NODE} & set(left) else new
    pods = {name: (old if role in left else new).images[name] for name, role in PODS.items()}
    return dataclasses.replace(whole, images={**whole.images, **pods})


def refuse(lab: model.Lab, where: paths.LabPaths, *, data: bool = False) -> None:
    """Raise LabError `upgrade-refused` for a way back, for two minor versions at once, and for virtual machines.

    With `data` the lab has volumes: a lab whose state/ is gone is not taken for one that was only rendered.
    """
    left = _others(lab, where) if data else behind(lab, where)
    rows = [f"{part.title}: {part.component} {_change(lab, where, part)}" for part in left]
    if any(_ahead(lab, part, text) for part in left if (text := version(where, part))):
        what = f"lab {lab.name} cannot go back to version set {lab.versions.name}: there is no way back"
        raise errors.LabError("upgrade-refused", what, details=rows, cause=NO_WAY_BACK, remedy=INSTEAD)
    if any(not _next(lab, part, text) for part in left if (text := version(where, part))):
        what = f"lab {lab.name} cannot go to version set {lab.versions.name} at once"
        raise errors.LabError("upgrade-refused", what, details=rows)
    if left and providers.of(lab).delivery is providers.Delivery.DISK:
        what = f"lab {lab.name} has virtual machines, which take their software from one disk for all"
        raise errors.LabError("upgrade-refused", what, details=rows)
    if left:
        older(lab, where, left)
    if left and not workspace.kept(where):
        what = f"lab {lab.name} has lost its state/, without which no part is upgraded after the other"
        raise errors.LabError("upgrade-refused", what, details=rows, cause=FORGOTTEN, remedy=FIRST_AS_IT_WAS)


def refuse_records(
    lab: model.Lab, where: paths.LabPaths, records: Mapping[str, str], wanted: Callable[[str], str]
) -> None:
    """Raise LabError `upgrade-refused` if machines run another version than their rendered files would give them.

    `records` are the records of running machines by name, `wanted` returns the files.tsv of one. A newer version than
    the rendered one is a way back; an older one is an upgrade of all parts at once, if nothing else says what the part
    runs: one that was stopped goes on. A record tells of etcd and of nodes, the parts that begin and end an upgrade.
    """
    back, at_once = [], []
    for part in parts(lab):
        runs, now = (_linked(part, text) for text in (records.get(part.machine.name, ""), wanted(part.machine.name)))
        if not runs or not now or minor(runs) == minor(now):
            continue
        row = f"{part.title}: {part.component} {runs} -> {now}"
        if minor(runs) > minor(now):
            back.append(row)
        elif not version(where, part):
            at_once.append(row)
    if back:
        what = f"lab {lab.name} cannot go back: its machines run newer versions than its files name"
        raise errors.LabError("upgrade-refused", what, details=back, cause=NO_WAY_BACK, remedy=INSTEAD)
    if at_once:
        what = f"lab {lab.name} would be upgraded at once: its machines run older versions than its file names"
        raise errors.LabError("upgrade-refused", what, details=at_once, cause=FORGOTTEN, remedy=FIRST_AS_IT_WAS)


def _change(lab: model.Lab, where: paths.LabPaths, part: Part) -> str:
    return f"{version(where, part) or 'not made yet'} -> {lab.versions.components[part.component]}"


def steps(lab: model.Lab, where: paths.LabPaths) -> tuple[tuple[Part, str], ...]:
    """Return the parts that are left, in order, each with its versions before and after in words."""
    return tuple((part, f"{part.component} {_change(lab, where, part)}") for part in behind(lab, where))


def _differs(lab: model.Lab, part: Part, text: str) -> bool:
    return minor(text) != minor(lab.versions.components[part.component])


def _ahead(lab: model.Lab, part: Part, text: str) -> bool:
    return minor(text) > minor(lab.versions.components[part.component])


def _next(lab: model.Lab, part: Part, text: str) -> bool:
    (major, before), (now, after) = minor(text), minor(lab.versions.components[part.component])
    return (now, after) == (major, before + 1)


def _minors(components: Mapping[str, str], names: Collection[str]) -> dict[str, tuple[int, int]]:
    return {name: minor(components[name]) for name in names}


def minor(text: str) -> tuple[int, int]:
    """Return the first two numbers of a version."""
    first, second, *_ = [int(number) for number in re.findall(r"\d+", text)] + [0, 0]
    return first, second


def _text(path: Path) -> str:
    """Return a rendered file; empty for one that is gone, or that cannot be read."""
    try:
        return strictjson.content(path, most=LARGEST).decode(errors="replace")
    except (OSError, strictjson.Refused):
        return ""
