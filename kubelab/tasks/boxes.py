"""boxes.*: how a machine that is no container gets its folder."""

from __future__ import annotations

import os
from typing import Any

from kubelab.converge import session
from kubelab.lab import ignition_documents, lifecycle
from kubelab.tasks import decorator
from kubelab.ui import progress

DEFAULT = os.environ.get("KUBELAB_LAB", "default")


@decorator.task(needs=decorator.Needs.NOTHING, help={"lab": "the lab: the name of a file under labs/"})
def make(_: Any, lab: str = DEFAULT) -> None:
    """Make all that a lab's machines are made of, and start none: software, box, files, and disks where it has them."""
    report = progress.Progress.chosen()
    with session.held(lab, report, claim=True) as held:
        lifecycle.make(held)
        report.say(f"what starts them: {lifecycle.how_to_start(held.lab)}")


@decorator.task(
    needs=decorator.Needs.NOTHING,
    help={
        "lab": "the lab: the name of a file under labs/",
        "disks": "write the two disks of each machine as well, with all software for a CoreOS system",
        "validate": "let Ignition's own validator read them (it is built from source if it is missing)",
    },
)
def ignition(_: Any, lab: str = DEFAULT, disks: bool = False, validate: bool = False) -> None:
    """Write Ignition documents for Flatcar: a bootstrap of at most 1 KiB and the whole machine, for each machine."""
    report = progress.Progress.chosen()
    with session.held(lab, report, claim=True) as held:
        written = ignition_documents.write(held)
        images = ignition_documents.disks(held) if disks else ()
    for path in (*written, *images):
        report.say(f"{path.stat().st_size:9} bytes  {path}")
    if validate:
        ignition_documents.validate(written, report)
        report.say(f"Ignition's validator accepts all {len(written)}")
