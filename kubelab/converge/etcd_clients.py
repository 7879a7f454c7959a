"""Has the pod network's programs connect to an etcd that is back, which they would not try for up to two minutes."""

from __future__ import annotations

from kubelab import checks, paths
from kubelab.clients import patience, ssh

SCRIPT = paths.PROVISION / "wake-etcd-clients.sh"
TIMEOUT = 30.0
CONNECTED = 40.0
"""Seconds for a program that was started anew to connect; the kubelet may wait 10 before it runs a pod again."""


def wake(view: checks.View) -> list[str]:
    """Start anew what is not connected to an etcd that answers, and wait until it is; return "program on box" of each.

    A connected program is left alone, and nothing happens while etcd does not answer. Boxes that do not answer are left
    out: the checks of a healthy lab name them.
    """
    done = _asked(view, "")
    if done:
        for _ in patience.polls(CONNECTED):
            if not _asked(view, "look"):
                break
    return done


def _asked(view: checks.View, word: str) -> list[str]:
    """Return "program on box" of what is not connected; without a word it is started anew."""
    given = SCRIPT.read_bytes()
    command = f"sudo bash -s {word}".strip()
    said = ssh.each(view.lab.nodes, lambda machine: ssh.run(view.where, machine, command, timeout=TIMEOUT, given=given))
    return [f"{name} on {box}" for box, names in said.items() if isinstance(names, str) for name in names.split()]
