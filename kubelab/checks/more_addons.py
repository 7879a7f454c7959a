"""Checks of the add-ons that not every lab has; a lab without them has none of these."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Mapping

import requests

from kubelab import model
from kubelab.checks import cluster, wait
from kubelab.checks.view import Check, Silent, View, Wrong, asked
from kubelab.clients import direct, kube_api, patience
from kubelab.render import addons

METRICS_API = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"
METRICS_OF_NODES = "/apis/metrics.k8s.io/v1beta1/nodes"
POOL = "machines"
POOLS = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools"
GATEWAY = "/apis/gateway.networking.k8s.io/v1/namespaces/gateway/gateways/gateway"
ADVERTISED = "/apis/metallb.io/v1beta1/namespaces/metallb-system/l2advertisements"


def wanted(lab: model.Lab) -> Mapping[str, Check]:
    """Return the checks by name that a lab has beyond those of every healthy lab."""
    return {name: check for addon, checks in CHECKS.items() if addon in lab.addons for name, check in checks.items()}


def metrics_served(view: View) -> None:
    """The API server trusts and reaches metrics-server, which has the use of CPU and memory of every node."""
    service = asked(lambda: view.api.get(METRICS_API))
    if not cluster.condition(service, "Available"):
        raise Wrong(f"APIService v1beta1.metrics.k8s.io is not available: {unavailable(service)}")
    found = {item["metadata"]["name"] for item in asked(lambda: view.api.items(METRICS_OF_NODES))}
    lacking = [node.name for node in view.lab.nodes if node.name not in found]
    if lacking:
        raise Wrong(f"no metrics of {', '.join(lacking)}")


def unavailable(service: kube_api.Json) -> str:
    """Return why the API server does not forward to an APIService, in its words."""
    rows = [row for row in service.get("status", {}).get("conditions", []) if row["type"] == "Available"]
    return f"{rows[0].get('reason')}: {rows[0].get('message')}" if rows else "it has not been tried yet"


def pool_announced(view: View) -> None:
    """The lab's addresses for services of type LoadBalancer are a pool that MetalLB knows and announces."""
    first, *_, last = view.lab.network.balanced
    pools = {item["metadata"]["name"]: item for item in asked(lambda: view.api.items(POOLS))}
    found = pools.get(POOL, {}).get("spec", {}).get("addresses")
    if found != [f"{first}-{last}"]:
        raise Wrong(f"the pool {POOL} has {found}; wanted: {first}-{last}")
    rows = asked(lambda: view.api.items(ADVERTISED))
    if not any(POOL in item.get("spec", {}).get("ipAddressPools", []) for item in rows):
        raise Wrong(f"no speaker announces the pool {POOL}: no L2Advertisement names it")


def gateway_answers(view: View) -> None:
    """The lab's Gateway is accepted, and answers this computer with a certificate of the lab's authority."""
    gateway = asked(lambda: view.api.get(GATEWAY))
    rows = gateway.get("status", {}).get("conditions", [])
    # A controller that no longer serves it leaves its last words standing.
    good = [row for row in rows if row.get("observedGeneration") == gateway["metadata"]["generation"]]
    if not any(row["type"] == "Programmed" and row["status"] == "True" for row in good):
        raise Wrong("Gateway gateway/gateway is not programmed: no controller has taken it as it is now")
    url = gateway_url(view.lab)
    try:
        direct.get(url, 5, authority=str(view.where.keys / "kubernetes/ca.crt"))
    except requests.exceptions.SSLError as problem:
        raise Wrong(f"{url} shows a certificate that the lab's authority did not sign for it") from problem
    except requests.RequestException as problem:
        raise Silent(f"{url}: {type(problem).__name__}", late=isinstance(problem, requests.Timeout)) from problem


def gateway_url(lab: model.Lab) -> str:
    """Return the address at which the gateway answers this computer over HTTPS."""
    balanced = model.Addon.LOADBALANCER in lab.addons
    return f"https://{lab.entrance}/" if balanced else f"https://{lab.entrance}:{addons.GATEWAY_PORTS['https']}/"


CHECKS: Mapping[model.Addon, Mapping[str, Check]] = {
    model.Addon.METRICS: {"metrics": metrics_served},
    model.Addon.LOADBALANCER: {"load balancer": pool_announced},
    model.Addon.GATEWAY: {"gateway": gateway_answers},
}


def survey(view: View, limit: float) -> Mapping[str, wait.Failure | None]:
    """Look at every check of a healthy lab and of its add-ons once, as `wait.survey` does."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
        usual = pool.submit(wait.survey, view, limit)
        more: dict[str, wait.Failure | None] = {}
        with patience.within(limit):
            for name, check in wanted(view.lab).items():
                more[name] = wait.failure(view, check)
        return {**usual.result(), **more}
