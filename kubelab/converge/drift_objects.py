"""What was changed by hand in the cluster: the lab's own objects against what was applied."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubelab.clients import kube_api
from kubelab.render import objects_tsv

Json = dict[str, Any]
Place = tuple[str, ...]
"""Keys that lead to a field."""
OTHERS = (
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-apiserver",
    "kubectl-rollout",
    "local-path-provisioner",
)
"""Who may set fields of the lab's objects without having changed them by hand; a restart is no change."""
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|[kMGT]i?)?")
FACTORS = {"": 1000, "m": 1, "k": 10**6, "M": 10**9, "G": 10**12, "T": 10**15}
FACTORS |= {f"{letter}i": 1000 * 1024**power for power, letter in enumerate("KMGT", start=1)}
CLUSTER_WIDE = "-"
SHOWN = 3
"""How many places of one object are named."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One object that is not as it was applied: what differs, and a merge patch that takes out what was added."""

    row: objects_tsv.Object
    document: Json
    reason: str
    patch: Json


def look(
    door: kube_api.Api, manifests: Mapping[str, str], applied: tuple[objects_tsv.Object, ...]
) -> tuple[Change, ...]:
    """Return every object that differs; those that `lab.up` will change anyway are not looked at.

    Raises what the door raises, but for an object that is gone.
    """
    same = {(row.title, row.digest) for row in applied}
    found = []
    for file, text in manifests.items():
        for row, document in objects_tsv.read(file, text):
            if (row.title, row.digest) in same:
                found.append(_compared(row, document, _live(door, row)))
    return tuple(change for change in found if change)


def path(row: objects_tsv.Object) -> str:
    """Return where the API has an object."""
    root = f"/apis/{row.api_version}" if "/" in row.api_version else f"/api/{row.api_version}"
    place = "" if row.namespace == CLUSTER_WIDE else f"/namespaces/{row.namespace}"
    return f"{root}{place}/{_plural(row.kind)}/{row.name}"


def _plural(kind: str) -> str:
    word = kind.lower()
    if word.endswith("y"):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith("s") else f"{word}s"


def _live(door: kube_api.Api, row: objects_tsv.Object) -> Json | None:
    try:
        return door.get(path(row))
    except kube_api.Refused as problem:
        if problem.status == 404:
            return None
        raise


def _compared(row: objects_tsv.Object, document: Json, live: Json | None) -> Change | None:
    if live is None:
        return Change(row=row, document=document, reason="was deleted", patch={})
    if "deletionTimestamp" in live["metadata"]:
        return Change(row=row, document=document, reason="is being deleted", patch={})
    changed, added = list(differences(document, live)), list(_added(document, live))
    if not changed and not added:
        return None
    patch: Json = {}
    for item in changed:
        _set(patch, item, _value(document, item))
    for item in added:
        _set(patch, _missing(document, item), None)
    places = ", ".join(".".join(item) for item in dict.fromkeys([*changed, *added][:SHOWN]))
    return Change(row=row, document=document, reason=f"differs at {places}", patch=patch)


def differences(wanted: object, live: object, place: Place = ()) -> Iterator[Place]:
    """Yield the places at which `live` has not what `wanted` has; what `wanted` leaves out does not count.

    A list is one place: no part of it can be changed by itself.
    """
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            here = (*place, str(key))
            if key in live:
                yield from differences(value, live[key], here)
            elif value not in ({}, [], "", None):
                yield here
    elif not _same(wanted, live):
        yield place


def _same(wanted: object, live: object) -> bool:
    if isinstance(wanted, list) and isinstance(live, list):
        pairs = zip(wanted, live, strict=False)
        return len(wanted) == len(live) and not any(list(differences(one, other, ("?",))) for one, other in pairs)
    return _equal(wanted, live)


def _equal(one: object, other: object) -> bool:
    if one == other or (isinstance(one, str) and isinstance(other, str) and one.strip() == other.strip()):
        return True
    quantities = [QUANTITY.fullmatch(str(value)) for value in (one, other)]
    if all(quantities):
        first, second = (float(found[1]) * FACTORS.get(found[2] or "", 0) for found in quantities if found)
        return first == second
    return False


def _added(document: Json, live: Json) -> Iterator[Place]:
    """Yield the fields that a person's tool owns and that the manifest does not have."""
    for entry in live["metadata"].get("managedFields", []):
        by_hand = entry["operation"] == "Update" and entry["manager"] not in OTHERS
        if by_hand and "subresource" not in entry:
            for item in _leaves(entry.get("fieldsV1", {})):
                if not _in(document, item):
                    yield item


def _leaves(fields: Json, before: Place = ()) -> Iterator[Place]:
    """Yield the paths of a field set; of a list only the way to it."""
    keys = [key for key in fields if key != "."]
    if not keys or any(not key.startswith("f:") for key in keys):
        if before:
            yield before
        return
    for key in keys:
        yield from _leaves(fields[key], (*before, key[2:]))


def _in(document: object, item: Place) -> bool:
    return len(_missing(document, item)) == len(item) and _value(document, item) is not None


def _value(document: object, item: Place) -> object:
    """Return what a document has at a place, None if it has nothing there."""
    for key in item:
        if not isinstance(document, dict) or key not in document:
            return None
        document = document[key]
    return document


def _missing(document: object, item: Place) -> Place:
    """Return the highest part of a place that the document lacks: what is taken out goes as a whole."""
    for number in range(1, len(item)):
        if _value(document, item[:number]) is None:
            return item[:number]
    return item


def _set(patch: Json, item: Place, value: object) -> None:
    """Put a value into a merge patch at a place."""
    for key in item[:-1]:
        patch = patch.setdefault(key, {})
    patch[item[-1]] = value
