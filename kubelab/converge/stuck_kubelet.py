"""Restarts a kubelet that started without an API server, and ignores the manifest that would bring it back."""

from __future__ import annotations

import time

from kubelab import checks, model, paths
from kubelab.checks import wait
from kubelab.clients import doors, ssh
from kubelab.render import roles
from kubelab.ui import progress

MANIFEST = f"{roles.MANIFESTS}/kube-apiserver.yaml"
SCRIPT = paths.PROVISION / "wake-kubelet.sh"
TIMEOUT = 90.0
"""Seconds: an API server that is still ending gets up to 40."""
NOTICED = 45
"""A working kubelet starts a manifest's pod within these seconds: a rescan every 20 s, and 10 s for the old pod."""
INTERVAL = 15.0


def wake(where: paths.LabPaths, machine: model.Machine, *, after: int = 0) -> str:
    """Have a machine's kubelet run the API server's manifest, if that is at least `after` seconds old.

    Nothing happens while an API server answers or once the manifest was run: then the kubelet works. Return what was
    done, in words; empty if nothing. Raises as `ssh.run` does.
    """
    given = SCRIPT.read_bytes()
    return ssh.run(where, machine, f"sudo bash -s {after}", timeout=TIMEOUT, given=given).strip()


class Watch:
    """Restarts the stuck kubelets of a lab without an API server; called between the looks of a wait."""

    def __init__(self, view: checks.View, report: progress.Progress) -> None:
        """Look first after `INTERVAL`; actions go into the report."""
        self._view = view
        self._report = report
        self._next = time.monotonic() + INTERVAL
        self.woke = False

    def __call__(self) -> None:
        """Look every `INTERVAL` seconds; the wait itself reports boxes that do not answer."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + INTERVAL
        if not wait.failure(self._view, checks.api_ready):
            return
        for machine in self._view.lab.control_plane:
            try:
                done = wake(self._view.where, machine, after=NOTICED)
            except doors.DoorError:
                continue
            if done:
                self.woke = True
                self._report.say(f"   {machine.name}: {done}")
