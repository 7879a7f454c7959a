"""People's own workloads never count against a lab, in any check or verdict; those that fail are named."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import guests_data
import pytest
import testinfra.host
import why_data
from guests_data import BAD, FINISHED, GUESTS, QUIET

from kubelab import checks, errors, paths
from kubelab.checks import lab_objects, user_workloads
from kubelab.diagnosis import evidence, judge
from kubelab.render import belongings

suite: Any = importlib.import_module("suite")  # of tests/live, which is no package
ASKED: dict[str, Callable[[checks.View], None]] = {
    "system pods": checks.system_pods_ready,
    "guestbook complete": checks.guestbook_complete,
    "dashboard": checks.dashboard_ready,
    "claims": checks.claims_bound,
    "namespaces": checks.namespaces_go,
}
"""Checks that look at objects which guests have as well."""


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that rendered files are in."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", GUESTS)
@pytest.mark.parametrize("check", ASKED)
def test_no_check_is_red_because_of_a_guest(check: str, name: str, build: Path) -> None:
    """A lab that is well stays well, whatever else is in its cluster."""
    ASKED[check](guests_data.asked(guests_data.visited(name), build))


@pytest.mark.parametrize("name", GUESTS)
def test_no_guest_is_a_cause(name: str) -> None:
    """The judgement behind `lab.status` and `lab.why` finds nothing, and the exit code is 0."""
    verdict = judge.judge(guests_data.visited(name))
    assert [finding.cause for finding in verdict.found] == []
    assert verdict.code is errors.Exit.GOOD


@pytest.mark.parametrize("name", BAD)
def test_a_guest_that_does_badly_is_named(name: str) -> None:
    """One remark with its name and namespace says what it is; that it is not the lab's stands first."""
    item = BAD[name][1]["metadata"]
    (remark,) = judge.judge(guests_data.visited(name)).remarks
    assert remark.startswith("not the lab's: ")
    assert "/".join(part for part in (item.get("namespace"), item["name"]) if part) in remark


@pytest.mark.parametrize("name", [*FINISHED, *QUIET])
def test_a_guest_that_does_well_is_not_named(name: str) -> None:
    """Who is done, or concerns nobody but its owner, is no remark."""
    assert judge.judge(guests_data.visited(name)).remarks == ()


def test_a_missing_image_is_told_with_what_brings_it() -> None:
    """The node and the image, and `lab.load`."""
    (remark,) = judge.judge(guests_data.visited("an image that no node has")).remarks
    assert f"kube-worker-01 has no image {guests_data.AGNHOST}: ./run lab.load" in remark


def test_all_guests_together_are_a_few_lines(build: Path) -> None:
    """The lab is well, the first are named, and how many more there are."""
    view = guests_data.visited(*GUESTS)
    verdict = judge.judge(view)
    assert verdict.code is errors.Exit.GOOD
    assert len(verdict.remarks) == user_workloads.SHOWN + 1
    assert f"{len(BAD) - user_workloads.SHOWN} more" in verdict.remarks[-1]
    assert user_workloads.seen(guests_data.asked(view, build)) == list(verdict.remarks)


PLACED = [{"type": "Ready", "status": "False"}, {"type": "PodScheduled", "status": "True"}]


def ill(view: evidence.Evidence, of: str, **status: Any) -> evidence.Evidence:
    """Return the evidence with every pod of a deployment in a bad state, and the deployment without them."""
    lists = dict(view.cluster.lists)
    lists[user_workloads.PODS] = [
        {**pod, "status": {**pod["status"], "conditions": PLACED, **status}}
        if belongings.controller(pod) == ("Deployment", of)
        else pod
        for pod in view.cluster.pods()
    ]
    lists[user_workloads.DEPLOYMENTS] = [
        {**item, "status": {**item["status"], "availableReplicas": 0}} if item["metadata"]["name"] == of else item
        for item in view.cluster.items(user_workloads.DEPLOYMENTS)
    ]
    return dataclasses.replace(view, cluster=dataclasses.replace(view.cluster, lists=lists))


OWN = {"coredns": "system pods", "frontend": "guestbook complete", "redis-leader": "guestbook complete",
       "redis-follower": "guestbook complete", "dashboard": "dashboard"}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_a_workload_of_the_labs_own_is_judged(name: str, build: Path) -> None:
    """Its crashing pods redden its check, and are a cause; the guests beside it are told all the same."""
    crashing = [{"name": "c", "ready": False, "state": {"waiting": guests_data.CRASHES}}]
    view = ill(guests_data.visited("a crashing pod in kube-system"), name, containerStatuses=crashing)
    with pytest.raises(checks.Wrong, match=name):
        ASKED[OWN[name]](guests_data.asked(view, build))
    verdict = judge.judge(view)
    assert [finding.cause for finding in verdict.found] == ["pods-not-ready"]
    assert verdict.code is errors.Exit.DEGRADED
    assert len(verdict.remarks) == 1


@pytest.mark.parametrize("name", OWN)
def test_pods_that_were_replaced_are_not_waited_for(name: str, build: Path) -> None:
    """An evicted pod stays behind as Failed while its deployment has all that it wants: the lab is well."""
    view = why_data.record()
    old = next(pod for pod in view.cluster.pods() if belongings.controller(pod) == ("Deployment", name))
    evicted = {**old, "metadata": {**old["metadata"], "name": f"{name}-evicted"}, "status": {"phase": "Failed"}}
    more = guests_data.with_objects(view, (user_workloads.PODS, evicted))
    ASKED[OWN[name]](guests_data.asked(more, build))
    assert judge.judge(more).code is errors.Exit.GOOD


