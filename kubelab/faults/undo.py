"""Undoes a fault: by its own clear.sh or, in a pack without it, from the saved originals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kubelab import checks, model, paths
from kubelab.converge import box_state
from kubelab.faults import fault, fault_scripts
from kubelab.render import roles

PARTS = ("pod-network.sh", "back.sh")
"""Under provision/faults/: the parts of back.sh, then back.sh."""
LINKS = "/etc/systemd/system/multi-user.target.wants/"


def of(
    view: checks.View, row: fault.Fault, machine: model.Machine, options: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """Return the script that undoes a fault on a machine, and its values."""
    if (row.folder / "clear.sh").exists():
        return fault_scripts.read(row, "clear"), options
    text = "".join((paths.PROVISION / "faults" / name).read_text(encoding="utf-8") for name in PARTS)
    return text, values(view, row, machine, options)


def values(
    view: checks.View, row: fault.Fault, machine: model.Machine, options: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the values of back.sh: the saved parts of the machine, and their users. They do not reveal the fault."""
    objects = [path.format(**options) for path in row.objects]
    starts = [path.removeprefix(LINKS).removesuffix(".service") for path in row.files if path.startswith(LINKS)]
    units = [unit.removesuffix(".service") for unit in roles.units(machine.kind) if unit.endswith(".service")]
    rows = {
        "FILES": row.files,
        "OBJECTS": objects,
        "STARTS": starts,
        "RESTARTS": _restarts(view, row.files, machine),
        "PODS": [pod.name for pod in roles.pods_of(machine) if _reads(pod, row.files)],
        "UNITS": units,
        "MACHINES": [str(one.address) for one in view.lab.machines],
    }
    return {name: " ".join(words) for name, words in rows.items()}


def _reads(pod: roles.StaticPod, files: Sequence[str]) -> bool:
    return any(path.startswith(pod.folder) for path in files)


def _restarts(view: checks.View, files: Sequence[str], machine: model.Machine) -> Sequence[str]:
    """Return the services that a machine's rendered list names beside these files."""
    rows = box_state.wanted(view.where, machine.name).values()
    units = [unit for row in rows if row.path in files for unit in row.restarts]
    return list(dict.fromkeys(unit.removesuffix(".service") for unit in units))
