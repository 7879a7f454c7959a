"""What is wrong with a lab of several etcd members and control planes, from what its boxes print to the cause."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import labs_data
import pytest

from kubelab import checks, model, paths
from kubelab.checks import high_availability
from kubelab.clients import ssh
from kubelab.diagnosis import evidence, gather, judge
from kubelab.tasks.output import why_output

LAB = labs_data.lab("ha", members=3, planes=3)
STATUS = "127.0.0.1:2379, a91d725754d90a1, 3.7.1, 3.7.0, 20 kB, 16 kB, 20%, 2.1 GB, {}, {}, 2, 9, 9, {}, , false"
SERVES = STATUS.format("false", "false", "")
LEARNS = STATUS.format("false", "true", "")
ALONE = STATUS.format("false", "false", "etcdserver: no leader")
"""As etcdctl 3.7 prints it."""
VIRTUAL = "192.168.56.100"


def etcd(status: str = SERVES, state: str = "active") -> str:
    """Return what an etcd box prints."""
    unit = f"Id=etcd.service\nActiveState={state}\nSubState=x\nLoadState=loaded\nUnitFileState=enabled\nNRestarts=0\n"
    return f"@@ units\n{unit}@@ journal etcd.service\nlast words\n@@ etcd\n{status}\n@@ end\n"


def plane(*addresses: str) -> str:
    """Return what a control plane prints of its addresses."""
    rows = "".join(f"5: eth1    inet {address}/32 scope global eth1\n" for address in addresses)
    return f"@@ addresses\n1: lo    inet 127.0.0.1/8\n{rows}@@ end\n"


TEXTS: Mapping[str, str] = {
    **{machine.name: etcd() for machine in LAB.etcd},
    **{machine.name: plane() for machine in LAB.control_plane},
    **{machine.name: "@@ end\n" for machine in LAB.workers},
    "kube-master-01": plane(VIRTUAL),
}
GREEN: Mapping[str, str | None] = dict.fromkeys((*checks.healthy(LAB), *high_availability.each(LAB)))


def seen(
    texts: Mapping[str, str] | None = None, red: Mapping[str, str] | None = None, **states: Any
) -> evidence.Evidence:
    """Return the evidence of the healthy lab with other texts, red checks, and boxes that do not run."""
    boxes = {
        machine.name: evidence.Box(machine=machine, text={**TEXTS, **(texts or {})}[machine.name])
        for machine in LAB.machines
    }
    for key, state in states.items():
        name = key.replace("_", "-")
        boxes[name] = dataclasses.replace(boxes[name], state=state, text=None)
    found = {**GREEN, **(red or {})}
    return evidence.Evidence(lab=LAB, now=0.0, boxes=boxes, cluster=evidence.Cluster(), checks=found)


def causes(view: evidence.Evidence) -> list[tuple[str, str | None]]:
    """Return the causes and their boxes, in order."""
    return [(finding.cause, finding.box) for finding in judge.judge(view).found]


SILENT = {"etcd": "https://192.168.56.102:2379: ConnectionError"}
DOWN = {"API server of kube-master-02": "no answer: kube-master-02: no answer came"}
ALL_DOWN = {f"API server of kube-master-0{number}": "no answer" for number in (1, 2, 3)} | {"API server": "no answer"}


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        (seen(), []),
        (seen({"etcd-02": etcd(LEARNS)}), [("etcd-member-unhealthy", "etcd-02")]),
        (seen({"etcd-02": etcd("context deadline exceeded")}, SILENT), [("etcd-member-unhealthy", "etcd-02")]),
        (seen(red=SILENT, etcd_02="exited"), [("box-stopped", "etcd-02")]),
        (
            seen(red=SILENT, etcd_02="exited", etcd_03="exited"),
            [("box-stopped", "etcd-02"), ("box-stopped", "etcd-03"), ("etcd-no-quorum", "etcd-02")],
        ),
        (seen({f"etcd-0{n}": etcd(ALONE) for n in (1, 2, 3)}, SILENT), [("etcd-no-quorum", "etcd-01")]),
        (seen({"kube-master-01": plane()}), [("address-nowhere", "kube-master-01")]),
        (
            seen({"kube-master-03": plane(VIRTUAL)}),
            [("address-twice", "kube-master-01"), ("address-twice", "kube-master-03")],
        ),
        (seen({"kube-master-01": plane("192.168.56.10")}), [("address-nowhere", "kube-master-01")]),
        (seen(red=DOWN), [("server-unready", "kube-master-02")]),
    ],
    ids=[
        "well", "learns", "no status", "a box stopped", "two boxes stopped", "no leader", "address nowhere",
        "address twice", "another address", "one API server",
    ],
)  # fmt: skip
def test_each_has_its_cause(view: evidence.Evidence, wanted: list[tuple[str, str | None]]) -> None:
    """What explains it is named with its box, and its symptoms are not named beside it."""
    assert causes(view) == wanted


def test_an_address_that_no_ready_server_could_hold_is_no_cause() -> None:
    """keepalived gives it to no machine without a ready API server; nor does one silent server stand for all."""
    found = causes(seen({"kube-master-01": plane()}, ALL_DOWN))
    assert not {"address-nowhere", "server-unready"} & {cause for cause, _ in found}
    assert causes(seen({"kube-master-01": plane()}, kube_master_03="exited")) == [
        ("box-stopped", "kube-master-03"), ("address-nowhere", "kube-master-01")
    ]  # fmt: skip


def test_a_member_that_gave_no_answer_in_time_is_no_proof() -> None:
    """A busy computer looks the same: the verdict is that it could not be told."""
    late = {name: dataclasses.replace(box, text=None, problem="no answer in 8 s", late=True)
            for name, box in seen().boxes.items() if name in ("etcd-01", "etcd-02")}  # fmt: skip
    view = dataclasses.replace(seen(), boxes={**seen().boxes, **late})
    (finding,) = (one for one in judge.judge(view).found if one.cause == "etcd-no-quorum")
    assert not finding.sure


def test_the_printed_mends_name_the_box_and_the_lab() -> None:
    """They can be typed as they are."""
    views = {
        "etcd-no-quorum": seen({f"etcd-0{n}": etcd(ALONE) for n in (1, 2, 3)}, SILENT),
        "etcd-member-unhealthy": seen({"etcd-02": etcd(LEARNS)}),
        "address-nowhere": seen({"kube-master-01": plane()}),
        "address-twice": seen({"kube-master-03": plane(VIRTUAL)}),
        "server-unready": seen(red=DOWN),
    }
    found = {name: why_output.mend(LAB, judge.judge(view).found[0]) for name, view in views.items()}
    assert found == {
        "etcd-no-quorum": "./run lab.up --lab ha",
        "etcd-member-unhealthy": "./run lab.up --lab ha --replace etcd-02",
        "address-nowhere": "./run lab.up --lab ha --repair",
        "address-twice": "./run lab.ssh kube-master-01 --lab ha --command "
        "'sudo crictl rm -f $(sudo crictl ps -q --name keepalived)'",
        "server-unready": "./run lab.ssh kube-master-02 --lab ha --command 'sudo systemctl restart kubelet'",
    }


def test_a_lab_with_one_of_each_is_asked_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no further check; one with several has a row for each machine, and each is looked at."""
    single = labs_data.lab()
    assert high_availability.each(single) == {}
    assert gather._each(checks.View.of(single, paths.LabPaths(name="default")), 1.0) == {}
    asked: list[str] = []

    def run(_: paths.LabPaths, machine: model.Machine, *__: object, **___: object) -> str:
        asked.append(machine.name)
        raise ssh.Unreachable(f"{machine.name}: no route")

    monkeypatch.setattr(ssh, "run", run)
    monkeypatch.setattr(high_availability, "ready", lambda _, machine: asked.append(machine.name))
    found = gather._each(checks.View.of(LAB, paths.LabPaths(name="ha")), 1.0)
    assert list(found) == [
        *(f"etcd of {machine.name}" for machine in LAB.etcd),
        *(f"API server of {machine.name}" for machine in LAB.control_plane),
        "virtual address",
    ]
    assert {machine.name for machine in (*LAB.etcd, *LAB.control_plane)} <= set(asked)
    assert found["API server of kube-master-01"] is None
    assert "no route" in str(found["etcd of etcd-01"])
