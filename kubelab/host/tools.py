"""The programs that a lab, its build and its tests run, and whether they are new enough."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence

from kubelab import errors, model
from kubelab.clients import program
from kubelab.components import toolchain
from kubelab.host import doctor_findings, packages

OLDEST_VAGRANT = (2, 3)
PROVIDER_TOOLS: Mapping[model.Provider, tuple[str, str]] = {
    model.Provider.VIRTUALBOX: ("VBoxManage", "https://www.virtualbox.org/wiki/Linux_Downloads"),
    model.Provider.LIBVIRT: ("virsh", "./run host.setup --lab NAME"),
}


def tool(command: str, *, required: bool) -> doctor_findings.Look:
    """Return the check that a command is there."""

    def check(_: doctor_findings.Subject) -> doctor_findings.Finding:
        path = packages.which(command)
        return doctor_findings.Finding(
            what=command, found=path or "not installed", wanted="installed", fix=doctor_findings.SETUP, ok=bool(path),
            required=required,
        )  # fmt: skip

    return check


def check_vagrant(_: doctor_findings.Subject) -> doctor_findings.Finding:
    """Vagrant's version, and the one that the package manager offers."""
    said = output(["vagrant", "--version"])
    found = re.search(r"(\d+)\.(\d+)[.\w]*", said)
    offered = packages.candidates(["vagrant"]).get("vagrant")
    ok = found is not None and (int(found[1]), int(found[2])) >= OLDEST_VAGRANT
    return doctor_findings.Finding(
        what="Vagrant",
        found=f"{found[0] if found else 'not installed'} (apt offers {offered or 'none'})",
        wanted="2.3 or newer",
        fix=doctor_findings.SETUP if offered else packages.UPSTREAM["vagrant"],
        ok=ok,
    )


def check_provider(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """The program behind the lab's provider; Docker has a row of its own."""
    command, fix = PROVIDER_TOOLS.get(subject.lab.provider, ("", ""))
    path = packages.which(command) if command else None
    return doctor_findings.Finding(
        what=f"provider {subject.lab.provider}",
        found=path or (f"no {command}" if command else "see Docker"),
        wanted=f"{command} installed" if command else "Docker",
        fix=fix,
        ok=bool(path) or not command,
    )


def check_go(_: doctor_findings.Subject) -> doctor_findings.Finding:
    """A Go toolchain that is new enough to build the components."""
    wanted = ".".join(map(str, toolchain.OLDEST))
    try:
        found, ok = f"{toolchain.go_version()} at {toolchain.go()}", True
    except errors.LabError as problem:
        found, ok = "; ".join(problem.details) or "not installed", False
    return doctor_findings.Finding(
        what="Go", found=found, wanted=f"{wanted} or newer, to build", fix=doctor_findings.SETUP, ok=ok, required=False
    )


def output(words: Sequence[str]) -> str:
    """Return the output of a command, in plain English; empty if it cannot run."""
    try:
        return program.run(words, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
