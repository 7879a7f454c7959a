"""The resources of an API server and the path of each collection: asked of the server, so no plural is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kubelab.clients import kube_api

CORE = "/api/v1"
Get = Callable[[str], kube_api.Json]
"""A function that asks the API server for a path; it may raise anything."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: its collection's path, its plural (a subresource behind a slash), and its API group."""

    path: str
    name: str
    group: str
    kind: str
    namespaced: bool
    verbs: frozenset[str]

    @property
    def listed(self) -> bool:
        """Return whether its objects can be listed."""
        return "list" in self.verbs and "/" not in self.name


MEASURED = ("metrics.k8s.io",)
"""API groups of measurements: no state of a cluster, and served by an add-on that may be away."""


def resources(get: Get, *, all_versions: bool = False) -> Iterator[Resource]:
    """Yield every resource but measurements, in each group's preferred version or in all of them.

    Raises what `get` raises, and `kube_api.Unanswered` for an answer that names nothing.
    """
    roots = [CORE]
    for group in _rows(get("/apis"), "groups"):
        versions = group["versions"] if all_versions else [group["preferredVersion"]]
        named = [row["groupVersion"] for row in versions]
        roots += [root(name) for name in named if name.rpartition("/")[0] not in MEASURED]
    for place in roots:
        yield from of_version(get, place)


def of_version(get: Get, place: str) -> Iterator[Resource]:
    """Yield the resources of one group version, given its path; raises as `resources`."""
    for row in _rows(get(place), "resources"):
        yield Resource(
            path=f"{place}/{row['name']}",
            name=row["name"],
            group=place.removeprefix("/apis/").rpartition("/")[0] if place != CORE else "",
            kind=row.get("kind", ""),
            namespaced=bool(row["namespaced"]),
            verbs=frozenset(row.get("verbs") or ()),
        )


def root(api_version: str) -> str:
    """Return the path of a group version, as an object's apiVersion has it."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def address(collection: str, namespace: str, name: str) -> str:
    """Return the path of one object; `namespace` is empty for cluster-wide objects."""
    if not namespace:
        return f"{collection}/{name}"
    base, _, plural = collection.rpartition("/")
    return f"{base}/namespaces/{namespace}/{plural}/{name}"


def _rows(answer: kube_api.Json, key: str) -> list[kube_api.Json]:
    rows = answer.get(key)
    if not isinstance(rows, list) or not rows:
        raise kube_api.Unanswered(f"the API server names none of its {key}")
    return rows
