"""Machines that another lab's machine would be taken for: names are put together of the lab's and the machine's.

Lab `kube` with a machine `master-01` and lab `default` with `kube-master-01` have one machine for Vagrant, and what is
stopped or removed in one would be the other's. Docker's and libvirt's names are put together in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kubelab import errors, model, paths
from kubelab.config import rules, schema, yaml_reader
from kubelab.files import bounded

DEFAULT = "default"
"""The lab whose machines Vagrant knows by their names alone."""


def flaws(spec: schema.Spec, folder: Path) -> Iterator[yaml_reader.Flaw]:
    """Yield the machines of a lab that a lab of another file of this folder has as well.

    A lab that has been rendered goes on; of two, the one with names of its own is told.
    """
    for file in sorted(folder.glob("*.yaml")) if paths.LAB_NAME.fullmatch(spec.name) else ():
        other = file.stem
        if other == spec.name or not paths.LAB_NAME.fullmatch(other):
            continue
        for rest in _between(spec.name, other):
            if any(name.startswith(rest) for name in _names(spec)):
                yield from _told(spec, other, {f"{rest}{name}": name for name in _others(file)})
        for rest in _between(other, spec.name):
            if _may_begin(file, rest):
                theirs = {name.removeprefix(rest): name for name in _others(file) if name.startswith(rest)}
                yield from _told(spec, other, theirs)


def _between(first: str, second: str) -> Iterator[str]:
    """Yield what a machine's name in the first lab must begin with to be taken for one of the second, which lacks
    it."""
    if second.startswith(f"{first}-"):
        yield f"{second.removeprefix(f'{first}-')}-"
    if first == DEFAULT:
        yield f"{second}-"


def _told(spec: schema.Spec, other: str, same: dict[str, str]) -> Iterator[yaml_reader.Flaw]:
    mine, theirs = (paths.LabPaths(name=name).vagrantfile.exists() for name in (spec.name, other))
    for kind in model.KINDS:
        section = spec.machines.of(kind)
        key = "names" if section.names else "name" if section.name else ""
        if not (theirs if mine != theirs else key):
            continue
        for machine in rules.Draft(spec=spec, given=None).of(kind):
            if machine.name in same:
                place: yaml_reader.Place = ("machines", kind, key) if key else ("name of the file",)
                named = f"{same[machine.name]} of lab {other}"
                yield yaml_reader.Flaw(place=place, message=f"Vagrant would take {machine.name} for {named}")


def _names(spec: schema.Spec) -> list[str]:
    return [machine.name for machine in rules.Draft(spec=spec, given=None).machines]


def _others(file: Path) -> list[str]:
    """Return the names of a lab's machines, as far as its file can be read."""
    try:
        values = yaml_reader.read(bounded.beginning(file, yaml_reader.LARGEST + 1), str(file)).values
        return _names(schema.shape(file.stem, values)[0])
    except (OSError, errors.LabError):
        return []


def _may_begin(file: Path, rest: str) -> bool:
    """Return whether a name in a lab's file, or a usual one, may begin so, without the cost of parsing the file."""
    if any(f"{row.name}-".startswith(rest) for row in model.KINDS.values()):
        return True
    try:
        return rest.encode() in bounded.beginning(file, yaml_reader.LARGEST)
    except OSError:
        return False
