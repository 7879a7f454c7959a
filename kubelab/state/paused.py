"""The mark of a lab that course.pause paused: in the user's cache, so that a word asks no provider whether one is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kubelab import paths
from kubelab.files import atomic, strictjson

LARGEST = 64 << 10


@dataclass(frozen=True, kw_only=True)
class Mark:
    """When a lab was paused, which of its checks failed then, and when its boxes were resumed, if they were."""

    since: str
    ill: frozenset[str]
    resumed: float = 0.0
    """Seconds of the epoch."""


def write(lab: str, mark: Mark) -> None:
    """Keep the mark of a lab."""
    row = {"since": mark.since, "ill": sorted(mark.ill), "resumed": mark.resumed}
    atomic.write(path(lab), json.dumps(row), durable=False)


def begun(lab: str, ill: Iterable[str]) -> None:
    """Mark a lab as paused from now on; `ill` are the names of the checks that fail."""
    write(lab, Mark(since=time.strftime("%Y-%m-%d %H:%M:%S"), ill=frozenset(ill)))


def read(lab: str) -> Mark | None:
    """Return the mark of a lab; None if it is not paused. A damaged mark counts as one."""
    try:
        row = strictjson.table(strictjson.content(path(lab), most=LARGEST), most=LARGEST)
        return Mark(since=str(row["since"]), ill=frozenset(map(str, row["ill"])), resumed=float(row["resumed"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Mark(since="a moment that cannot be read", ill=frozenset())


def forget(lab: str) -> None:
    """Remove the mark of a lab that runs again, or is gone."""
    path(lab).unlink(missing_ok=True)


def path(lab: str) -> Path:
    """Return the place of the mark. All checkouts share it, as they share the lab's lock."""
    return paths.cache() / "paused" / paths.LabPaths(name=lab).name
