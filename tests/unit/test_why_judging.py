"""From recorded evidence to the cause: for every fault its own, for pairs both, for a healthy lab none."""

from __future__ import annotations

import copy
import dataclasses
import graphlib
import json
import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import why_data

from kubelab import checks, errors, paths, providers
from kubelab.diagnosis import (
    causes,
    certificate_probes,
    evidence,
    evidence_json,
    findings,
    gather,
    judge,
    tables,
    workload_probes,
)
from kubelab.faults import catalogue
from kubelab.tasks.output import why_output

HOLE = re.compile(
    r"\b(BOX|LAB|PATH|PUT|UNIT|AFTER|MANIFEST|NAMESPACE|OBJECT|KIND|ANEW|TAINT|NODES|UNBLOCK|RESTORE|CONTAINER)\b"
)


def healthy() -> evidence.Evidence:
    """Return what was seen of the healthy lab."""
    return why_data.record()


def changed_box(view: evidence.Evidence, name: str, **values: Any) -> evidence.Evidence:
    """Return the evidence with one box changed."""
    box = dataclasses.replace(view.boxes[name], **values)
    return dataclasses.replace(view, boxes={**view.boxes, name: box})


def changed_text(view: evidence.Evidence, name: str, old: str, new: str) -> evidence.Evidence:
    """Return the evidence with something else in what one box printed."""
    text = view.boxes[name].text or ""
    assert old in text
    return changed_box(view, name, text=text.replace(old, new))


def with_object(view: evidence.Evidence, path: str, item: dict[str, Any]) -> evidence.Evidence:
    """Return the evidence with one object more in the cluster."""
    lists = {**view.cluster.lists, path: [*view.cluster.items(path), item]}
    return dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))


def names(view: evidence.Evidence) -> list[str]:
    """Return the causes that are found, in their order."""
    return [finding.cause for finding in judge.judge(view).found]


def test_a_healthy_lab_is_well() -> None:
    """Nothing is found, nothing was out of sight, and the word says so."""
    verdict = judge.judge(healthy())
    assert verdict.healthy
    assert verdict.code is errors.Exit.GOOD
    assert next(why_output.lines(healthy().lab, verdict, hints=True)).startswith("lab why is well")


@pytest.mark.parametrize("name", list(catalogue.FAULTS))
def test_every_fault_is_named_from_its_evidence(name: str) -> None:
    """The one cause that is named is the fault's, with evidence; no hole is left in its commands."""
    view = why_data.record(name)
    verdict = judge.judge(view)
    assert [finding.cause for finding in verdict.found] == [catalogue.FAULTS[name].cause]
    assert verdict.code is errors.Exit.DEGRADED
    document = json.loads(why_output.document(view.lab, verdict, 1.0, hints=True))
    assert document["cause"] == name
    assert document["causes"][0]["evidence"]
    assert not HOLE.search(document["causes"][0]["look"] + document["causes"][0]["mend"])


@pytest.mark.parametrize("pair", why_data.PAIRS, ids="+".join)
def test_of_two_independent_faults_both_are_named(pair: tuple[str, str]) -> None:
    """Neither hides behind the other."""
    assert sorted(names(why_data.pair(*pair))) == sorted(pair)


def test_every_fault_is_recorded_and_twenty_pairs_are_judged() -> None:
    """A fault that was never recorded would be proven by nothing."""
    assert {faults[0] for faults in why_data.recorded() if len(faults) == 1} == set(catalogue.FAULTS)
    assert len(why_data.PAIRS) >= 20


def test_no_hints_leaves_out_what_mends_it() -> None:
    """The evidence and where to look stay."""
    view = why_data.record("kubelet-stopped")
    verdict = judge.judge(view)
    shown = "\n".join(why_output.lines(view.lab, verdict, hints=False))
    assert "look next" in shown
    assert "mend it" not in shown
    assert "mend" not in json.loads(why_output.document(view.lab, verdict, 1.0, hints=False))["causes"][0]


def test_what_could_not_be_looked_at_is_said() -> None:
    """With the API server down nobody lists pods: the root is named, and what is out of sight because of it."""
    verdict = judge.judge(why_data.record("apiserver-bad-flag"))
    assert any("pods" in words for words in verdict.unseen)


