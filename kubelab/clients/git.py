"""The door to git: what it says of this checkout, also where there is no git or no checkout."""

from __future__ import annotations

import subprocess

from kubelab import paths
from kubelab.clients import surroundings

ABSENT = 127
"""The exit code that a shell gives for a command that is not there."""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Return what a git command in the checkout said; without git its exit code is `ABSENT` and stderr says so."""
    command = ["git", "-C", str(paths.ROOT), *words]
    try:
        return subprocess.run(
            command, env=surroundings.child(), capture_output=True, encoding="utf-8", errors="replace", check=False
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, ABSENT, stdout="", stderr="there is no git command")
