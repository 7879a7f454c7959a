"""Programs that judge what is rendered or a lab, and kubeadm: in no version set, built when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kubelab.components import software_catalogue

_IGNITION = "github.com/coreos/ignition/v2"
_KUBERNETES = "k8s.io/kubernetes"
_CONFORMANCE_STAMPS = {
    name: text.replace("{kubernetes", "{conformance") for name, text in software_catalogue.KUBERNETES_STAMPS.items()
}
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
    software_catalogue.Family(  # upstream's suite; specs look at their own version
        name="conformance",
        spdx="Apache-2.0",
        source="conformance",
        recipe=software_catalogue.Recipe.TEST,
        module=_KUBERNETES,
        target=f"{_KUBERNETES}/test/e2e",
        seconds=300,
        stamps=_CONFORMANCE_STAMPS,
        binaries=(software_catalogue.Binary(name="e2e.test", built="e2e.test"),),
    ),
    software_catalogue.Family(  # what runs the suite on several processes, and what its specs run in pods
        name="conformance-programs",
        spdx="Apache-2.0",
        source="conformance",
        module=_KUBERNETES,
        target=f"github.com/onsi/ginkgo/v2/ginkgo {_KUBERNETES}/test/images/nonewprivs k8s.io/sample-apiserver",
        seconds=90,
        stamps=_CONFORMANCE_STAMPS,
        binaries=(
            software_catalogue.Binary(name="ginkgo", built="ginkgo"),
            software_catalogue.Binary(name="nonewprivs", built="nonewprivs"),
            software_catalogue.Binary(name="sample-apiserver", built="sample-apiserver"),
        ),
    ),
)

TOOLS: Mapping[str, software_catalogue.Family] = MappingProxyType({family.name: family for family in _TOOLS})
