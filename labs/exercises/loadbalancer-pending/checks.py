"""Checks of loadbalancer-pending."""

from collections.abc import Mapping
from typing import Any

from kubelab.exercises import looks
from kubelab.exercises.looks import Scene

METALLB = "/apis/metallb.io/v1beta1/namespaces/metallb-system"
POOL = "machines"
OPEN = ("hops", "kale")
"""Stalls that were reached before."""


def shop_answers(scene: Scene) -> None:
    """The service {{ shop }} has an address of the pool, and the stall answers there."""
    _answers(scene, scene.value("shop"))


def next_answers(scene: Scene) -> None:
    """The service {{ next }} has an address of the pool, and the stall answers there."""
    _answers(scene, scene.value("next"))


def _answers(scene: Scene, name: str) -> None:
    """A service's addresses are all of the pool, and this computer reaches a pod of the stall at each."""
    found = _addresses(scene, name)
    looks.wrong(not found, f"the service {name} waits for an address")
    pool = {str(address) for address in scene.lab.network.balanced}
    foreign = [address for address in found if address not in pool]
    looks.wrong(foreign, f"the service {name} has {', '.join(foreign)}, which is not of the pool {POOL}")
    pods = {row["metadata"]["name"] for row in looks.pods_ready(scene, scene.value("space"), f"app={name}", 1)}
    for address in found:
        said = looks.http(scene, f"http://{address}/").strip()
        looks.wrong(said not in pods, f"at {address} {said[:60]!r} answers, which is no pod of {name}")


def _addresses(scene: Scene, name: str) -> list[str]:
    """Return the addresses that a service of type LoadBalancer was given."""
    row = scene.find(f"/api/v1/namespaces/{scene.value('space')}/services/{name}")
    looks.wrong(row is None, f"there is no service {name}")
    found = row or {}
    kind = found["spec"].get("type")
    looks.wrong(kind != "LoadBalancer", f"the service {name} is of type {kind}")
    return _given(found)


def _given(row: Mapping[str, Any]) -> list[str]:
    given = ((row.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return [str(item.get("ip") or item.get("hostname")) for item in given]


def stalls_stay(scene: Scene, _: object) -> None:
    """The stalls hops and kale are reached at the addresses that they had."""
    for name in OPEN:
        was = scene.before().found.get(("/api/v1/services", scene.value("space"), name)) or {}
        _answers(scene, name)
        lost = sorted({*_given(was)} - {*_addresses(scene, name)})
        looks.wrong(lost, f"the service {name} has lost its address {', '.join(lost)}")


def pool_stays(scene: Scene, _: object) -> None:
    """The pool machines has the lab's addresses, no others, for every service."""
    row = scene.find(f"{METALLB}/ipaddresspools/{POOL}")
    looks.wrong(row is None, f"there is no pool {POOL}")
    spec = (row or {})["spec"]
    first, *_, last = scene.lab.network.balanced
    looks.wrong(spec.get("addresses") != [f"{first}-{last}"], f"the pool {POOL} has {spec.get('addresses')}")
    bound = spec.get("autoAssign") is False or spec.get("serviceAllocation")
    looks.wrong(bound, f"the pool {POOL} no longer serves every service that asks for no pool")


def every_node_may_announce(scene: Scene, _: object) -> None:
    """An L2Advertisement lets every node announce every address of the pool machines."""
    rows = scene.items(f"{METALLB}/l2advertisements")
    whole = [row["metadata"]["name"] for row in rows if _announces(row.get("spec") or {})]
    looks.wrong(not whole, f"no L2Advertisement lets every node announce the pool {POOL}")


def _announces(spec: Mapping[str, Any]) -> bool:
    """Return whether it is about the pool, and about no part of its services or of the nodes and their interfaces."""
    pools = spec.get("ipAddressPools") or []
    named = POOL in pools or not (pools or spec.get("ipAddressPoolSelectors"))
    return named and not any(spec.get(part) for part in ("nodeSelectors", "interfaces", "serviceSelectors"))