@pytest.mark.parametrize("name", OWN)
def test_a_workload_that_is_gone_or_wants_nothing_is_wrong(name: str, build: Path) -> None:
    """Nobody is there whose pods could be ill: the rendered list says who should be."""
    view = why_data.record()
    rest = [item for item in view.cluster.items(user_workloads.DEPLOYMENTS) if item["metadata"]["name"] != name]
    gone = dataclasses.replace(view.cluster, lists={**view.cluster.lists, user_workloads.DEPLOYMENTS: rest})
    with pytest.raises(checks.Wrong, match=f"there is no deployment .*/{name}"):
        ASKED[OWN[name]](guests_data.asked(dataclasses.replace(view, cluster=gone), build))


def test_every_rendered_workload_has_a_check(build: Path) -> None:
    """Each deployment that any add-on brings is looked at by exactly one of the checks of a healthy lab."""
    found = lab_objects.belongings_of(guests_data.asked(why_data.record(), build)).workloads()
    assert sorted(name for _, _, name in found) == sorted(OWN)


def test_what_hurts_the_lab_is_a_cause_whoever_made_it() -> None:
    """A webhook without a server that is asked about every pod, a quota of nothing in a namespace of the lab's."""
    everything = {**guests_data.HOOK["webhooks"][0], "rules": [
        {"apiGroups": [""], "operations": ["CREATE"], "resources": ["pods"]}]}  # fmt: skip
    hook = {**guests_data.HOOK, "webhooks": [everything]}
    quota = {"metadata": guests_data.about("none", "guestbook"), "spec": {"hard": {"pods": "0"}}}
    for cause, row in {
        "webhook-dead": (guests_data.HOOKS, hook),
        "quota-zero": ("/api/v1/resourcequotas", quota),
    }.items():
        verdict = judge.judge(guests_data.with_objects(why_data.record(), row))
        assert [finding.cause for finding in verdict.found] == [cause]
        assert verdict.code is errors.Exit.DEGRADED


def test_restarts_of_guests_are_not_counted(build: Path) -> None:
    """Only a container of the lab's own that restarts while `lab.test` runs fails it."""
    counted = checks.restarts(guests_data.asked(guests_data.visited("a crashing pod in kube-system"), build))
    assert not [name for name in counted if "crash-k" in name]
    assert [name for name in counted if "coredns" in name]


def test_a_lab_that_was_never_rendered_is_silent() -> None:
    """Nobody can say what is its own: neither well nor ill."""
    view = why_data.record()
    with pytest.raises(checks.Silent, match="has not been rendered"):
        lab_objects.belongings_of(checks.View(lab=view.lab, where=paths.LabPaths(name="why"), api=None))  # type: ignore[arg-type]


class Box:
    """A box whose processes are in these pods, and which prints nothing else."""

    def __init__(self, **pods: str) -> None:
        """Have a process of each number in a pod of that uid."""
        self.pods = pods

    def run(self, command: str) -> SimpleNamespace:
        """Print what grep finds in the groups of processes: a line for each of their controllers."""
        assert command == suite.GUESTS
        rows = [f"/proc/{number[1:]}/cgroup:pod{uid}\n" for number, uid in self.pods.items() for _ in range(2)]
        return SimpleNamespace(stdout="".join(rows))

    def check_output(self, _: str) -> str:
        """Print who listens: the lab's own, a guest, both at one port, the kernel."""
        return (
            'tcp LISTEN 0 4096 *:10250 *:* users:(("kubelet",pid=7,fd=3))\n'
            'tcp LISTEN 0 4096 *:9100 *:* users:(("exporter",pid=2,fd=3),("exporter",pid=2,fd=4))\n'
            'tcp LISTEN 0 4096 *:8080 *:* users:(("both",pid=2,fd=3),("both",pid=3,fd=4))\n'
            "udp UNCONN 0 0 0.0.0.0:8472 0.0.0.0:*\n"
        )


def test_a_guests_process_is_told_from_the_labs_own(build: Path) -> None:
    """By the pod that it is in: a static pod by its manifest's digest, another by its uid."""
    visitor = guests_data.pod("exporter", "kube-system", "Running")
    visitor["metadata"]["uid"] = "0f0e0d0c-1111-2222-3333-444455556666"
    view = guests_data.asked(guests_data.with_objects(why_data.record(), (user_workloads.PODS, visitor)), build)
    pods = {pod["metadata"]["name"]: pod["metadata"] for pod in view.api.items(user_workloads.PODS)}
    own_one = next(about["uid"] for name, about in pods.items() if name.startswith("coredns-"))
    static = pods["kube-apiserver-kube-master-01"]["annotations"]["kubernetes.io/config.hash"]
    box = Box(p1=static, p2=visitor["metadata"]["uid"].replace("-", "_"), p3=own_one)
    host = cast(testinfra.host.Host, box)
    assert suite.guests(view, host) == {"2"}
    assert suite.guest_ports(view, host) == {"9100"}