@pytest.mark.parametrize(
    ("state", "cause"), [("missing", "box-missing"), ("exited", "box-stopped"), ("paused", "box-paused")]
)
def test_a_box_that_does_not_run_is_named_and_not_what_follows_from_it(state: str, cause: str) -> None:
    """A control plane that is off explains a silent API server."""
    view = changed_box(healthy(), "kube-master-01", state=state, text=None)
    silent = dataclasses.replace(view, cluster=evidence.Cluster(problem="GET /readyz: No route to host"))
    assert names(silent) == [cause]


def test_no_box_at_all_is_another_answer() -> None:
    """A lab that is absent is not degraded."""
    view = healthy()
    boxes = {name: dataclasses.replace(box, state="missing", text=None) for name, box in view.boxes.items()}
    verdict = judge.judge(dataclasses.replace(view, boxes=boxes, cluster=evidence.Cluster(), checks={}))
    assert [finding.cause for finding in verdict.found] == ["box-missing"]
    assert verdict.code is errors.Exit.ABSENT


def test_without_docker_nothing_can_be_told() -> None:
    """The provider is the first thing to look at, and the last that is named then."""
    verdict = judge.judge(dataclasses.replace(healthy(), docker="docker-unreachable: it does not answer"))
    assert [finding.cause for finding in verdict.found] == ["docker-silent"]
    assert verdict.code is errors.Exit.UNKNOWN


def test_a_red_check_that_nothing_explains_is_told_as_unexplained() -> None:
    """It is not called well, and no cause is made up: somebody answered, and not as a lab does that is well."""
    view = healthy()
    red = dataclasses.replace(view, checks={**view.checks, "system pods": "not Ready: something-new"})
    verdict = judge.judge(red)
    assert [finding.cause for finding in verdict.found] == ["unexplained"]
    assert verdict.code is errors.Exit.DEGRADED


MASTER = "kube-master-01"


def with_api_server_ended(
    view: evidence.Evidence, *, put: float, started: float, made: float = 600
) -> evidence.Evidence:
    """Return the evidence with the API server's container exited; times are seconds before the look, as its pod's."""
    text = view.boxes[MASTER].text or ""
    sections = re.split(r"(?m)^(?=@@ )", text)
    for index, section in enumerate(sections):
        if section.startswith("@@ containers"):
            found = json.loads(section.removeprefix("@@ containers\n"))
            for row in found["containers"]:
                if row["labels"]["io.kubernetes.container.name"] == "kube-apiserver":
                    row |= {"state": "CONTAINER_EXITED"}
                    row["metadata"]["attempt"] = 13
            sections[index] = f"@@ containers\n{json.dumps(found)}\n"
        if section.startswith("@@ units"):
            was = "Id=kubelet.service\n"
            assert was in section
            sections[index] = section.replace(was, f"{was}ActiveEnterTimestamp=@{view.now - started:.0f}\n")
    manifest = f"@@ manifests\n{view.now - put:.1f}\t/etc/kubernetes/manifests/kube-apiserver.yaml\n"
    pod = {"createdAt": f"{int((view.now - made) * 1e9)}", "metadata": {"name": f"kube-apiserver-{MASTER}"}}
    sandboxes = f"@@ sandboxes\n{json.dumps({'items': [pod]})}\n"
    view = changed_box(view, MASTER, text="".join([*sections[:-1], manifest, sandboxes, sections[-1]]))
    return dataclasses.replace(view, cluster=evidence.Cluster(problem="GET /readyz: Connection refused"))


def test_a_kubelet_that_waits_for_the_api_server_is_named() -> None:
    """A manifest that was mended after the box was started anew is not run: nothing in it is wrong any more."""
    view = with_api_server_ended(healthy(), put=300, started=500, made=301)
    verdict = judge.judge(view)
    assert [finding.cause for finding in verdict.found] == ["kubelet-deaf"]
    assert "was put there 300 s ago" in verdict.found[0].evidence[1]


