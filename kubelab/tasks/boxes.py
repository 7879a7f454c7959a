"""boxes.*: how a machine that is no container gets its folder."""

from __future__ import annotations

import os
from typing import Any

from kubelab.converge import session
from kubelab.lab import ignition_documents
from kubelab.tasks import decorator
from kubelab.ui import progress

DEFAULT = os.environ.get("KUBELAB_LAB", "default")


@decorator.task(
    needs=decorator.Needs.NOTHING,
    help={
        "lab": "the lab: the name of a file under labs/",
        "validate": "let Ignition's own validator read them (it is built from source if it is missing)",
    },
)
def ignition(_: Any, lab: str = DEFAULT, validate: bool = False) -> None:
    """Write Ignition documents for Flatcar: a bootstrap of at most 1 KiB and the whole machine, for each machine."""
    report = progress.Progress.chosen()
    with session.held(lab, report, claim=True) as held:
        written = ignition_documents.write(held)
    for path in written:
        report.say(f"{path.stat().st_size:7} bytes  {path}")
    if validate:
        ignition_documents.validate(written, report)
        report.say(f"Ignition's validator accepts all {len(written)}")
