"""Flannel's leases of the pod network: those of no machine of the lab are deleted, and pods with a lost address end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from kubelab import checks, errors, paths
from kubelab.clients import ssh
from kubelab.ui import progress

RELEASE = paths.PROVISION / "release-leases.sh"
END_PODS = paths.PROVISION / "end-moved-pods.sh"


def release(view: checks.View, which: str, addresses: Sequence[str]) -> list[str]:
    """Delete the leases "of" these addresses, or all "except" theirs; return the addresses whose leases are gone.

    A lease stays in etcd for a day, and as long do all nodes send to it. Raises as `ssh.run` does.
    """
    command = f"sudo bash -s {which} {shlex.join(addresses)}"
    given = RELEASE.read_bytes()
    return ssh.first(view.lab.etcd, lambda member: ssh.run(view.where, member, command, given=given)).split()


def repair(view: checks.View, report: progress.Progress) -> None:
    """Leave one lease for each machine, and end the pods with an address of another one: the kubelet starts them anew.

    LabError `apply-failed` if a node does not answer.
    """
    with report.phase("repair pod network") as phase:
        gone = release(view, "except", [str(machine.address) for machine in view.lab.machines])
        given = END_PODS.read_bytes()
        done = ssh.each(view.lab.nodes, lambda machine: ssh.run(view.where, machine, "sudo bash -s", given=given))
        failed = [result for result in done.values() if isinstance(result, Exception)]
        if failed:
            raise errors.LabError("apply-failed", "a node's pods could not be looked at", details=failed)
        ended = [f"{name}: {row}" for name, said in done.items() for row in str(said).splitlines()]
        said = [f"lease of {address} deleted" for address in gone] + [f"pod ended: {row}" for row in ended]
        phase.done(", ".join(said) or "no lease of a foreign machine")
