"""Probes of the add-ons that not every lab has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubelab import model
from kubelab.checks import more_addons
from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding

LISTS: Mapping[model.Addon, tuple[str, ...]] = {
    model.Addon.METRICS: (
        "/apis/apiregistration.k8s.io/v1/apiservices",
        "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    ),
    model.Addon.LOADBALANCER: (
        "/apis/apps/v1/daemonsets",
        "/apis/metallb.io/v1beta1/ipaddresspools",
        "/apis/metallb.io/v1beta1/l2advertisements",
    ),
    model.Addon.GATEWAY: (
        "/apis/gateway.networking.k8s.io/v1/gateways",
        "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
        "/apis/networking.k8s.io/v1/ingressclasses",
    ),
}
"""Lists of the API that only labs with an add-on are asked for."""


def lists(lab: model.Lab) -> tuple[str, ...]:
    """Return the lists that the add-ons of a lab need."""
    return tuple(path for addon, paths in LISTS.items() if addon in lab.addons for path in paths)


def balancer(view: evidence.Evidence) -> Iterator[Finding]:
    """MetalLB announces the lab's pool."""
    said = view.checks.get("load balancer")
    if said:
        yield Finding(cause="loadbalancer-silent", lines=(said,))


def gateway(view: evidence.Evidence) -> Iterator[Finding]:
    """The gateway answers, with a certificate of the lab's authority."""
    said = view.checks.get("gateway")
    if said:
        yield Finding(cause="gateway-silent", lines=(said,))
        if "certificate" in said:
            yield Finding(cause="gateway-certificate", lines=(said,))


def metrics(view: evidence.Evidence) -> Iterator[Finding]:
    """The API server trusts and reaches metrics-server, and it has metrics of every node."""
    said = view.checks.get("metrics")
    if not said:
        return
    yield Finding(cause="metrics-silent", lines=(said,))
    for service in view.cluster.items(LISTS[model.Addon.METRICS][0]):
        if service["metadata"]["name"] == "v1beta1.metrics.k8s.io":
            words = more_addons.unavailable(service)
            if "x509" in words or "tls:" in words:
                yield Finding(cause="metrics-certificate", lines=(words,))