@pytest.mark.parametrize(
    ("put", "started"), [(30, 500), (300, 200), (700, 800)], ids=["just put", "kubelet started since", "run since"]
)
def test_an_api_server_that_ends_for_no_reason_found_is_told_with_its_container(put: float, started: float) -> None:
    """Its silence and its container's end do not explain each other away, and no kubelet is called deaf that is not."""
    assert names(with_api_server_ended(healthy(), put=put, started=started)) == ["apiserver-failing"]


@pytest.mark.parametrize(
    ("sandbox", "found"),
    [("of this boot", ["container-failing"]), ("of the last boot", [])],
    ids=["ended by itself", "box started anew"],
)
def test_a_container_of_an_often_started_box_is_not_called_failing(sandbox: str, found: list[str]) -> None:
    """The kubelet counts containers of earlier boots on: one that ended in the same sandbox did not stay up."""
    view = healthy()
    text = view.boxes[MASTER].text or ""
    (section,) = (part for part in re.split(r"(?m)^(?=@@ )", text) if part.startswith("@@ containers"))
    runtime = json.loads(section.removeprefix("@@ containers\n"))
    (row,) = (row for row in runtime["containers"] if row["labels"]["io.kubernetes.container.name"] == "kube-scheduler")
    row["metadata"]["attempt"], row["podSandboxId"] = 15, "of this boot"
    row["createdAt"] = f"{int((view.now - 5) * 1e9)}"
    metadata = {**row["metadata"], "attempt": 14}
    ended = {"state": "CONTAINER_EXITED", "podSandboxId": sandbox, "createdAt": "1", "metadata": metadata}
    runtime["containers"].append({**row, **ended})
    changed = changed_box(view, MASTER, text=text.replace(section, f"@@ containers\n{json.dumps(runtime)}\n"))
    assert names(changed) == found


@pytest.mark.parametrize(("unit", "cause"), [("kubelet", "unit-failing"), ("calico-node", "api-silent")])
def test_of_a_failing_unit_and_a_silent_api_server_the_one_below_is_named(unit: str, cause: str) -> None:
    """What the API server stands on explains its silence; what needs the API server is explained by it."""
    block = f"Id={unit}.service\nLoadState=loaded\nActiveState="
    view = changed_text(healthy(), MASTER, f"{block}active\n", f"{block}activating\n")
    assert names(dataclasses.replace(view, cluster=evidence.Cluster(problem="no answer"))) == [cause]


@pytest.mark.parametrize("unit", ["kubelet", "calico-node"])
def test_no_symptoms_explain_each_other_away(unit: str) -> None:
    """Of any findings in one box one is left at least: nothing is its own reason, by whatever detour."""
    found = {name: findings.Finding(cause=name, box=MASTER, lines=(), values={"unit": unit}) for name in tables.CAUSES}
    view = healthy()
    reasons = {
        name: [other for other in found if judge._explains(view, found[other], finding)]
        for name, finding in found.items()
    }
    graphlib.TopologicalSorter(reasons).prepare()


def test_a_full_disk_and_a_wrong_clock_are_seen() -> None:
    """Numbers are judged, not words."""
    view = healthy()
    line = view.boxes["kube-worker-01"].section("disk")[1]
    full = changed_text(view, "kube-worker-01", line, "/ 1024 100% 12%")
    assert names(full) == ["disk-full"]
    now = view.boxes["etcd-01"].section("clock")[0]
    assert names(changed_text(view, "etcd-01", now, str(float(now) - 86400))) == ["clock-off"]


def test_name_servers_that_are_no_longer_this_computers_are_a_cause_that_lab_up_mends() -> None:
    """A laptop came home: everything is well but names outside the cluster, and what is recorded of it is kept."""
    view = evidence_json.restored(
        json.loads(json.dumps(evidence_json.document(dataclasses.replace(healthy(), moved="pods ask x"))))
    )
    verdict = judge.judge(view)
    assert [finding.cause for finding in verdict.found] == ["resolvers-moved"]
    assert verdict.code is errors.Exit.DEGRADED
    assert "pods ask x" in "\n".join(why_output.lines(view.lab, verdict, hints=True))
    assert tables.CAUSES["resolvers-moved"].mend == "./run lab.up{lab}"


