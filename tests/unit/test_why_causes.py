"""The table of causes is whole: every fault has its cause, and every name in it exists."""

from __future__ import annotations

import dataclasses
import re
import string

import labs_data
import pytest

from kubelab import diagnosis, model, pages, paths, providers
from kubelab.diagnosis import causes, findings, tables
from kubelab.providers import docker
from kubelab.tasks.output import why_output

FAULTS = (
    "kubelet-stopped", "kubelet-config-broken", "kubelet-wrong-server", "containerd-stopped",
    "containerd-config-broken", "kubelet-certificate-expired", "apiserver-certificate-name", "etcd-client-foreign",
    "scheduler-foreign-ca", "apiserver-bad-flag", "apiserver-missing-mount", "apiserver-audit-path",
    "apiserver-etcd-endpoint", "scheduler-gone", "scheduler-kubeconfig", "controller-manager-gone",
    "controller-manager-signing-key", "kube-proxy-gone", "kube-proxy-config", "cni-config-gone", "cni-plugin-gone",
    "flannel-interface", "flanneld-stopped", "vxlan-blocked", "calico-node-stopped", "kube-controllers-gone",
    "etcd-stopped", "etcd-client-url", "etcd-quota", "coredns-away", "corefile-broken", "corefile-loop",
    "dns-service-selector", "kubelet-cluster-dns", "dns-blocked", "guestbook-deny", "redis-too-strict",
    "claim-unbound", "volume-folder-gone", "coredns-role-gone", "kubelet-api-admin-gone", "dashboard-role-gone",
    "workers-tainted", "quota-zero", "request-too-large", "frontend-selector", "frontend-port", "redis-leader-name",
    "webhook-dead", "namespace-finalizer", "metrics-service-name", "loadbalancer-pool", "gateway-class",
)  # fmt: skip
FIELDS = {
    "box", "lab", "name", "container", "unit", "path", "put", "after", "manifest", "namespace", "object",
    "kind", "taint", "nodes", "unblock", "restore", "anew",
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_a_cause_that_is_no_mere_symptom(fault: str) -> None:
    """What a fault breaks has a name of its own."""
    assert not diagnosis.CAUSES[fault].symptom


@pytest.mark.parametrize("name", diagnosis.CAUSES)
def test_every_row_refers_to_what_exists(name: str) -> None:
    """Probes, masked symptoms and the holes in commands are known; only symptoms are masked."""
    row = diagnosis.CAUSES[name]
    assert row.probe in causes.PROBES
    assert name not in row.masks
    for masked in row.masks:
        assert diagnosis.CAUSES[masked].symptom, f"{name} masks {masked}, which is a cause of its own"
    holes = {field for text in (row.look, row.mend) for _, field, _, _ in string.Formatter().parse(text) if field}
    assert holes <= FIELDS | docker.TYPED.keys()


@pytest.mark.parametrize("kind", [one.kind for one in providers.RUNNING])
@pytest.mark.parametrize("name", diagnosis.CAUSES)
def test_what_is_printed_names_the_labs_own_provider(kind: model.Provider, name: str) -> None:
    """Of a lab of virtual machines nothing says `docker`, and no hole is left open on any provider."""
    lab = dataclasses.replace(labs_data.lab(), provider=kind)
    values = dict.fromkeys(FIELDS, "x") | {"container": lab.machines[0].container}
    finding = findings.Finding(cause=name, lines=(), box=lab.machines[0].name, values=values)
    row, holes = diagnosis.CAUSES[name], why_output.holes(lab, finding)
    text = f"{findings.filled(row.look, holes)} {why_output.mend(lab, finding)}"
    assert not re.search(r"[A-Z]+_[A-Z_]+", text), text
    assert ("docker" in text) <= (kind is model.Provider.DOCKER)
    assert ("virsh" in text) <= (kind is model.Provider.LIBVIRT)
    assert providers.BY_KIND[kind].typed.keys() == docker.TYPED.keys()


def test_every_cause_is_found_by_a_probe() -> None:
    """A row that no probe names is never shown."""
    probes = "".join(path.read_text(encoding="utf-8") for path in (paths.ROOT / "kubelab/diagnosis").glob("*.py"))
    assert [name for name in diagnosis.CAUSES if f'"{name}"' not in probes] == []


def test_no_name_is_in_two_tables() -> None:
    """One name is one row: a later table never hides an earlier one."""
    assert sum(len(part) for part in tables.PARTS) == len(diagnosis.CAUSES)


def test_the_page_lists_every_cause() -> None:
    """The page of causes holds the table as it is: whoever changes a cause types ./run docs.why."""
    page = (paths.ROOT / pages.WHY).read_text(encoding="utf-8")
    assert page == why_output.page(page), f"{pages.WHY} is old; type: ./run docs.why"
