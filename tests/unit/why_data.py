"""Evidence of labs that were broken on purpose, recorded whole: `data/why/evidence.jsonl.xz`, one document a line.

Each line is {"faults": […], "evidence": …} as `kubelab.diagnosis.evidence_json` writes it; no faults: the healthy lab.
All of it is from running labs; of the pairs six were recorded together, the others are composed (see `pair`).
"""

from __future__ import annotations

import dataclasses
import functools
import json
import lzma

from kubelab import paths
from kubelab.diagnosis import evidence, evidence_json, judge

FILE = paths.ROOT / "tests/data/why/evidence.jsonl.xz"
PAIRS = tuple(
    tuple(line.split())
    for line in (paths.ROOT / "tests/data/why/pairs.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)


@functools.cache
def _lines() -> dict[tuple[str, ...], str]:
    """Return the faults of each record to its text: parsed only when asked for, all of them are many megabytes."""
    found = {}
    with lzma.open(FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            head = line[: line.index("]") + 1]
            found[tuple(json.loads(f"{head}}}")["faults"])] = line
    return found


def recorded() -> tuple[tuple[str, ...], ...]:
    """Return the faults of every record; the healthy lab's are none."""
    return tuple(_lines())


def record(*faults: str) -> evidence.Evidence:
    """Return what was seen of the lab that had these faults."""
    return evidence_json.restored(json.loads(_lines()[faults])["evidence"])


LISTS = {
    "frontend-port": "/api/v1/services",
    "namespace-finalizer": "/api/v1/namespaces",
    "workers-tainted": "/api/v1/nodes",
    "redis-too-strict": "/apis/networking.k8s.io/v1/networkpolicies",
    "guestbook-deny": "/apis/networking.k8s.io/v1/networkpolicies",
    "dns-blocked": "/apis/networking.k8s.io/v1/networkpolicies",
    "claim-unbound": "/api/v1/persistentvolumeclaims",
}
"""Faults of objects that a pair is composed of, and the list that shows each."""


def pair(first: str, second: str) -> evidence.Evidence:
    """Return what was seen of the lab that had both; if that was not recorded, composed of what each showed.

    Composed: the second's evidence, with the first's box in it, or the list of objects that shows the first.
    """
    if (first, second) in recorded():
        return record(first, second)
    view, other = record(second), record(first)
    if first in LISTS:
        lists = {**view.cluster.lists, LISTS[first]: other.cluster.items(LISTS[first])}
        return dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))
    where = next(finding.box for finding in judge.judge(other).found if finding.box)
    return dataclasses.replace(view, boxes={**view.boxes, where: other.boxes[where]})
