"""A kubelet that started while the API server was away, and does not take the manifest that would bring it back."""

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
"""Seconds: an API server that still ends is given up to 40."""
NOTICED = 45
"""Seconds in which a kubelet that hears has made a pod of a manifest: its look every 20 s, and 10 s for the end
of what ran before."""
INTERVAL = 15.0


def wake(where: paths.LabPaths, machine: model.Machine, *, after: int = 0) -> str:
    """Have a machine's kubelet run the API server's manifest, if that was put there `after` seconds ago or earlier.

    Nothing happens while an API server answers or once the manifest was run: then the kubelet hears. Return what was
    done, in words; empty if nothing. Raises as `remote.run` does.
    """
    given = SCRIPT.read_bytes()
    return ssh.run(where, machine, f"sudo bash -s {after}", timeout=TIMEOUT, given=given).strip()


class Watch:
    """Wakes the kubelets of a lab whose API server does not come; called between the looks of a wait."""

    def __init__(self, view: checks.View, report: progress.Progress) -> None:
        """Look first after `INTERVAL`; what was done is said in the report."""
        self._view = view
        self._report = report
        self._next = time.monotonic() + INTERVAL
        self.woke = False

    def __call__(self) -> None:
        """Look every `INTERVAL` seconds; who cannot be asked is left to the wait itself, which says so."""
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
