"""What each check of `lab.test` exists for, and what it stands on; and which layer each fault and mutation breaks.

A check is `file::function` under tests/live, without the beginnings `test_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kubelab.proofs.layers import Layer


@dataclass(frozen=True, kw_only=True)
class Check:
    """A check: the layer it stands on, and the faults and mutations that must redden it, by name."""

    on: Layer
    by: tuple[str, ...]


def _checks(file: str, on: Layer, by: Mapping[str, str]) -> dict[str, Check]:
    """Return the checks of one file that stand on one layer: function to what reddens it, with commas between."""
    return {f"{file}::{name}": Check(on=on, by=tuple(names.split(", "))) for name, names in by.items()}


CHECKS: Mapping[str, Check] = {
    **_checks(
        "browser",
        Layer.GUESTBOOK,
        {
            "message_written_in_the_page_is_seen": "frontend-selector",
            "guestbook_fits_a_telephone": "frontend-selector",
            "markup_in_a_message_stays_text": "frontend-selector",
            "guestbook_loads_nothing_from_elsewhere": "frontend-selector",
        },
    ),
    **_checks(
        "browser",
        Layer.DASHBOARD,
        {
            "dashboard_shows_every_node": "dashboard-role-gone",
            "dashboard_shows_the_control_plane": "dashboard-role-gone",
        },
    ),
    **_checks(
        "browser",
        Layer.NOTHING,
        {
            "nothing_is_left_of_the_browser": "browser-leaves-something",
        },
    ),
    **_checks(
        "certificates",
        Layer.NODES,
        {
            "certificates_in_the_box": "kubelet-certificate-expired",
            "served_certificate": "apiserver-certificate-name",
            "served_certificate_is_of_no_other_ca": "kubelet-stopped",
            "api_server_s_names": "apiserver-certificate-name",
            "loopback_certificate": "scheduler-gone, controller-manager-gone",
        },
    ),
    **_checks(
        "cluster",
        Layer.WHOLE,
        {
            "lab_is_healthy": "coredns-away",
            "system_pods_are_ready": "kube-proxy-gone",
        },
    ),
    **_checks(
        "cluster",
        Layer.NETWORK,
        {
            "nodes_are_exactly_the_lab_s": "cni-config-gone",
            "node_is_ready": "cni-config-gone",
        },
    ),
    **_checks(
        "cluster",
        Layer.NODES,
        {
            "node_s_role_and_taint": "workers-tainted",
            "node_has_what_the_lab_file_gives_it": "node-reserves-memory",
            "node_s_address": "kubelet-first-interface",
            "static_pod_runs": "scheduler-gone, controller-manager-gone, kube-proxy-gone",
            "kubelets_answer": "kubelet-stopped",
        },
    ),
    **_checks(
        "cluster",
        Layer.PROXY,
        {
            "proxies_serve": "kube-proxy-gone",
        },
    ),
    **_checks(
        "cluster",
        Layer.CONTROLLERS,
        {
            "control_plane_serves": "scheduler-gone",
            "controllers_act": "controller-manager-gone",
            "namespaces_go": "namespace-finalizer",
            "pods_are_admitted": "webhook-dead",
        },
    ),
    **_checks(
        "cluster",
        Layer.NETWORK,
        {
            "scheduler_schedules": "scheduler-gone",
        },
    ),
    **_checks(
        "cluster",
        Layer.ETCD,
        {
            "etcd_is_well": "etcd-quota",
        },
    ),
    **_checks(
        "cluster",
        Layer.DNS,
        {
            "dns_is_complete": "coredns-away",
        },
    ),
    **_checks(
        "cluster",
        Layer.API,
        {
            "api_service_has_the_first_address": "apiserver-bad-flag",
        },
    ),
    **_checks(
        "cluster",
        Layer.NODES,
        {
            "pods_have_addresses_of_the_pod_range": "pod-astray",
        },
    ),
    **_checks(
        "cluster",
        Layer.STORAGE,
        {
            "one_storage_class_is_the_default": "class-not-default",
            "claim_after_claim_gets_a_volume": "volumes-unmade",
            "claims_are_bound": "claim-unbound",
        },
    ),
    **_checks(
        "cluster",
        Layer.DASHBOARD,
        {
            "dashboard_shows_the_nodes": "dashboard-role-gone",
        },
    ),
    **_checks(
        "files",
        Layer.FILES,
        {
            "files_are_as_rendered": "key-for-everybody",
            "no_key_is_readable_by_others": "key-for-everybody",
            "signing_keys_stay_at_home": "authority-in-a-box",
            "manifests_are_ours_only": "foreign-manifest",
            "secrets_in_one_lab_are_not_another_s": "keys-folder-open",
            "kubeconfig_is_private": "kubeconfig-open",
        },
    ),
    **_checks(
        "guestbook",
        Layer.GUESTBOOK,
        {
            "everything_of_it_runs": "redis-leader-name",
            "three_frontends_answer": "frontend-port",
            "followers_are_on_different_workers": "follower-alone",
            "entry_written_through_the_leader_is_read_from_each_follower": "redis-too-strict",
            "page_reads_it_back": "frontend-selector",
            "data_are_on_a_volume": "claim-unbound",
        },
    ),
    **_checks(
        "machines",
        Layer.WHOLE,
        {
            "unit_is_active_and_enabled": "flanneld-stopped",
            "nothing_has_failed": "unit-that-failed",
            "roles_units_are_what_runs": "flanneld-stopped",
            "listens_only_where_it_should": "stranger-listens",
        },
    ),
    **_checks(
        "machines",
        Layer.NOTHING,
        {
            "usr_refuses_writes": "usr-writable",
            "there_is_no_python": "python-in-a-box",
            "user_core_enters_and_becomes_root": "root-may-enter",
            "software_is_in_opt": "program-replaced",
        },
    ),
    **_checks(
        "machines",
        Layer.NETWORK,
        {
            "kernel_forwards_packets": "no-forwarding",
        },
    ),
    **_checks(
        "machines",
        Layer.FILES,
        {
            "record_is_what_was_rendered": "record-forged",
        },
    ),
    **_checks(
        "machines",
        Layer.NODES,
        {
            "runtime_has_what_static_pods_need": "kube-proxy-gone, scheduler-gone, controller-manager-gone",
            "container_that_does_not_run_is_found_out": "foreign-manifest",
        },
    ),
    **_checks(
        "mistakes",
        Layer.NETWORK,
        {
            "mistake_2_a_pod_that_crashes_is_not_taken_for_one_that_runs": "kubelet-stopped",
        },
    ),
    **_checks(
        "mistakes",
        Layer.NODES,
        {
            "mistake_1_the_person_s_current_context_does_not_matter": "apiserver-bad-flag",
            "mistake_3_the_api_s_address_follows_from_the_range": "apiserver-certificate-name",
            "mistake_6_etcd_does_not_take_the_first_interface": "etcd-client-url",
            "mistake_6_kubelet_does_not_take_the_first_interface": "kubelet-first-interface",
            "mistake_7_a_node_s_certificate_has_the_node_s_name": "kubelet-stopped",
            "mistake_8_the_api_server_s_key_signs_no_token": "apiserver-bad-flag",
        },
    ),
    **_checks(
        "mistakes",
        Layer.NETWORK,
        {
            "mistake_6_flannel_does_not_take_the_first_interface": "flannel-interface",
        },
    ),
    **_checks(
        "mistakes",
        Layer.WHOLE,
        {
            "mistake_10_every_step_of_the_box_ended_well": "step-left-out",
        },
    ),
    **_checks(
        "network",
        Layer.DNS,
        {
            "pod_finds_the_api_by_name": "coredns-away",
            "pod_finds_a_short_name": "coredns-away",
            "unknown_name_is_unknown": "dns-invents",
            "pod_finds_outside_names_as_this_computer_does": "coredns-away",
        },
    ),
    **_checks(
        "network",
        Layer.POLICY,
        {
            "pods_reach_each_other": "vxlan-blocked",
            "pod_s_address_is_not_translated_on_the_way": "vxlan-blocked",
            "service_answers_from_the_node": "kube-proxy-gone",
            "service_answers_from_a_pod": "kube-proxy-gone",
            "api_service_answers_from_the_node": "apiserver-bad-flag",
            "node_port_answers": "kube-proxy-gone",
            "logs_and_exec": "kubelet-api-admin-gone",
            "standing_policy_is_enforced": "calico-node-stopped",
            "policy_denies_and_then_allows": "calico-node-stopped",
        },
    ),
    **_checks(
        "network",
        Layer.GUESTBOOK,
        {
            "guestbook_answers_on_every_node": "frontend-selector",
        },
    ),
    **_checks(
        "security",
        Layer.API,
        {
            "anyone_may_ask_for_health": "apiserver-bad-flag",
            "anonymous_request_is_refused": "anonymous-may-ask",
            "forged_token_is_refused": "apiserver-bad-flag",
            "node_changes_no_other_node": "nodes-unrestricted",
            "secret_is_ciphertext_in_etcd": "secrets-plain",
            "no_secret_of_the_lab_is_in_plain_text": "secrets-plain",
            "audit_log_says_who_and_not_what": "audit-readable",
        },
    ),
    **_checks(
        "security",
        Layer.NETWORK,
        {
            "kubelet_refuses_the_anonymous": "kubelet-open",
            "kubelet_refuses_another_node": "kubelet-open",
            "nobody_listens_without_tls": "kubelet-read-only-port",
            "node_reads_its_own_pods_secrets_only": "nodes-read-secrets",
        },
    ),
    **_checks(
        "security",
        Layer.CONTROLLERS,
        {
            "privileged_pod_is_refused": "namespace-privileged",
        },
    ),
    **_checks(
        "security",
        Layer.ETCD,
        {
            "etcd_answers_its_clients": "etcd-stopped",
            "etcd_refuses_others": "etcd-open",
            "etcd_speaks_no_plain_http": "etcd-plain",
        },
    ),
    **_checks(
        "threats",
        Layer.POLICY,
        {
            "a_pod_can_ask_the_api_server": "anonymous-may-ask",
            "a_pod_cannot_use_etcd": "etcd-open",
            "a_pod_cannot_use_a_kubelet": "kubelet-open",
            "a_fork_bomb_ends_in_its_pod": "pods-unlimited",
        },
    ),
    **_checks(
        "threats",
        Layer.DASHBOARD,
        {
            "a_pod_cannot_use_the_dashboard": "dashboard-open",
            "dashboard_reads_no_config": "dashboard-reads-all",
        },
    ),
    **_checks(
        "threats",
        Layer.FILES,
        {
            "no_secret_is_in_a_box_s_process_list": "argument-tells",
            "no_secret_is_in_this_computer_s_process_list": "argument-tells",
            "no_file_that_others_may_read_holds_a_secret": "key-for-everybody",
            "no_token_of_a_pod_is_readable_by_others": "pods-folder-open",
            "here_only_files_of_ones_own_hold_secrets": "log-tells",
            "no_secret_is_in_what_docker_shows": "docker-shows",
            "no_secret_is_in_the_archive_of_logs": "log-tells, docker-shows",
        },
    ),
    **_checks(
        "versions",
        Layer.NOTHING,
        {
            "program_says_its_version": "program-replaced",
        },
    ),
    **_checks(
        "versions",
        Layer.API,
        {
            "node_reports_its_versions": "apiserver-bad-flag",
            "api_server_reports_its_version": "apiserver-bad-flag",
            "pods_run_the_images_of_the_version_set": "pod-astray",
        },
    ),
}

BREAKS: Mapping[str, Layer] = {
    "kubelet-stopped": Layer.NODES,
    "kubelet-certificate-expired": Layer.NODES,
    "apiserver-certificate-name": Layer.API,
    "apiserver-bad-flag": Layer.API,
    "scheduler-gone": Layer.CONTROLLERS,
    "controller-manager-gone": Layer.CONTROLLERS,
    "kube-proxy-gone": Layer.PROXY,
    "cni-config-gone": Layer.NODES,  # a node without a network is not Ready
    "flannel-interface": Layer.NETWORK,
    "flanneld-stopped": Layer.NETWORK,
    "vxlan-blocked": Layer.NETWORK,
    "calico-node-stopped": Layer.NETWORK,
    "etcd-stopped": Layer.ETCD,
    "etcd-client-url": Layer.ETCD,
    "etcd-quota": Layer.ETCD,
    "coredns-away": Layer.DNS,
    "redis-too-strict": Layer.GUESTBOOK,
    "claim-unbound": Layer.STORAGE,
    "kubelet-api-admin-gone": Layer.NODES,
    "dashboard-role-gone": Layer.DASHBOARD,
    "workers-tainted": Layer.CONTROLLERS,
    "frontend-selector": Layer.GUESTBOOK,
    "frontend-port": Layer.GUESTBOOK,
    "redis-leader-name": Layer.GUESTBOOK,
    "webhook-dead": Layer.CONTROLLERS,
    "namespace-finalizer": Layer.CONTROLLERS,
    "node-reserves-memory": Layer.FILES,
    "kubelet-first-interface": Layer.NODES,
    "key-for-everybody": Layer.FILES,
    "foreign-manifest": Layer.FILES,
    "unit-that-failed": Layer.NOTHING,
    "stranger-listens": Layer.NOTHING,
    "usr-writable": Layer.NOTHING,
    "python-in-a-box": Layer.NOTHING,
    "root-may-enter": Layer.NOTHING,
    "no-forwarding": Layer.NETWORK,
    "record-forged": Layer.FILES,
    "step-left-out": Layer.NOTHING,
    "kubelet-open": Layer.FILES,
    "kubelet-read-only-port": Layer.FILES,
    "argument-tells": Layer.NOTHING,
    "pods-folder-open": Layer.NOTHING,
    "etcd-open": Layer.FILES,
    "etcd-plain": Layer.ETCD,
    "authority-in-a-box": Layer.NOTHING,
    "secrets-plain": Layer.FILES,
    "anonymous-may-ask": Layer.FILES,
    "audit-readable": Layer.NOTHING,
    "nodes-unrestricted": Layer.FILES,
    "pod-astray": Layer.NOTHING,
    "class-not-default": Layer.STORAGE,
    "volumes-unmade": Layer.STORAGE,
    "dashboard-open": Layer.DASHBOARD,
    "dashboard-reads-all": Layer.DASHBOARD,
    "pods-unlimited": Layer.NODES,
    "follower-alone": Layer.GUESTBOOK,
    "dns-invents": Layer.DNS,
    "nodes-read-secrets": Layer.NOTHING,
    "namespace-privileged": Layer.NOTHING,
    "program-replaced": Layer.FILES,  # last of those in boxes: whatever is restarted after it would be another program
    "keys-folder-open": Layer.FILES,
    "kubeconfig-open": Layer.NOTHING,
    "log-tells": Layer.NOTHING,
    "docker-shows": Layer.NOTHING,
    "browser-leaves-something": Layer.NOTHING,
}
"""Every fault and mutation that reddens a check, in the order in which they are made."""


def reddened(row: str) -> frozenset[str]:
    """Return the checks that a fault or mutation must redden."""
    return frozenset(name for name, check in CHECKS.items() if row in check.by)
