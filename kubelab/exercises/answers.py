"""Makes answers reliable: an empty one is `Silent`, and a missing part is reported in a sentence.

A lab that answers emptily must not look like a healthy one: an object has its name, a list its version.
"""

from __future__ import annotations

from typing import Any

from kubelab import checks
from kubelab.clients import kube_api

DISCOVERY = ("APIGroupList", "APIGroup", "APIResourceList")
REVIEWS = "reviews"


class Told(dict[str, Any]):
    """A part of an answer. A missing `row["spec"]` is `Wrong`, with its place; null counts as missing."""

    def __init__(self, values: kube_api.Json, place: str) -> None:
        """Take an answer's part, and its place in it."""
        told = {key: wrapped(value, f"{place}.{key}") for key, value in values.items() if value is not None}
        super().__init__(told)
        self.place = place

    def __missing__(self, key: str) -> Any:
        """Report what is missing."""
        raise checks.Wrong(f"{self.place} has no {key}")


class Listed(list[Any]):
    """A list of an answer: a missing row is `Wrong`, with its place."""

    place = ""

    def __getitem__(self, index: Any) -> Any:
        """Return a row, or report that it is missing."""
        try:
            return super().__getitem__(index)
        except IndexError:
            raise checks.Wrong(f"{self.place} has {len(self)} rows") from None


def wrapped(value: Any, place: str) -> Any:
    """Return a value in which every mapping reports its missing keys."""
    if isinstance(value, dict):
        return Told(value, place)
    if isinstance(value, list):
        rows = Listed(wrapped(item, f"{place}[{index}]") for index, item in enumerate(value))
        rows.place = place
        return rows
    return value


def of(path: str, answer: object) -> Told:
    """Return the API's answer to a question for `path`; `Silent` if it is no real answer.

    An object must have the name that was asked for, and a list a version: an empty reply has neither.
    """
    place = path.rpartition("/")[2]
    if not isinstance(answer, dict) or not answer:
        raise checks.Silent(f"the API server did not answer about {place}: {str(answer)[:60]!r}")
    told = Told(answer, place)
    kind, meta = str(told.get("kind", "")), told.get("metadata")
    reviewed = path.endswith(REVIEWS) and isinstance(told.get("status"), dict)
    if "/proxy/" in path or kind in DISCOVERY or reviewed:
        return told
    listed = kind.endswith("List") and isinstance(told.get("items", []), list)
    known = isinstance(meta, dict) and (meta.get("resourceVersion") if listed else meta.get("name") == place)
    if not kind or not known:
        raise checks.Silent(f"the API server says something of {place} that is no {'list' if listed else 'object'}")
    return told


def items(answer: Told) -> list[Told]:
    """Return a list's items, each called by its own name; a list without items is empty."""
    rows = []
    for row in answer.get("items", []):
        meta = row.get("metadata", {}) if isinstance(row, dict) else {}
        if not meta.get("name"):
            raise checks.Silent(f"{answer.place} has something without a name")
        rows.append(Told(row, str(meta["name"])))
    return rows
