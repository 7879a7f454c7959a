"""How long to wait for an answer, and the loop that looks again: limits are for an idle computer, grow with its load.

A limit that ignores the load takes a slow answer for a broken part. The doors (`kube_api`, `ssh`, `kubectl`, `docker`
and those of the checks) ask here.
"""

from __future__ import annotations

import contextlib
import contextvars
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

EVERY = 0.25
"""Seconds between two looks: short against what is waited for, long against the cost of a look."""
MOST = 4.0
"""The most that a limit is multiplied by: beyond that a person would think that it hangs."""
SPIN = 0.012
"""Seconds of processor time of one measurement: several slices of the scheduler, so that a wait shows."""
KEPT = 3.0
"""Seconds for which a measurement is reused."""
LEAST = 0.05
"""The least limit in seconds: a limit of zero would be an error of its own."""

Given = TypeVar("Given")
Result = TypeVar("Result")
_lock = threading.Lock()
_measured: tuple[float, float] | None = None
"""The time and the result of the last measurement."""
_slowness = 1.0
_end: contextvars.ContextVar[float | None] = contextvars.ContextVar("end", default=None)
_more: contextvars.ContextVar[float] = contextvars.ContextVar("more", default=1.0)


def polls(limit: float, every: float = EVERY) -> Iterator[float]:
    """Yield once for each look, at least once, with the seconds since the first; end when `limit` seconds are over.

    Sleeps `every` seconds between two looks. After the last one the caller says what was waited for in vain.
    """
    begin = time.monotonic()
    while True:
        yield time.monotonic() - begin
        if time.monotonic() - begin > limit:
            return
        time.sleep(every)


def seconds(usual: float) -> float:
    """Return how long to wait for what takes at most `usual` seconds on an idle computer.

    Never longer than the rest of `within`.
    """
    end = _end.get()
    limit = usual * factor() * _more.get() * _slowness
    return limit if end is None else max(LEAST, min(limit, end - time.monotonic()))


def whole(usual: float) -> int:
    """Return the same in whole seconds, as programs take it, at least one."""
    return max(1, math.ceil(seconds(usual)))


def slower(times: float) -> None:
    """Multiply the limits of this process from now on: it looks at machines of an emulated processor."""
    global _slowness  # noqa: PLW0603 (one run, one lab)
    _slowness = times


def factor() -> float:
    """Return how many times slower than idle this computer is now: from 1 to `MOST`."""
    global _measured  # noqa: PLW0603 (one computer, one measurement)
    with _lock:
        now = time.monotonic()
        if _measured is None or now - _measured[0] > KEPT:
            _measured = (now, min(MOST, max(1.0, _waiting(), _queue())))
        return _measured[1]


def _waiting() -> float:
    """Return the time of a short piece of work, in multiples of its processor time."""
    begin, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < SPIN:
        pass
    return (time.monotonic() - begin) / SPIN


def _queue() -> float:
    """Return the number of processes for each processor, over the last minute."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


@contextlib.contextmanager
def within(limit: float) -> Iterator[None]:
    """Limit every call in this block to the time that the block has left."""
    mark = _end.set(time.monotonic() + limit)
    try:
        yield
    finally:
        _end.reset(mark)


@contextlib.contextmanager
def more(times: float) -> Iterator[None]:
    """Multiply the limits in this block: for a second try before a verdict."""
    mark = _more.set(times)
    try:
        yield
    finally:
        _more.reset(mark)


def carried(work: Callable[[Given], Result]) -> Callable[[Given], Result]:
    """Return work for other threads, under the limits of the calling block."""
    here = contextvars.copy_context()
    return lambda given: here.copy().run(work, given)
