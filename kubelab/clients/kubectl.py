"""The door to the lab's own kubectl on this computer, with the lab's own kubeconfig: never the person's."""

from __future__ import annotations

import subprocess

from kubelab import errors, paths
from kubelab.clients import patience, surroundings


def run(where: paths.LabPaths, *words: str, given: str = "", timeout: float = 60) -> str:
    """Return what `kubectl WORDS` printed; LabError `kubectl-failed` has its last words."""
    command = [str(where.bin / "kubectl"), *words]
    limit = patience.seconds(timeout)
    try:
        done = subprocess.run(  # noqa: PLW1510 (looked at below)
            command,
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit,
            env=surroundings.inside({"KUBECONFIG": str(where.kubeconfig)}),
        )
    except subprocess.TimeoutExpired as late:
        raise _failed(words, f"no answer in {limit:.0f} s") from late
    if done.returncode:
        raise _failed(words, done.stderr or done.stdout)
    return done.stdout


def apply(where: paths.LabPaths, documents: str) -> str:
    """Apply documents as the control plane does it: what somebody else set becomes the lab's again."""
    return run(where, "apply", "--server-side", "--force-conflicts", "--validate=false", "-f", "-", given=documents)


def _failed(words: tuple[str, ...], said: str) -> errors.LabError:
    return errors.LabError("kubectl-failed", f"kubectl {' '.join(words)} failed", details=said.splitlines()[-10:])
