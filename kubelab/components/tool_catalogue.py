"""Programs that judge what is rendered, and kubeadm: in no version set and in no lab, built when one is asked for."""

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
    software_catalogue.Family(  # for bench/ only: the peer that this lab is measured against
        name="kubeadm",
        spdx="Apache-2.0",
        source="kubernetes",
        module="k8s.io/kubernetes",
        target="k8s.io/kubernetes/cmd/kubeadm",
        seconds=60,
        stamps=software_catalogue.KUBERNETES_STAMPS,
        binaries=(software_catalogue.Binary(name="kubeadm", built="kubeadm"),),
    ),
)

TOOLS: Mapping[str, software_catalogue.Family] = MappingProxyType({family.name: family for family in _TOOLS})
