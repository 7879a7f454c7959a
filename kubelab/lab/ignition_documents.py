"""Ignition documents of a lab's machines: written, and read by Ignition's own validator."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kubelab import components, errors
from kubelab.clients import patience, program
from kubelab.components import selection, software_disk
from kubelab.converge import compose, session
from kubelab.providers import machine_disk
from kubelab.render import ignition
from kubelab.state import workspace
from kubelab.ui import progress

VALIDATOR = "ignition-validate"


def write(held: session.Held) -> tuple[Path, ...]:
    """Render a lab and its documents; return the documents' paths, two for each machine. Nothing is started."""
    rendering = compose.compose(held.lab, held.where)
    compose.write(rendering)
    return workspace.write_ignition(held.where, ignition.documents(held.lab, rendering.files))


def disks(held: session.Held) -> tuple[Path, ...]:
    """Write the disks that go with the documents: one for each machine, and the software's, built if it is missing.

    The software's has what a CoreOS system may lack. Raises `box-tools`, `vm-disk`, and what building raises.
    """
    lab, report = held.lab, held.report
    wanted = selection.of_lab(lab)
    components.ensure(lab.versions, report, wanted)
    return (*machine_disk.renew_all(lab, held.where), software_disk.ensure(lab.versions, report, wanted, programs=True))


def validate(documents: Iterable[Path], report: progress.Progress) -> None:
    """Let Ignition's validator, built if it is missing, read every document; a remark of it is a refusal as well.

    Raises LabError `ignition-refused` with all that it says, and what `components.ensure_tool` raises.
    """
    validator = components.ensure_tool(VALIDATOR, report)
    refused = []
    for document in documents:
        done = program.run([str(validator), str(document)], timeout=patience.seconds(60))
        if done.returncode or done.stdout.strip():
            refused.append(f"{document.name}: {(done.stdout + done.stderr).strip()}")
    if refused:
        raise errors.LabError("ignition-refused", f"Ignition refuses {len(refused)} documents", details=refused)
