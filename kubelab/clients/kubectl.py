"""The door to the lab's own kubectl on this computer, with the lab's own kubeconfig: never the user's."""

from __future__ import annotations

import subprocess

from kubelab import errors, paths
from kubelab.clients import doors, patience, program, surroundings


def run(where: paths.LabPaths, *words: str, given: str = "", timeout: float = 60) -> str:
    """Return what `kubectl WORDS` printed; LabError `kubectl-failed` has its last words."""
    try:
        done = call(where, *words, given=given, timeout=timeout)
    except doors.NoAnswer as late:
        raise _failed(words, str(late)) from late
    if done.returncode:
        raise _failed(words, done.stderr or done.stdout)
    return done.stdout


def call(where: paths.LabPaths, *words: str, given: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Return the exit code and output of `kubectl WORDS`; raise `doors.NoAnswer` if time was up before.

    `timeout` is in seconds on an idle computer: a busy one gets more (`patience`).
    """
    limit = patience.seconds(timeout)
    try:
        return program.run(
            [str(where.bin / "kubectl"), *words],
            env=surroundings.inside({"KUBECONFIG": str(where.kubeconfig)}),
            given=given,
            timeout=limit,
        )
    except subprocess.TimeoutExpired as late:
        raise doors.NoAnswer(f"no answer in {limit:.0f} s", late=True) from late


def apply(where: paths.LabPaths, documents: str) -> str:
    """Apply documents as the control plane does: fields that others set become the lab's again."""
    return run(where, "apply", "--server-side", "--force-conflicts", "--validate=false", "-f", "-", given=documents)


def _failed(words: tuple[str, ...], said: str) -> errors.LabError:
    return errors.LabError("kubectl-failed", f"kubectl {' '.join(words)} failed", details=said.splitlines()[-10:])
