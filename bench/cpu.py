"""Watches the CPU seconds of a run in a thread, and tells them for any moment of it."""

from __future__ import annotations

import bisect
import concurrent.futures
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from bench import looks

EVERY = 0.1
"""Seconds between two looks."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What each part had taken at one moment, in seconds after the begin."""

    at: float
    parts: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The CPU seconds of one run: snapshots in order, and what the looks themselves took."""

    snapshots: Sequence[Snapshot]
    cost: float = 0.0

    def at(self, moment: float) -> dict[str, float]:
        """Return part to CPU seconds until a moment: between two snapshots on the line that joins them."""
        times = [snapshot.at for snapshot in self.snapshots]
        after = min(bisect.bisect_left(times, moment), len(times) - 1)
        before = max(after - 1, 0)
        left, right = self.snapshots[before], self.snapshots[after]
        width = right.at - left.at
        share = min(max((moment - left.at) / width, 0.0), 1.0) if width else 1.0
        first = {part: left.parts.get(part, 0.0) for part in right.parts}
        return {part: first[part] + share * (value - first[part]) for part, value in right.parts.items()}

    def named(self, names: Mapping[str, str]) -> Usage:
        """Return it with the names of machines for the identifiers of their boxes, and without other boxes."""
        known = {**names, **{part: part for part in looks.OUTSIDE}}
        rows = [
            Snapshot(at=row.at, parts={known[part]: value for part, value in row.parts.items() if part in known})
            for row in self.snapshots
        ]
        return Usage(snapshots=rows, cost=self.cost)

    def about(self) -> str:
        """Return what watching took, for people."""
        share = self.cost / max(self.snapshots[-1].at, 0.001)
        return f"watching took {self.cost:.2f} CPU s in {len(self.snapshots)} looks, {share:.1%} of one processor"


class Watch:
    """A context in which a run is watched; `usage` says afterwards what it took."""

    def __init__(self) -> None:
        """Watch from the begin of the context."""
        self._snapshots: list[Snapshot] = []
        self._cost = 0.0
        self._over = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=1)

    def __enter__(self) -> Watch:
        """Take what is there as the begin; the thread's looks follow."""
        self._look = looks.Look()
        self._begin = time.monotonic()
        self._watching = self._pool.submit(self._watch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, _: TracebackType | None
    ) -> None:
        """Take the last look; a look that failed is raised, unless the run itself failed."""
        self._over.set()
        self._pool.shutdown()
        if problem is None:
            self._watching.result()

    @property
    def usage(self) -> Usage:
        """Return what was seen, by the containers' identifiers."""
        return Usage(snapshots=tuple(self._snapshots), cost=self._cost)

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            self._snap()
        self._snap()

    def _snap(self) -> None:
        at = time.monotonic() - self._begin
        begin = time.thread_time()
        parts = self._look.seconds()
        self._cost += time.thread_time() - begin
        self._snapshots.append(Snapshot(at=at, parts=parts))
