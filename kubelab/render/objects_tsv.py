"""The cluster's objects that the lab applies, each with a digest of its applied form."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ruamel.yaml

SEPARATOR = re.compile(r"^---$\n?", re.MULTILINE)
COLUMNS = 7
NOWHERE = "-"
"""The namespace of cluster-wide objects."""
NAME = "objects.tsv"
RECORD = "/api/v1/namespaces/kube-system/configmaps/kubelab-objects"
"""Where apply-addons.sh records what it applied: in the cluster, so that it is lost and restored with the objects."""


@dataclass(frozen=True, kw_only=True)
class Object:
    """One object of a manifest: `file` and `index` (from 1) say where its text is, `-` for no namespace."""

    digest: str
    api_version: str
    kind: str
    namespace: str
    name: str
    file: str
    index: int

    @property
    def space(self) -> str:
        """Return the namespace; empty for none, as in the API's own objects."""
        return "" if self.namespace == NOWHERE else self.namespace

    @property
    def title(self) -> str:
        """Return its name for people: Deployment kube-system/coredns."""
        return f"{self.kind} {'/'.join(part for part in (self.space, self.name) if part)}"


def of(manifests: Mapping[str, str]) -> tuple[Object, ...]:
    """Return every object of manifests (file name to text), in the order in which they are applied."""
    return tuple(row for file, text in manifests.items() for row, _ in read(file, text))


@functools.lru_cache(maxsize=64)
def read(file: str, text: str) -> tuple[tuple[Object, dict[str, Any]], ...]:
    """Return every object of one manifest and its document, which is shared and must not be changed."""
    return tuple(_read(file, text))


def _read(file: str, text: str) -> Iterator[tuple[Object, dict[str, Any]]]:
    parser = ruamel.yaml.YAML(typ="safe")
    for index, part in enumerate(SEPARATOR.split(text), start=1):
        document = parser.load(part)
        about = document["metadata"]
        row = Object(
            digest=hashlib.sha256(part.strip().encode()).hexdigest()[:16],
            api_version=document["apiVersion"],
            kind=document["kind"],
            namespace=about.get("namespace", NOWHERE),
            name=about["name"],
            file=file,
            index=index,
        )
        yield row, document


def text(rows: tuple[Object, ...]) -> str:
    """Return objects.tsv: digest, apiVersion, kind, namespace, name, file, index."""
    cells = [(row.digest, row.api_version, row.kind, row.namespace, row.name, row.file, str(row.index)) for row in rows]
    return "".join("\t".join(line) + "\n" for line in cells)


def recorded(record: Mapping[str, Any]) -> str | None:
    """Return the objects.tsv of the record in the cluster; None if it has none."""
    found = record.get("data", {}).get(NAME)
    return None if found is None else str(found)


def record(rows: tuple[Object, ...]) -> dict[str, Any]:
    """Return the patch that puts these rows into the record."""
    return {"data": {NAME: text(rows)}}


def parse(text: str) -> tuple[Object, ...]:
    """Return the rows of an objects.tsv; lines of another shape are skipped."""
    rows = (line.split("\t") for line in text.splitlines())
    return tuple(_row(cells) for cells in rows if len(cells) == COLUMNS and cells[-1].isdigit())


def _row(cells: list[str]) -> Object:
    digest, version, kind, namespace, name, file, index = cells
    return Object(
        digest=digest,
        api_version=version,
        kind=kind,
        namespace=namespace,
        name=name,
        file=file,
        index=int(index),
    )
