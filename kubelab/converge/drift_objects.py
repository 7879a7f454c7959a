"""Changes by hand in the cluster: the lab's own objects against the applied ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kubelab.checks import objects
from kubelab.clients import kube_api, kube_discovery
from kubelab.render import objects_tsv

Field = tuple[str, ...]
"""Keys that lead to a field."""
OTHERS = (
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-apiserver",
    "kubectl-rollout",
    "local-path-provisioner",
    # The server's name for who set the fields of an object that is applied for the first time, as one that an exercise
    # has put back: among them those that the server itself fills in.
    "before-first-apply",
)
"""Field managers whose changes of the lab's objects are not by hand; a restart is no change."""
SHOWN = 3
"""How many places of one object are named."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One object that differs from its applied form: the difference, and a merge patch that removes additions."""

    row: objects_tsv.Object
    document: kube_api.Json
    reason: str
    path: str
    """Its path in the API; empty if the API does not have its kind."""
    patch: kube_api.Json = field(default_factory=dict)


def find_changes(
    door: kube_api.Api, manifests: Mapping[str, str], applied: tuple[objects_tsv.Object, ...]
) -> tuple[Change, ...]:
    """Return every object that differs, except those that `lab.up` will change anyway.

    Raises the door's errors, but not for a missing object.
    """
    same = {(row.title, row.digest) for row in applied}
    rows = [pair for file, text in manifests.items() for pair in objects_tsv.read(file, text)]
    kept = [(row, document) for row, document in rows if (row.title, row.digest) in same]
    known = {version: _collections(door, version) for version in dict.fromkeys(row.api_version for row, _ in kept)}
    found = []
    for row, document in kept:
        collection = known[row.api_version].get(row.kind)
        path = kube_discovery.address(collection, row.space, row.name) if collection else None
        found.append(_compared(row, document, path, _live(door, path)))
    return tuple(change for change in found if change)


def _live(door: kube_api.Api, path: str | None) -> kube_api.Json | None:
    """Return an object; None if it, or its kind, does not exist."""
    try:
        return door.get(path) if path else None
    except kube_api.Refused as problem:
        if problem.status == 404:
            return None
        raise


def _collections(door: kube_api.Api, version: str) -> dict[str, str]:
    """Return kind to collection of an API version; none if the server does not have it."""
    try:
        rows = list(kube_discovery.of_version(door.get, kube_discovery.root(version)))
    except kube_api.Refused as problem:
        if problem.status == 404:
            return {}
        raise
    return {row.kind: row.path for row in rows if "/" not in row.name}


def _compared(
    row: objects_tsv.Object, document: kube_api.Json, path: str | None, live: kube_api.Json | None
) -> Change | None:
    change = Change(row=row, document=document, reason="was deleted", path=path or "")
    if live is None:
        return change
    if "deletionTimestamp" in live["metadata"]:
        return dataclasses.replace(change, reason="is being deleted")
    changed, added = list(dict.fromkeys(differing(document, live))), list(_added(document, live))
    if not changed and not added:
        return None
    patch: kube_api.Json = {}
    for item in changed:
        _set(patch, item, _value(document, item))
    for item in added:
        _set(patch, _missing(document, item), None)
    places = ", ".join(".".join(item) for item in dict.fromkeys([*changed, *added][:SHOWN]))
    return dataclasses.replace(change, reason=f"differs at {places}", patch=patch)


def differing(document: kube_api.Json, live: kube_api.Json) -> Iterator[Field]:
    """Yield the fields in which an object differs from its applied form; fields without a value there do not count.

    A list is one field: no part of it can be changed by itself.
    """
    found = objects.differences(document, live, closed=_closed, same=objects.served)
    return (item.field for item in found)


def _closed(_place: objects.Place, wanted: object) -> bool:
    return isinstance(wanted, list)


def _added(document: kube_api.Json, live: kube_api.Json) -> Iterator[Field]:
    """Yield the fields that a person's tool owns and that the manifest does not have."""
    for entry in live["metadata"].get(objects.MANAGED, []):
        by_hand = entry["operation"] == "Update" and entry["manager"] not in OTHERS
        if by_hand and "subresource" not in entry:
            for item in _leaves(entry.get("fieldsV1", {})):
                if not _in(document, item):
                    yield item


def _leaves(fields: kube_api.Json, before: Field = ()) -> Iterator[Field]:
    """Yield the paths of a field set; of a list only the path to it."""
    keys = [key for key in fields if key != "."]
    if not keys or any(not key.startswith("f:") for key in keys):
        if before:
            yield before
        return
    for key in keys:
        yield from _leaves(fields[key], (*before, key[2:]))


def _in(document: object, item: Field) -> bool:
    return len(_missing(document, item)) == len(item) and _value(document, item) is not None


def _value(document: object, item: Field) -> object:
    """Return the value of a document at a place, None without one."""
    for key in item:
        if not isinstance(document, dict) or key not in document:
            return None
        document = document[key]
    return document


def _missing(document: object, item: Field) -> Field:
    """Return the highest part of a place that the document lacks: an addition is removed as a whole."""
    for number in range(1, len(item)):
        if _value(document, item[:number]) is None:
            return item[:number]
    return item


def _set(patch: kube_api.Json, item: Field, value: object) -> None:
    """Put a value into a merge patch at a place."""
    for key in item[:-1]:
        patch = patch.setdefault(key, {})
    patch[item[-1]] = value
