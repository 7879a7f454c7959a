"""Compares objects of the cluster: the decided part of each, and the places at which two differ."""

from __future__ import annotations

import copy
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubelab.clients import kube_api

MANAGED = "managedFields"
VOLATILE = ("resourceVersion", "creationTimestamp", "generation", MANAGED, "selfLink", "generateName")
"""Metadata fields that the API server sets."""
NOTES = re.compile(
    r"deployment\.kubernetes\.io/revision|endpoints\.kubernetes\.io/last-change|cni\.projectcalico\.org/"
    r"|kubernetes\.io/config\.(hash|seen|mirror)|control-plane\.alpha\.kubernetes\.io"
    r"|pv\.kubernetes\.io/(bind-completed|bound-by-controller)"
    r"|volume\.(beta\.)?kubernetes\.io/(storage-provisioner|selected-node)"
)
"""Annotations that controllers, the kubelet and the pod network set."""
QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|[kMGT]i?)?")
FACTORS = {"": 1000, "m": 1, "k": 10**6, "M": 10**9, "G": 10**12, "T": 10**15}
FACTORS |= {f"{letter}i": 1000 * 1024**power for power, letter in enumerate("KMGT", start=1)}

Place = tuple[str | int, ...]
"""Keys, and indexes of lists, that lead to a field."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A place at which two objects differ, and the value of each there (None: missing)."""

    place: Place
    wanted: Any
    found: Any

    @property
    def field(self) -> tuple[str, ...]:
        """Return the keys that lead to it, down to the first list: a part of a list is no field."""
        keys = []
        for key in self.place:
            if isinstance(key, int):
                break
            keys.append(key)
        return tuple(keys)


def everywhere(place: Place, wanted: object) -> bool:
    """Return that more than is wanted is a difference, whatever the place."""
    _ = place, wanted
    return True


def differences(
    wanted: Any,
    found: Any,
    *,
    closed: Callable[[Place, Any], bool] = everywhere,
    same: Callable[[Any, Any], bool] = operator.eq,
    place: Place = (),
) -> Iterator[Difference]:
    """Yield the places at which `found` is not as wanted.

    `closed` tells for a mapping or list, from its place and its wanted value, whether more of it is a difference;
    `same` compares values. Null counts as missing. Lists of another length are one difference.
    """
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        more = [key for key in found if key not in wanted] if closed(place, wanted) else []
        pairs = [(key, wanted.get(key), found.get(key)) for key in (*wanted, *more)]
    elif isinstance(wanted, list) and isinstance(found, list) and _fits(wanted, found, closed(place, wanted)):
        pairs = [(index, value, found[index]) for index, value in enumerate(wanted)]
    else:
        if not same(wanted, found):
            yield Difference(place=place, wanted=wanted, found=found)
        return
    for key, one, other in pairs:
        yield from differences(one, other, closed=closed, same=same, place=(*place, key))


def _fits(wanted: list[Any], found: list[Any], closed: bool) -> bool:
    return len(found) == len(wanted) if closed else len(found) >= len(wanted)


def served(wanted: object, found: object) -> bool:
    """Return whether the API server serves a value as it was wanted: it drops empty values and rewrites quantities.

    Space around a text does not count.
    """
    if found is None:
        return wanted in ({}, [], "", None)
    if wanted == found or (isinstance(wanted, str) and isinstance(found, str) and wanted.strip() == found.strip()):
        return True
    quantities = [QUANTITY.fullmatch(str(value)) for value in (wanted, found)]
    if not all(quantities):
        return False
    first, second = (float(row[1]) * FACTORS.get(row[2] or "", 0) for row in quantities if row)
    return first == second


def bare(row: Mapping[str, Any], *, identity: bool = False) -> kube_api.Json:
    """Return a copy of an object without its status and the API server's own fields; with its UID if that counts."""
    plain: kube_api.Json = copy.deepcopy({part: value for part, value in row.items() if part != "status"})
    left_out = VOLATILE if identity else (*VOLATILE, "uid")
    plain["metadata"] = {part: value for part, value in plain["metadata"].items() if part not in left_out}
    return plain


def decided(row: Mapping[str, Any], *, identity: bool = False) -> kube_api.Json:
    """Return the same without the annotations that controllers set: the decided part of an object."""
    plain = bare(row, identity=identity)
    notes = plain["metadata"].get("annotations") or {}
    plain["metadata"]["annotations"] = {part: value for part, value in notes.items() if not NOTES.match(part)}
    return plain