def test_what_is_read_beside_the_labs_own_files_is_seen() -> None:
    """A copy left among the manifests runs a second time; a drop-in changes a unit; a copy elsewhere does neither."""
    view, mark = healthy(), "@@ present\n"
    copies = f"{mark}/etc/kubernetes/manifests/kube-proxy.yaml.bak\t\n/etc/kubernetes/manifests/.swp\t\n"
    assert names(changed_text(view, "kube-worker-01", mark, copies)) == ["file-unexpected"]
    dropped = f"{mark}/run/systemd/system/kubelet.service.d/override.conf\t\n"
    assert names(changed_text(view, "kube-worker-02", mark, dropped)) == ["file-unexpected"]
    assert names(changed_text(view, "kube-worker-02", mark, f"{mark}/etc/systemd/system/mine.service\t\n")) == []


HOSTILE = "x'; touch here; echo '$(touch there) `touch there` \"; touch there #"
"""Part of a name that whoever may write into a box, or make a volume, chooses."""


def command_of(view: evidence.Evidence) -> list[str]:
    """Return the words that the box's shell is given by the mend of the one finding, typed as it is printed."""
    (finding,) = judge.judge(view).found
    look = findings.filled(tables.CAUSES[finding.cause].look, why_output.holes(view.lab, finding))
    for printed in (look, why_output.mend(view.lab, finding)):
        *typed, command = shlex.split(printed)
        assert typed == ["./run", "lab.ssh", finding.box, "--lab", "why", "--command"], printed
    return shlex.split(command)


def test_a_name_from_a_box_ends_no_command_that_is_printed() -> None:
    """A file's name, a firewall rule's remark: typed as printed they ran on this computer, or as root in the box."""
    view = healthy()
    path = f"/etc/cni/net.d/{HOSTILE}"
    there = changed_text(view, "kube-worker-01", "@@ present\n", f"@@ present\n{path}\t\n")
    assert command_of(there) == ["sudo", "rm", f"{path};", "true"]
    rule = '-A INPUT -m comment --comment "it\'s $(touch there)" -j DROP'
    view = changed_text(view, "kube-worker-01", "*filter\n", f"*filter\n{rule}\n")
    said = command_of(view)
    assert said[:5] == ["sudo", "iptables", "-t", "filter", "-D"]
    assert said[said.index("--comment") + 1] == "it's $(touch there)"


def test_a_volumes_folder_ends_no_command_that_is_printed() -> None:
    """Whoever may make a volume chooses its folder's name."""
    view = healthy()
    volume = copy.deepcopy(next(iter(view.cluster.items("/api/v1/persistentvolumes"))))
    volume["metadata"]["name"] = "theirs"
    volume["spec"]["local"] = {"path": f"/{HOSTILE}"}
    found = with_object(view, "/api/v1/persistentvolumes", volume)
    assert command_of(found) == ["sudo", "install", "-d", "-m", "0777", f"/{HOSTILE}"]


def test_a_folder_that_etcd_may_not_enter_is_the_cause_of_its_end() -> None:
    """etcd is not root: the folder's mode is named with what mends it, and the unit that fails is but a symptom."""
    view, mark = healthy(), "@@ present\n"
    closed = f"@@ folders\ndd\t700\troot:root\t/etc/etcd\t\n{mark}"
    failing = changed_text(view, "etcd-01", mark, closed)
    assert names(failing) == ["folder-differs"]
    mend = why_output.mend(view.lab, judge.judge(failing).found[0])
    assert "chmod 0755 /etc/etcd && sudo systemctl start etcd.service" in mend


def test_a_certificate_that_has_aged_is_named_though_its_file_is_the_rendered_one() -> None:
    """Two years later every certificate of the lab has expired, and nothing else is to blame."""
    later = dataclasses.replace(healthy(), now=healthy().now + 2 * 365 * 86400)
    assert set(names(later)) == {"certificate-expired", "kubelet-certificate-expired"}


def test_more_replicas_and_more_objects_are_no_finding() -> None:
    """A student's own work in the lab is not what is wrong with it."""
    view = healthy()
    deployments = json.loads(json.dumps(view.cluster.items("/apis/apps/v1/deployments")))
    for item in deployments:
        item["spec"]["replicas"] += 2
        item["metadata"].setdefault("labels", {})["mine"] = "yes"
    lists = {**view.cluster.lists, "/apis/apps/v1/deployments": deployments}
    assert names(dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))) == []


