"""The committed version set, for the tests of components."""

from __future__ import annotations

from kubelab import model
from kubelab.config import load


def versions(**changed: str) -> model.VersionSet:
    """Return the set 1.37 as its file has it, with some versions changed."""
    found = load.versions("1.37")
    return model.VersionSet(name=found.name, components={**found.components, **changed})
