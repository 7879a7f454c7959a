"""The committed version set, for the tests of components."""

from __future__ import annotations

from typing import Any

import ruamel.yaml

from kubelab import model, paths


def versions(**changed: str) -> model.VersionSet:
    """Return the set 1.37 as its file has it, with some versions changed."""
    text = (paths.VERSIONS / "1.37.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = ruamel.yaml.YAML(typ="safe").load(text)
    return model.VersionSet(name="1.37", components={**found["components"], **changed})
