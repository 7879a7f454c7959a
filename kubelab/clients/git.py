"""The door to git for this checkout; works also without git or outside of a checkout."""

from __future__ import annotations

import subprocess

from kubelab import paths
from kubelab.clients import program

ABSENT = 127
"""The exit code of a shell for a missing command."""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Return the result of a git command in the checkout; without git its exit code is `ABSENT` and stderr says so."""
    command = ["git", "-C", str(paths.ROOT), *words]
    try:
        return program.run(command)
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, ABSENT, stdout="", stderr="there is no git command")


def turn() -> int:
    """Return a number that follows from the commit; 0 if git cannot tell."""
    return int(said("rev-parse", "HEAD")[:8] or "0", 16)


def said(*words: str, otherwise: str = "") -> str:
    """Return what a git command printed, without blanks around it; `otherwise` if it failed or printed nothing."""
    done = run(*words)
    return (done.stdout.strip() if done.returncode == 0 else "") or otherwise
