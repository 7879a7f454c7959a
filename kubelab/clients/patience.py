"""How long to wait for an answer: every limit is for a computer that has time, and grows with how busy this one is.

Given up too early, what is only slow would be taken for what is broken. The doors (`api`, `remote`, `kubectl`, `docker`
and those of the checks) ask here; nothing else multiplies a limit.
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

MOST = 4.0
"""How many times its usual length a limit may get: beyond that a person would think that nothing happens."""
SPIN = 0.012
"""Seconds of processor time that one measurement takes: several slices of the scheduler, so that a wait is seen."""
KEPT = 3.0
"""Seconds for which a measurement is taken to be true."""
LEAST = 0.05
"""Seconds that are left at least: a limit of nothing would be an error of its own."""

Given = TypeVar("Given")
Result = TypeVar("Result")
_lock = threading.Lock()
_measured: tuple[float, float] | None = None
"""When the last measurement was taken, and what it was."""
_end: contextvars.ContextVar[float | None] = contextvars.ContextVar("end", default=None)
_more: contextvars.ContextVar[float] = contextvars.ContextVar("more", default=1.0)


def seconds(usual: float) -> float:
    """Return how long to wait for what takes `usual` seconds at most on a computer that has time.

    Never longer than what is left of `within`.
    """
    end = _end.get()
    limit = usual * factor() * _more.get()
    return limit if end is None else max(LEAST, min(limit, end - time.monotonic()))


def whole(usual: float) -> int:
    """Return the same as programs take it: whole seconds, and one at least."""
    return max(1, math.ceil(seconds(usual)))


def factor() -> float:
    """Return how many times slower than with time to spare this computer is now: from 1 to `MOST`."""
    global _measured  # noqa: PLW0603 (one computer, one measurement)
    with _lock:
        now = time.monotonic()
        if _measured is None or now - _measured[0] > KEPT:
            _measured = (now, min(MOST, max(1.0, _waiting(), _queue())))
        return _measured[1]


def _waiting() -> float:
    """Return how long a short piece of work takes here, in multiples of the processor time that it needs."""
    begin, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < SPIN:
        pass
    return (time.monotonic() - begin) / SPIN


def _queue() -> float:
    """Return how many processes want each processor, over the last minute."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


@contextlib.contextmanager
def within(limit: float) -> Iterator[None]:
    """Let nothing that is asked in this block wait for longer than the block has left."""
    mark = _end.set(time.monotonic() + limit)
    try:
        yield
    finally:
        _end.reset(mark)


@contextlib.contextmanager
def more(times: float) -> Iterator[None]:
    """Wait that many times longer in this block: for whoever asks again before a verdict."""
    mark = _more.set(times)
    try:
        yield
    finally:
        _more.reset(mark)


def carried(work: Callable[[Given], Result]) -> Callable[[Given], Result]:
    """Return work for other threads, under the limits of the block that hands it over."""
    here = contextvars.copy_context()
    return lambda given: here.copy().run(work, given)
