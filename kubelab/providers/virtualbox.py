"""Boxes that are virtual machines of VirtualBox: rendered and filled here; only Vagrant's own words start them."""

from __future__ import annotations

from dataclasses import dataclass

from kubelab import model, paths
from kubelab.providers import machine_disk, provider


@dataclass(frozen=True, kw_only=True)
class VirtualBox(provider.Provider):
    """VirtualBox, of which nothing is asked: it has never run where this project is tested."""

    kind: model.Provider = model.Provider.VIRTUALBOX

    def fill(self, lab: model.Lab, where: paths.LabPaths) -> None:
        """Write each machine's disk anew, for its next start."""
        machine_disk.renew_all(lab, where)