POLICY = "/apis/networking.k8s.io/v1/networkpolicies"


def policy(namespace: str, **spec: Any) -> dict[str, Any]:
    """Return a network policy."""
    return {"metadata": {"name": "one", "namespace": namespace}, "spec": {"podSelector": {}, **spec}}


@pytest.mark.parametrize(
    ("item", "cause"),
    [
        (policy("guestbook", policyTypes=["Ingress", "Egress"]), "guestbook-deny"),
        (policy("guestbook", policyTypes=["Egress"], egress=[{"to": [{"podSelector": {}}]}]), "dns-blocked"),
        (policy("guestbook", ingress=[{}]), None),
        (policy("guestbook", ingress=[{"from": [{"podSelector": {}}]}]), "policy-too-strict"),
        (policy("guestbook", ingress=[{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]), None),
        (policy("kube-system", ingress=[{"ports": [{"port": 53, "protocol": "UDP"}, {"port": "dns-tcp"}]}]), None),
        (policy("kube-system", ingress=[{"ports": [{"port": 53, "protocol": "UDP"}]}]), "dns-blocked"),
        (policy("kube-system", ingress=[{"from": [{"namespaceSelector": {}}]}]), None),
        (policy("dashboard", policyTypes=["Ingress"]), None),
    ],
)  # fmt: skip
def test_policies_are_judged_by_what_they_allow(item: dict[str, Any], cause: str | None) -> None:
    """A policy that allows what the lab needs is nobody's fault, whatever it is called."""
    assert names(with_object(healthy(), POLICY, item)) == ([cause] if cause else [])


def test_a_cause_on_one_worker_explains_nothing_on_the_other() -> None:
    """Two workers with the same symptom, and a reason for one: the other's stays in sight."""
    view = why_data.record("kubelet-stopped")
    stopped = judge.judge(view).found[0].box
    other = next(box.name for box in view.nodes if box.name not in (stopped, "kube-master-01"))
    nodes = json.loads(json.dumps(view.cluster.items("/api/v1/nodes")))
    for node in nodes:
        for row in node["status"]["conditions"]:
            row["status"] = (
                "Unknown" if row["type"] == "Ready" and node["metadata"]["name"] != "kube-master-01" else row["status"]
            )
    lists = {**view.cluster.lists, "/api/v1/nodes": nodes}
    both = dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))
    assert [(finding.cause, finding.box) for finding in judge.judge(both).found] == [
        ("kubelet-stopped", stopped), ("node-not-ready", other),
    ]  # fmt: skip


def test_causes_come_in_the_order_of_the_probes() -> None:
    """What is nearest to the host is named first."""
    for faults in why_data.recorded():
        rows = [tables.CAUSES[finding.cause] for finding in judge.judge(why_data.record(*faults)).found]
        places = [causes.PROBES.index(row.probe) for row in rows if not row.symptom]
        assert places == sorted(places)


def test_evidence_survives_being_kept() -> None:
    """A document restored is the evidence again."""
    document = evidence_json.document(healthy())
    assert evidence_json.document(evidence_json.restored(json.loads(json.dumps(document)))) == json.loads(
        json.dumps(document)
    )


def test_no_key_is_in_the_evidence() -> None:
    """What is kept may be shown to anybody: not even of the lab's own kubeconfigs is the secret part in it."""
    for faults in why_data.recorded():
        text = json.dumps(evidence_json.document(why_data.record(*faults)))
        assert "PRIVATE KEY" not in text
        assert set(re.findall(r"client-key-data: (\S+)", text)) <= {"(not"}


def test_long_evidence_is_cut_for_people() -> None:
    """Six lines, none over 220 characters: the next thing to look at shows the rest."""
    finding = findings.Finding(cause="file-differs", lines=tuple("x" * 500 for _ in range(20)))
    assert len(finding.evidence) == findings.SHOWN
    assert all(len(line) <= findings.WIDEST for line in finding.evidence)


