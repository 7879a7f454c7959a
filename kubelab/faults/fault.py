"""A fault: one row of the catalogue; its two scripts are under provision/faults/<name>/."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kubelab import model, paths


class Topic(enum.StrEnum):
    """The part of a cluster that a fault is about."""

    MACHINES = "machines"
    CERTIFICATES = "certificates"
    STATIC_PODS = "static pods"
    KUBE_PROXY = "kube-proxy"
    NETWORK = "network"
    POLICY_ENGINE = "policy engine"
    ETCD = "etcd"
    DNS = "dns"
    POLICIES = "policies"
    STORAGE = "storage"
    RBAC = "rbac"
    SCHEDULING = "scheduling"
    APPLICATION = "application"
    ADMISSION = "admission"
    ADDONS = "add-ons"


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """Pods to make anew after an injection, so that the fault affects them now and not at their next restart."""

    namespace: str
    selector: str
    """A label selector; empty for all pods of the namespace."""
    same_node: bool = False
    """Only the pods on the fault's machine."""


DNS_PODS = Renewal(namespace="kube-system", selector="k8s-app=kube-dns")
FRONTENDS = Renewal(namespace="guestbook", selector="app=guestbook")
LEADER = Renewal(namespace="guestbook", selector="app=redis,role=leader")
FOLLOWER_HERE = Renewal(namespace="guestbook", selector="app=redis,role=follower", same_node=True)
"""One of the two followers. They must not share a node, so the new one starts on the same machine."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One reversible fault."""

    name: str
    title: str
    """What the fault does to the lab: for teachers only, because it gives the fault away."""
    topic: Topic
    on: model.Kind
    """The kind of machine on which its scripts run."""
    detector: tuple[str, ...]
    """The check functions of `kubelab.checks`, or of its module `more_addons`, that it must redden, all of them."""
    cause: str = ""
    """The cause that lab.why must name; the fault's own name by default."""
    files: tuple[str, ...] = ()
    """Paths on the machine that it may change: the originals are kept on this computer."""
    objects: tuple[str, ...] = ()
    """Objects that it changes without replacing them: `kind/name` or `kind/name/namespace`."""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Environment variable of the scripts to the values that the seed may choose."""
    material: str = ""
    """A row of `bad_certificates.MAKERS`: files that are made on this computer for the injection."""
    renews: Renewal | None = None
    target: str = ""
    """A row of `targets.TARGETS`: the machines of its kind that it can be injected on; all if empty."""
    needs: tuple[model.Addon, ...] = ()
    """Add-ons that it breaks."""
    home: str = "faults"
    """The folder under provision/ with the folder of its scripts."""
    patience: float = 60.0
    """Seconds within which every detector must be red after the injection."""

    def __post_init__(self) -> None:
        """Name the cause like the fault by default."""
        if not self.cause:
            object.__setattr__(self, "cause", self.name)

    @property
    def folder(self) -> Path:
        """Return the folder of its two scripts."""
        return paths.PROVISION / self.home / self.name
