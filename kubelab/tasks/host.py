"""host.*: prepare this computer for labs, and check whether it can run them."""

from __future__ import annotations

import os
from typing import Any

from kubelab import errors, model
from kubelab.config import load
from kubelab.host import actions
from kubelab.host import doctor as looks
from kubelab.host import setup as steps
from kubelab.tasks import decorator
from kubelab.ui import progress, terminal

DEFAULT = os.environ.get("KUBELAB_LAB", "default")


@decorator.task(help={"lab": "a lab of virtual machines: install and start what they need as well"})
def setup(_: Any, lab: str = "") -> None:
    """Install and start what the embedded boxes need: Docker, Vagrant and the tools that build the rest."""
    virtual = bool(lab) and load.read(lab).provider is model.Provider.LIBVIRT
    steps.run(progress.Progress.chosen(log=actions.log()), virtual=virtual)


@decorator.task(help={"lab": "the lab that should fit here", "json": "print one JSON document for programs"})
def doctor(_: Any, lab: str = DEFAULT, json: bool = False) -> errors.Exit:
    """Check everything that a lab needs of this computer. Exit code 0 only if every requirement is met."""
    found = looks.everything(looks.lab(lab))
    if json:
        terminal.write(looks.as_json(found) + "\n")
    else:
        looks.show(found)
    return errors.Exit.GOOD if looks.fit(found) else errors.Exit.FAILED
