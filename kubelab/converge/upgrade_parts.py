"""The parts of a lab that are upgraded one at a time, and those that still run another minor version.

What was rendered last for a machine says what it runs: an interrupted upgrade goes on with the parts that are left.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, model, pages, paths, providers
from kubelab.components import cache_layout, pod_images, selection
from kubelab.render import files_tsv, roles
from kubelab.state import workspace


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
NO_WAY_BACK = "an older etcd and API server do not read what newer ones have written"
INSTEAD = (
    "put the newer 'versions:' back; or bring up a lab of another name with the older set; or ./run lab.destroy, then "
    f"./run lab.up: that lab begins empty ({pages.UPGRADE})"
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One role of one machine."""

    machine: model.Machine
    role: Role

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
    """Return the version of a part as it was rendered last; empty if it never was."""
    box, path = where.box(part.machine.name), VERSION_FILES[part.role]
    if part.role in PODS.values():
        found = NAMED.search(_text(box / f"files{path}"))
    else:
        row = files_tsv.parse(_text(box / files_tsv.NAME)).get(path)
        found = LINKED.search(row.target) if row else None
    return found[1] if found else ""


def behind(lab: model.Lab, where: paths.LabPaths) -> tuple[Part, ...]:
    """Return the parts of another minor version than the lab file asks for, in order; none of a lab that is new.

    A machine that was never rendered joins the others at their version: it may not be ahead of an API server.
    """
    if not workspace.kept(where):
        return ()
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


def refuse(lab: model.Lab, where: paths.LabPaths) -> None:
    """Raise LabError `upgrade-refused` for a way back, for two minor versions at once, and for virtual machines."""
    left = behind(lab, where)
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
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
