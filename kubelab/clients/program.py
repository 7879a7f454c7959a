"""How a program of this computer is run to its end, with what it prints as text."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kubelab.clients import surroundings


def run(
    words: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    given: str | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Return how a program ended and what it printed, in UTF-8, damaged bytes replaced; `given` is its input.

    Without `env` its environment is `surroundings.child()`. `timeout` is in seconds. Raises OSError for a program that
    cannot be started and `subprocess.TimeoutExpired`.
    """
    return subprocess.run(
        words,
        env=surroundings.child() if env is None else env,
        input=given,
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Treat a closed terminal and a polite kill like Ctrl-C: a program of its own session would outlive this one."""
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # a background job begins with Ctrl-C ignored
    before = {name: signal.signal(name, signal.default_int_handler) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