def test_what_was_merged_into_a_finding_is_mended_with_it() -> None:
    """Two files of one box differ: the one command line that is printed puts both back."""
    rows = [
        findings.Finding(cause="file-differs", box="kube-worker-01", lines=(path,), values={"put": f"put {path}"})
        for path in ("/etc/a", "/etc/b")
    ]
    said = why_output.mend(healthy().lab, rows[0].merged(rows[1]))
    assert [part.partition("--command ")[2] for part in said.split("; ")] == ["'put /etc/a'", "'put /etc/b'"]


def test_a_certificate_and_its_key_are_put_back_before_anything_reads_them() -> None:
    """Replaced together they are one finding, whose command installs both and restarts their user once."""
    pair = {
        end: findings.Finding(
            cause=cause, box="etcd-01", lines=(end,), values={"put": f"install {end} && restart etcd"}
        )
        for end, cause in (("crt", "certificate-foreign"), ("key", "etcd-config-broken"))
    }
    (one,) = certificate_probes._without_their_keys({f"/etc/etcd/pki/peer.{end}": row for end, row in pair.items()})
    assert one.cause == "certificate-foreign"
    assert one.values["put"] == "install key && install crt && restart etcd"


def test_a_lease_of_a_foreign_machine_explains_the_silence_over_vxlan() -> None:
    """A tunnel to an address outside of the lab is named once, with a mend that removes it; the lab's own are none."""
    own = "ae:07:a5:44:8a:e4 dst {} self permanent"
    view = healthy()
    nodes = [box.name for box in view.nodes]
    mates = "\n".join(own.format(machine.address) for machine in view.lab.machines)
    for name in nodes:
        tunnels = f"@@ tunnels\n{mates}\n{own.format('192.0.2.9')}\n@@ peers\n10.2.250.0 silent\n"
        view = changed_text(view, name, "@@ peers\n", tunnels)
    found = judge.judge(view).found
    assert [finding.cause for finding in found] == ["flannel-lease-foreign"]
    assert "192.0.2.9" in found[0].lines[0]
    assert not any(str(machine.address) in found[0].lines[0] for machine in view.lab.machines)
    assert tables.CAUSES["flannel-lease-foreign"].mend.endswith("--repair")
    assert "flannel-lease-foreign" in tables.CAUSES["flannel-interface"].masks


@pytest.mark.parametrize(
    ("phase", "policy", "going", "found"),
    [("Bound", "Delete", False, True), ("Released", "Retain", False, True), ("Released", "Delete", False, False),
     ("Failed", "Delete", False, False), ("Bound", "Delete", True, False)],
)  # fmt: skip
def test_a_volume_that_is_being_deleted_has_lost_no_folder(phase: str, policy: str, going: bool, found: bool) -> None:
    """The provisioner removes the folder first, then the volume: in between nothing is wrong."""
    view = healthy()
    worker = view.lab.workers[0].name
    about = {"name": "pvc-1", **({"deletionTimestamp": "2026-11-30T19:00:00Z"} if going else {})}
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [worker]}]}
    volume = {
        "metadata": about,
        "spec": {
            "local": {"path": "/var/lib/kubelab/volumes/pvc-1_mine_data"},
            "persistentVolumeReclaimPolicy": policy,
            "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        },
        "status": {"phase": phase},
    }
    place = "/api/v1/persistentvolumes"
    lists = {**view.cluster.lists, place: [*view.cluster.items(place), volume]}
    view = dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))
    assert [row.cause for row in workload_probes.volumes(view)] == (["volume-folder-gone"] if found else [])


def test_without_docker_and_keys_docker_is_what_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a new checkout with a stopped Docker `lab.status` said that the lab had boxes and lost their keys."""

    def stopped(_: str) -> None:
        raise errors.LabError("docker-unreachable", "the Docker engine does not answer")

    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(providers, "of", lambda _: SimpleNamespace(demand=lambda _: None, boxes=stopped))
    view = checks.View(lab=healthy().lab, where=paths.LabPaths(name="unit"), api=None)  # type: ignore[arg-type]
    with pytest.raises(errors.LabError) as raised:
        gather.gather(view, lambda *_: {})
    assert raised.value.ident == "docker-unreachable"
