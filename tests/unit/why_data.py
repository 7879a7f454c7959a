"""Evidence of labs that were broken on purpose, recorded whole: `data/why/evidence.jsonl.xz`, one document a line.

Each line is {"faults": […], "evidence": …} as `kubelab.diagnosis.recording` writes it; no faults: the healthy lab.
Recorded by `KUBELAB_RECORD=FILE pytest tests/life/test_why.py` from a lab of labs/bench.yaml.
"""

from __future__ import annotations

import functools
import json
import lzma

from kubelab import paths
from kubelab.diagnosis import recording, seen

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


def evidence(*faults: str) -> seen.Seen:
    """Return what was seen of the lab that had these faults."""
    return recording.restored(json.loads(_lines()[faults])["evidence"])
