"""What each exercise touches beyond its own namespaces: two that would disturb each other never share a lab.

A drawn task has its namespaces for itself (`exam_scene`). This table says what it takes of the machines and of the
cluster, so that its break, its repair or its grading would be felt elsewhere, and what it wants to find whole.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass


class Thing(enum.StrEnum):
    """A part of a lab that one task takes, and others may want whole."""

    API = "the API server, its configuration and its files"
    ETCD = "etcd, its data and its files"
    PODS = "new pods: the scheduler, the controllers, admission"
    DNS = "cluster DNS"
    GUESTBOOK = "the guestbook"
    WORKER = "one worker: its kubelet, its runtime, its network, its place for pods"
    WORKERS = "every worker in service, with all of its pods"
    POD_NETWORK = "the way from pod to pod between the workers"
    POLICY_ENGINE = "the policy engine"
    CLASSES = "storage classes"
    USERS = "signed requests for certificates"
    BALANCED = "the addresses of services of type LoadBalancer"


class Stops(enum.StrEnum):
    """What a task's break stops for every other task of its lab until it is mended: at most one task a lab does."""

    API = "the API server does not answer"
    PODS = "no new pod starts"


@dataclass(frozen=True, kw_only=True)
class Touch:
    """What some variants of an exercise take, and what they want whole; without `variants`, all of them."""

    takes: frozenset[Thing] = frozenset()
    wants: frozenset[Thing] = frozenset()
    stops: Stops | None = None
    variants: tuple[int, ...] = ()

    @property
    def on_worker(self) -> bool:
        """Return whether it takes a worker away from the pods of other tasks."""
        return Thing.WORKER in self.takes

    @property
    def restarts(self) -> bool:
        """Return whether its break restarts the API server or etcd, which other breaks need."""
        return bool({Thing.API, Thing.ETCD} & self.takes) and self.stops is None


def _touch(
    takes: str = "", wants: str = "", stops: Stops | None = None, variants: tuple[int, ...] = ()
) -> tuple[Touch, ...]:
    things = [frozenset(Thing[name] for name in names.split()) for names in (takes, wants)]
    return (Touch(takes=things[0], wants=things[1], stops=stops, variants=variants),)


ROWS: Mapping[str, tuple[Touch, ...]] = {
    "address-stays": _touch("API", "PODS"),
    # Variant 3 makes the pods of every task leave a worker, and they do not come back while it is solved.
    "agents-in-maintenance": _touch("WORKER", variants=(1, 2)),
    "apiserver-down": _touch("API", "ETCD", Stops.API),
    "audit-who": _touch(),
    # Variant 2 leaves an API group without a server, as variant 3 of stuck-namespace does.
    "autoscaler-idle": _touch("", "WORKERS POD_NETWORK", variants=(1, 3)),
    "autoscaler-stays-big": _touch("", "WORKERS POD_NETWORK"),
    "claim-unbound": _touch("", "CLASSES WORKER"),
    "class-serves-nobody": _touch("CLASSES", "WORKER"),
    "config-unreadable": _touch(),
    # Variant 3 is no fault that can be cleared alone.
    "controllers-asleep": _touch("PODS", stops=Stops.PODS, variants=(1, 2)),
    "crd-too-lax": _touch(),
    "data-survives": _touch("", "WORKER"),
    # A drain would end a pod that nobody makes again: the same holds for logs-search.
    "debug-without-shell": _touch("", "WORKER"),
    "dns-broken": _touch("DNS", "WORKER WORKERS POD_NETWORK"),
    "drain-with-budget": _touch("WORKER"),
    "encrypt-secrets": _touch("API", "ETCD"),
    "etcd-backup": _touch("ETCD"),
    "etcd-member-lost": _touch("ETCD", "API"),
    "etcd-unreachable": _touch("API ETCD", stops=Stops.API),
    "gateway-no-page": _touch("", "WORKERS POD_NETWORK"),
    "guestbook-no-backend": _touch("GUESTBOOK", "WORKERS DNS POD_NETWORK"),
    "ingress-no-page": _touch("", "WORKERS POD_NETWORK"),
    "ingress-to-gateway": _touch("", "WORKERS POD_NETWORK"),
    "kube-proxy-broken": _touch("WORKER WORKERS", "POD_NETWORK"),
    "loadbalancer-pending": _touch("BALANCED", "WORKERS POD_NETWORK"),
    "logs-search": _touch("", "WORKER"),
    "one-server-refused": _touch("API", "ETCD"),
    "operator-stuck": _touch(),
    "output-sidecar": _touch(),
    "overlays-collide": _touch(),
    "pod-eats-node": _touch("", "WORKER POD_NETWORK"),
    "pod-network-one-node": _touch("WORKER WORKERS POD_NETWORK"),
    # Variant 1 taints every worker: no other task would get a pod.
    "pods-pending": _touch(variants=(2, 3, 4)),
    "policy-engine-silent": _touch("WORKER POLICY_ENGINE", "POD_NETWORK"),
    "policy-too-lax": _touch("", "POLICY_ENGINE POD_NETWORK"),
    "policy-too-strict": _touch("", "POLICY_ENGINE POD_NETWORK DNS"),
    "probes-kill": _touch(),
    "rbac-robot": _touch(),
    "rbac-user": _touch("USERS"),
    "release-broken": _touch(),
    "rollout-stuck": _touch(),
    "rotate-certificates": (
        *_touch("WORKER", variants=(1,)),
        *_touch("API", variants=(2,)),
        *_touch("ETCD", variants=(3,)),
    ),
    "runtime-broken": _touch("WORKER WORKERS"),
    "scheduler-down": _touch("PODS", stops=Stops.PODS),
    "settings-rolled-out": _touch(),
    "static-pod-stays": _touch("", "WORKER"),
    # Variant 3 leaves an API group without a server: kubectl complains in every task.
    "stuck-namespace": _touch(variants=(1, 2)),
    "urgent-waits": _touch("", "WORKER WORKERS"),
    "volume-moves": _touch("", "WORKER"),
    "volume-too-small": _touch("", "CLASSES WORKER"),
    "webhook-blocks": _touch("PODS", stops=Stops.PODS),
    "worker-not-ready": _touch("WORKER WORKERS"),
}
"""Exercise to its touches, one for each group of variants."""

_WHOLE = "a layer of the lab is missing and built by hand, which takes the lab for itself and longer than a task may"
LEFT_OUT: Mapping[str, str] = {
    "build-certificates": _WHOLE,
    "build-control-plane": _WHOLE,
    "build-dns": _WHOLE,
    "build-etcd": _WHOLE,
    "build-network": _WHOLE,
    "build-worker": _WHOLE,
    "node-behind": "it needs the programs of an older version set, which not every computer of a class has",
    "replace-worker": "a machine is rebuilt whole, which takes longer than a task may",
}
"""Exercises that no exam draws, and why."""


@functools.cache
def overlap(one: Touch, other: Touch) -> tuple[str, ...]:
    """Return why two tasks cannot share a lab, in words; empty if they can."""
    shared = (one.takes & (other.takes | other.wants)) | (other.takes & one.wants)
    found = sorted(str(thing) for thing in shared)
    if one.stops and other.stops:
        stops = sorted({str(one.stops), str(other.stops)})
        found.append(f"both stop the lab for others: {'; '.join(stops)}")
    return tuple(found)
