"""Programs that judge what is rendered: in no version set and on no box, built when a word or a test asks for one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kubelab.components import software_catalogue

_IGNITION = "github.com/coreos/ignition/v2"
_TOOLS = (
    software_catalogue.Family(
        name="ignition-validate",
        spdx="Apache-2.0",
        source="ignition",
        module=_IGNITION,
        target=f"{_IGNITION}/validate",
        seconds=10,
        stamps={f"{_IGNITION}/internal/version.Raw": "v{ignition}"},
        binaries=(software_catalogue.Binary(name="ignition-validate", built="validate"),),
    ),
    software_catalogue.Family(
        name="ignition",
        spdx="Apache-2.0",
        source="ignition",
        module=_IGNITION,
        target=f"{_IGNITION}/internal",
        cgo=True,  # libblkid
        seconds=210,
        stamps={
            f"{_IGNITION}/internal/version.Raw": "v{ignition}",
            f"{_IGNITION}/internal/distro.selinuxRelabel": "false",
        },
        binaries=(software_catalogue.Binary(name="ignition", built="internal"),),
    ),
)

TOOLS: Mapping[str, software_catalogue.Family] = MappingProxyType({family.name: family for family in _TOOLS})
