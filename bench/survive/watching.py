"""A client that uses the lab all the time, and measures how long each service paused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

INTERVAL = 0.7
"""Seconds between two tries of one kind."""
PATIENCE = 2.0
"""Seconds after which a try has failed."""


@dataclass
class Tries:
    """Successful tries of one kind: (begin, end) on the monotonic clock; `last` is the last failure's reason."""

    good: list[tuple[float, float]] = field(default_factory=list)
    count: int = 0
    last: str = ""


@dataclass(frozen=True, kw_only=True)
class Outage:
    """An outage of a service: total and longest pause in seconds; `ended` is None if it still lasts."""

    total: float
    longest: float
    ended: float | None

    @property
    def words(self) -> str:
        """Return the outage in the words of the page's table."""
        if self.ended is None:
            return f"not for the last {self.total:.0f} s"
        if not self.total:
            return "yes"
        if self.longest > self.total - 1:
            return f"paused {self.total:.1f} s"
        return f"paused {self.total:.1f} s, {self.longest:.1f} s at once"


class Watch:
    """Tries every way of `ways` again and again, each in a thread of its own; used as a context manager."""

    def __init__(self, ways: Mapping[str, Callable[[], object]]) -> None:
        """Watch `ways`: name to a call that returns if the lab served it and raises if not."""
        self.tries = {name: Tries() for name in ways}
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._try, args=(name, way), daemon=True) for name, way in ways.items()
        ]

    def __enter__(self) -> Watch:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and wait for the tries under way."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _try(self, name: str, way: Callable[[], object]) -> None:
        tries = self.tries[name]
        while not self._over.is_set():
            begin = time.monotonic()
            tries.count += 1
            try:
                way()
            except Exception as problem:  # any failure means that the lab did not serve it
                tries.last = f"{type(problem).__name__}: {problem}"
            else:
                tries.good.append((begin, time.monotonic()))
            self._over.wait(max(0.05, INTERVAL - (time.monotonic() - begin)))

    def served(self, names: Sequence[str], since: float) -> bool:
        """Return whether a try of any of these that began at or after `since` succeeded."""
        return any(begin >= since for name in names for begin, _ in self.tries[name].good[-3:])

    def outage(self, names: Sequence[str], since: float, until: float) -> Outage:
        """Return the outage between two moments: the time in which none of these was served."""
        good = sorted(pair for name in names for pair in list(self.tries[name].good))
        return outage(good, since, until)


def outage(good: Sequence[tuple[float, float]], since: float, until: float) -> Outage:
    """Return the time without success: each gap from one success to the begin of the next that is longer than usual.

    A usual gap is that of a client that tries every `INTERVAL` seconds and waits up to `PATIENCE` for an answer.
    """
    gaps = []
    last = since
    ended: float | None = since
    for begin, end in good:
        if end < since or begin > until:
            continue
        gap = begin - last
        if gap > INTERVAL + 0.5:
            gaps.append(gap)
            ended = begin
        last = max(last, end)
    tail = until - last
    if tail > INTERVAL + PATIENCE + 0.5:
        gaps.append(tail)
        ended = None
    return Outage(total=round(sum(gaps), 1), longest=round(max(gaps, default=0.0), 1), ended=ended)
