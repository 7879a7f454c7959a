"""How a program of this computer is run to its end, with what it prints as text."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
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
