"""Checks of a healthy lab: one vocabulary for waiting, testing, grading and diagnosing.

A check returns, raises `Wrong` (the answer is not right) or `Silent` (no answer came). A wait reads both as "not yet";
a test fails on both; grading tells them apart. A check looks once: a wait repeats it.
"""

from __future__ import annotations

from kubelab.checks.boxes import (
    boxes_run,
    container_running,
    etcd_answers,
    etcd_has_quota,
    folders_applied,
    nothing_failed,
    records,
    units_active,
)
from kubelab.checks.certificates import certificates_valid
from kubelab.checks.cluster import (
    api_ready,
    condition,
    deployment_complete,
    dns_ready,
    node_ready,
    nodes_ready,
    objects_applied,
    running,
    service_has_backends,
    static_pod_names,
    static_pod_running,
    static_pods_current,
    system_pods_ready,
    volumes_made,
)
from kubelab.checks.controllers import controllers_act, scheduler_schedules
from kubelab.checks.guestbook import PORT as GUESTBOOK_PORT
from kubelab.checks.guestbook import dashboard_ready, follower_has, guestbook_complete, guestbook_ready
from kubelab.checks.health import ADDONS, BASE, LAST, healthy, healthy_again
from kubelab.checks.lab_objects import belongings_of, claims_bound, restarts
from kubelab.checks.pods import why
from kubelab.checks.serving import (
    control_plane_serves,
    dashboard_shows,
    kubelets_answer,
    kubelets_reported,
    namespaces_go,
    pod_network,
    pods_admitted,
    proxies_serve,
)
from kubelab.checks.traffic import (
    logs_and_exec,
    nodeport_answers,
    pod_dns_on,
    pod_reaches,
    pods_reach_each_other,
    policy_enforced,
    service_answers_from,
)
from kubelab.checks.view import Check, Hopeless, Silent, View, Wrong, asked, told

__all__ = [
    "ADDONS",
    "BASE",
    "GUESTBOOK_PORT",
    "LAST",
    "Check",
    "Hopeless",
    "Silent",
    "View",
    "Wrong",
    "api_ready",
    "asked",
    "belongings_of",
    "boxes_run",
    "certificates_valid",
    "claims_bound",
    "condition",
    "container_running",
    "control_plane_serves",
    "controllers_act",
    "dashboard_ready",
    "dashboard_shows",
    "deployment_complete",
    "dns_ready",
    "etcd_answers",
    "etcd_has_quota",
    "folders_applied",
    "follower_has",
    "guestbook_complete",
    "guestbook_ready",
    "healthy",
    "healthy_again",
    "kubelets_answer",
    "kubelets_reported",
    "logs_and_exec",
    "namespaces_go",
    "node_ready",
    "nodeport_answers",
    "nodes_ready",
    "nothing_failed",
    "objects_applied",
    "pod_dns_on",
    "pod_network",
    "pod_reaches",
    "pods_admitted",
    "pods_reach_each_other",
    "policy_enforced",
    "proxies_serve",
    "records",
    "restarts",
    "running",
    "scheduler_schedules",
    "service_answers_from",
    "service_has_backends",
    "static_pod_names",
    "static_pod_running",
    "static_pods_current",
    "system_pods_ready",
    "told",
    "units_active",
    "volumes_made",
    "why",
]
