"""The curriculum of the Certified Kubernetes Administrator that the exercises are held against: its competencies."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from kubelab.exercises import exercise_file

VERSION = "1.35"
SOURCE = "https://github.com/cncf/curriculum"
COMMIT = "008b73c of 2026-03-03"
LEAST = 2
"""Exercises that each competency wants."""
_Topic = exercise_file.Topic
Id = exercise_file.Competency


class Gap(enum.StrEnum):
    """Why a competency has fewer exercises than it wants."""

    NEVER = "this lab is built by hand, which kubeadm replaces"
    YET = "not written yet"


@dataclass(frozen=True, kw_only=True)
class Competency:
    """One competency: its domain, what the curriculum asks for in short, and why it lacks exercises."""

    topic: exercise_file.Topic
    words: str
    gap: Gap | None = None


TABLE: Mapping[exercise_file.Competency, Competency] = {
    Id.STORAGE_CLASSES: Competency(topic=_Topic.STORAGE, words="storage classes and volumes that are made for claims"),
    Id.VOLUME_TYPES: Competency(topic=_Topic.STORAGE, words="volume types, access modes and reclaim policies"),
    Id.VOLUMES_AND_CLAIMS: Competency(topic=_Topic.STORAGE, words="persistent volumes and their claims"),
    Id.CLUSTERS_AND_NODES: Competency(topic=_Topic.TROUBLESHOOTING, words="troubles of clusters and nodes"),
    Id.CLUSTER_COMPONENTS: Competency(topic=_Topic.TROUBLESHOOTING, words="troubles of the cluster's components"),
    Id.RESOURCE_USAGE: Competency(
        topic=_Topic.TROUBLESHOOTING, words="monitoring the resources that clusters and applications use"
    ),
    Id.OUTPUT_STREAMS: Competency(topic=_Topic.TROUBLESHOOTING, words="what containers print, and where it goes"),
    Id.SERVICE_TROUBLES: Competency(topic=_Topic.TROUBLESHOOTING, words="troubles of services and networking"),
    Id.ROLLOUTS: Competency(topic=_Topic.SCHEDULING, words="deployments, rolling updates and rollbacks"),
    Id.CONFIGURATION: Competency(topic=_Topic.SCHEDULING, words="applications configured by ConfigMaps and Secrets"),
    Id.AUTOSCALING: Competency(topic=_Topic.SCHEDULING, words="autoscaling of workloads"),
    Id.SELF_HEALING: Competency(
        topic=_Topic.SCHEDULING, words="what makes deployments robust and lets them heal themselves"
    ),
    Id.ADMISSION_AND_SCHEDULING: Competency(
        topic=_Topic.SCHEDULING, words="admission and scheduling of pods: limits, affinity, taints"
    ),
    Id.RBAC: Competency(topic=_Topic.ARCHITECTURE, words="role-based access control"),
    Id.INFRASTRUCTURE: Competency(topic=_Topic.ARCHITECTURE, words="infrastructure prepared for a cluster"),
    Id.KUBEADM: Competency(topic=_Topic.ARCHITECTURE, words="clusters made and managed by kubeadm", gap=Gap.NEVER),
    Id.LIFECYCLE: Competency(topic=_Topic.ARCHITECTURE, words="the lifecycle of clusters"),
    Id.HIGH_AVAILABILITY: Competency(topic=_Topic.ARCHITECTURE, words="a highly available control plane"),
    Id.HELM_AND_KUSTOMIZE: Competency(topic=_Topic.ARCHITECTURE, words="components installed by Helm and Kustomize"),
    Id.INTERFACES: Competency(
        topic=_Topic.ARCHITECTURE, words="extension interfaces: network (CNI), storage (CSI), runtime (CRI)"
    ),
    Id.OPERATORS: Competency(topic=_Topic.ARCHITECTURE, words="custom resources and operators"),
    Id.POD_CONNECTIVITY: Competency(topic=_Topic.NETWORKING, words="connectivity between pods"),
    Id.NETWORK_POLICIES: Competency(topic=_Topic.NETWORKING, words="network policies"),
    Id.SERVICES: Competency(
        topic=_Topic.NETWORKING, words="ClusterIP, NodePort and LoadBalancer services, and endpoints"
    ),
    Id.GATEWAY: Competency(topic=_Topic.NETWORKING, words="traffic into the cluster by the Gateway API"),
    Id.INGRESS: Competency(topic=_Topic.NETWORKING, words="Ingress controllers and resources"),
    Id.DNS: Competency(topic=_Topic.NETWORKING, words="CoreDNS"),
}
"""Every competency, domain by domain; a gap goes when enough exercises are there."""


def words(spec: exercise_file.Spec) -> str:
    """Return what an exercise is about: its competencies in words, or its own words for what is in no curriculum."""
    return "; ".join(TABLE[name].words for name in spec.competencies) or spec.competency
