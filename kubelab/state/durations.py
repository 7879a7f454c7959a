"""How long things took on this computer, kept in the user's cache: what "usually" means when a run begins."""

from __future__ import annotations

import contextlib
import json
import statistics
from pathlib import Path

from kubelab import errors, paths
from kubelab.files import atomic, strictjson

KEPT = 9
"""Runs that are remembered of each kind: enough for a median, few enough to follow a change."""


LARGEST = 1 << 20


def file() -> Path:
    """Return where it is kept; deleting it costs nothing but the estimates."""
    return paths.cache() / "history.json"


def usual(kind: str) -> float | None:
    """Return the median of the last runs of a kind, in seconds; None if there was none yet."""
    runs = _read().get(kind)
    return statistics.median(runs) if runs else None


def keep(kind: str, seconds: float) -> None:
    """Remember one more run. A cache that cannot be written loses an estimate, and nothing else."""
    known = _read()
    known[kind] = [*known.get(kind, []), round(seconds, 2)][-KEPT:]
    with contextlib.suppress(errors.LabError):
        atomic.write(file(), json.dumps(known, indent=1, sort_keys=True), durable=False)


def _read() -> dict[str, list[float]]:
    try:
        found = strictjson.table(strictjson.content(file(), most=LARGEST), most=LARGEST)
        return {kind: [float(run) for run in runs] for kind, runs in found.items() if runs}
    except (OSError, ValueError, TypeError):
        return {}
