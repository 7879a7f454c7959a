"""Durations on this computer, kept in the user's cache: they estimate how long a run will take."""

from __future__ import annotations

import contextlib
import json
import statistics
from pathlib import Path

from kubelab import errors, paths
from kubelab.files import atomic, strictjson

KEPT = 9
"""Remembered runs of each kind: enough for a median, few enough to follow a change."""


LARGEST = 1 << 20


def file() -> Path:
    """Return the file; deleting it loses only the estimates."""
    return paths.cache() / "history.json"


def usual(kind: str) -> float | None:
    """Return the median of the last runs of a kind, in seconds; None without any."""
    runs = _read().get(kind)
    return statistics.median(runs) if runs else None


def keep(kind: str, seconds: float) -> None:
    """Remember one more run. If the cache cannot be written, only an estimate is lost."""
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
