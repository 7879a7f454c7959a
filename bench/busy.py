"""Keeps processors busy beside a measurement."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator

BURN = "while kill -0 $1 2> /dev/null; do n=0; while [ $n -lt 100000 ]; do n=$((n + 1)); done; done"
"""A loop that also ends by itself, within a second, once the process `$1` is gone: a killed bench leaves nothing."""


@contextlib.contextmanager
def burning(count: int) -> Iterator[None]:
    """Run `count` processes that each keep a processor busy, and end them afterwards."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            words = ["/bin/sh", "-c", BURN, "burn", str(os.getpid())]
            stack.callback(_end, subprocess.Popen(words, start_new_session=True))
        yield


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
