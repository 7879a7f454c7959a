"""Every fault by name, in the order of a lab's layers; and the mutations of `lab.test --prove`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping

from kubelab import errors, model
from kubelab.faults import cluster_faults, fault, node_faults, suite_mutations

Fault = fault.Fault
FAULTS: Mapping[str, Fault] = {row.name: row for row in (*node_faults.FAULTS, *cluster_faults.FAULTS)}
MUTATIONS = suite_mutations.MUTATIONS


def of_addons(addons: Collection[model.Addon]) -> list[str]:
    """Return the names of the faults of a lab with these add-ons."""
    return [row.name for row in FAULTS.values() if set(row.needs) <= set(addons)]


def find(name: str) -> Fault:
    """Return the fault or mutation of that name; an unknown name raises with the nearest ones."""
    if name in FAULTS:
        return FAULTS[name]
    if name in MUTATIONS:
        return MUTATIONS[name]
    raise errors.LabError("fault-unknown", f"there is no fault {name[:60]!r}", details=near(name, FAULTS))


def near(name: str, known: Iterable[str]) -> list[str]:
    """Return a line for each known name that a mistyped one may have meant, the nearest first."""
    return [f"did you mean {word}?" for word in difflib.get_close_matches(name, list(known), 3, 0.5)]
