"""An upgrade drains, applies, waits and lets pods back, one part after the other; stopped anywhere it goes on."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import plan_data
import pytest
from fakes import report

from kubelab import checks, components, errors, host, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import kubectl
from kubelab.config import change_effects, load
from kubelab.converge import (
    apply,
    bring_up,
    compose,
    cordons,
    etcd_members,
    lost_volumes,
    observed,
    plan,
    plan_view,
    planner,
    repair,
    session,
    upgrade,
    upgrade_parts,
)
from kubelab.lab import lifecycle
from kubelab.state import workspace

OLD, NEW = "1.36", "1.37"
ORDER = [
    "apply etcd-01",
    *("apply kube-master-01", "apply kube-master-01"),
    *("drain kube-master-01", "apply kube-master-01", "uncordon kube-master-01"),
    *("drain kube-worker-01", "apply kube-worker-01", "uncordon kube-worker-01"),
    *("drain kube-worker-02", "apply kube-worker-02", "uncordon kube-worker-02"),
]


def lab(name: str) -> model.Lab:
    """Return the usual lab with a version set of the checkout."""
    return dataclasses.replace(plan_data.lab({}), versions=load.versions(name))


GOES_ON: Mapping[str, Callable[[int], list[str]]] = {
    # An apply that was begun counts: the next lab.up lets that box apply its folder before anything else.
    "apply": lambda at: ORDER[at + 1 :],
    "drain": lambda at: [ORDER[at].replace("drain", "uncordon"), *ORDER[at:]],
    "uncordon": lambda at: ORDER[at:],
}
"""The act at which a run was killed to the acts of the next run."""


class Stopped(Exception):
    """The run was killed here."""


class Computer:
    """A lab that runs the older set, and what was done to it; a run is killed at the act number `dies`."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Stand in for boxes, kubectl, the API and the wait."""
        self.where = paths.LabPaths(name="planned")
        self.done: list[str] = []
        self.waited: list[set[str]] = []
        self.dies, self.acts = -1, 0
        self.cordoned: set[str] = set()
        self.full: set[str] = set()
        self.view = checks.View(lab=lab(NEW), where=self.where, api=self)  # type: ignore[arg-type]
        patch.setattr(bring_up, "folders", self._folders)
        patch.setattr(kubectl, "run", self._kubectl)
        patch.setattr(wait, "wait", lambda _, wanted, *__: self.waited.append(set(wanted)))

    def _act(self, what: str) -> None:
        if self.acts == self.dies:
            raise Stopped(what)
        self.acts += 1
        self.done.append(what)

    def _folders(self, view: checks.View, boxes: Sequence[model.Machine]) -> None:
        assert view is self.view
        (machine,) = boxes
        self._act(f"apply {machine.name}")

    def _kubectl(self, _: paths.LabPaths, verb: str, name: str, *words: str, **__: object) -> str:
        assert verb in ("drain", "uncordon")
        if verb == "drain":
            assert set(words) == set(cordons.WORDS)
            self.cordoned.add(name)
        self._act(f"{verb} {name}")
        if name in self.full and verb == "drain":
            raise errors.LabError("kubectl-failed", "kubectl drain failed", details=["cannot evict: budget"])
        if verb == "uncordon":
            self.cordoned.discard(name)
        return ""

    def get(self, path: str) -> Mapping[str, Any]:
        """Return a node."""
        name = path.removeprefix("/api/v1/nodes/")
        return {"spec": {"unschedulable": True} if name in self.cordoned else {}}

    def run(self) -> None:
        """Upgrade as `lab.up` does: first what a stopped run has left is put right."""
        cordons.release(self.view)
        upgrade.carry_out(self.view, report()[0])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build folder with a lab that runs the older set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", tmp_path_factory.mktemp("made") / "build")
        where = paths.LabPaths(name="planned")
        compose.write(compose.compose(lab(OLD), where))
        workspace.remember(where, change_effects.kept(lab(OLD)))
        return paths.BUILD


@pytest.fixture
def computer(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return one, with a copy of that lab."""
    monkeypatch.setattr(paths, "BUILD", shutil.copytree(made, tmp_path / "build", symlinks=True))
    return Computer(monkeypatch)


def test_the_parts_come_in_order_and_nodes_are_drained_around(computer: Computer) -> None:
    """etcd, API server, controllers, nodes; no second node is drained before the first takes pods again."""
    computer.run()
    assert computer.done == ORDER
    assert upgrade_parts.behind(computer.view.lab, computer.where) == ()
    assert cordons.left(computer.where) == ""


def test_each_part_serves_before_the_next_begins(computer: Computer) -> None:
    """A kubelet must say its new version; after a node the whole lab must be well, the guestbook included."""
    computer.run()
    assert len(computer.waited) == 3 + 3 * 2
    assert computer.waited[0] == {"etcd", "API server"}
    assert {"static pods", "control plane"} <= computer.waited[1]
    assert "kubelet" in computer.waited[3]
    assert not any("guestbook complete" in names for names in computer.waited[:4])
    assert {"guestbook complete", "nodes"} <= computer.waited[4]


@pytest.mark.parametrize("dies", range(len(ORDER)))
def test_killed_at_any_step_the_next_run_goes_on(computer: Computer, dies: int) -> None:
    """Nothing that was applied is applied again by another version, and no node stays cordoned."""
    computer.dies = dies
    with pytest.raises(Stopped):
        computer.run()
    assert computer.done == ORDER[:dies]
    computer.dies, computer.done = -1, []
    computer.run()
    assert upgrade_parts.behind(computer.view.lab, computer.where) == ()
    assert computer.cordoned == set()
    assert computer.done == GOES_ON[ORDER[dies].split()[0]](dies)


def test_a_node_that_cannot_be_drained_takes_pods_again(computer: Computer) -> None:
    """The error names the pod; the parts before stay upgraded, and the next run begins with that node."""
    computer.full = {"kube-worker-01"}
    with pytest.raises(errors.LabError) as caught:
        computer.run()
    assert (caught.value.ident, caught.value.details) == ("drain-failed", ("cannot evict: budget",))
    assert computer.done[-1] == "uncordon kube-worker-01"
    left = upgrade_parts.behind(computer.view.lab, computer.where)
    assert [part.title for part in left] == ["kube-worker-01", "kube-worker-02"]
    computer.full, computer.done = set(), []
    computer.run()
    assert computer.done == ORDER[6:]


def test_a_node_that_its_user_cordoned_stays_so(computer: Computer) -> None:
    """It is drained all the same, and is not let in again."""
    computer.cordoned = {"kube-worker-02"}
    computer.run()
    assert computer.cordoned == {"kube-worker-02"}
    assert computer.done == ORDER[:-1]


def test_a_cordoned_node_that_is_gone_is_forgotten(computer: Computer) -> None:
    """Its worker was taken out of the lab file meanwhile."""
    workspace.keep(computer.where.state / cordons.FILE, b"kube-worker-09")
    cordons.release(computer.view)
    assert (computer.done, cordons.left(computer.where)) == ([], "")


def node(version: str, ready: str = "True") -> checks.View:
    """Return a view of a lab with a node."""

    class Door:
        def get(self, path: str) -> Mapping[str, Any]:
            assert path == "/api/v1/nodes/kube-worker-01"
            status = {"conditions": [{"type": "Ready", "status": ready}], "nodeInfo": {"kubeletVersion": version}}
            return {"status": status}

    return checks.View(lab=lab(NEW), where=paths.LabPaths(name="planned"), api=Door())  # type: ignore[arg-type]


def test_a_kubelet_has_been_upgraded_when_its_node_says_so() -> None:
    """A node that is Ready may still be as the old kubelet left it."""
    upgrade.kubelet_runs(node("v1.37.1"), name="kube-worker-01", version="1.37.1")
    for view, words in ((node("v1.36.3"), "says v1.36.3, not v1.37.1"), (node("v1.37.1", "False"), "is not Ready")):
        with pytest.raises(checks.Wrong, match=words):
            upgrade.kubelet_runs(view, name="kube-worker-01", version="1.37.1")


def test_lab_up_lets_a_node_in_again_that_a_stopped_run_left(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so before it waits for health: the guestbook may need that node."""
    workspace.keep(computer.where.state / cordons.FILE, b"kube-worker-01")
    monkeypatch.setattr(apply, "_healthy", lambda *_, **__: computer.done.append("healthy"))
    raised = SimpleNamespace(wait=lambda wanted, *_: computer.done.append(f"wait for {', '.join(wanted)}"))
    nothing = plan.Plan(items=(), states={one.name: observed.State.EQUAL for one in computer.view.lab.machines})
    prepared: Any = SimpleNamespace(plan=nothing)
    apply._converge(computer.view, prepared, raised, report()[0], repairs=False, riddle="")  # type: ignore[arg-type]
    assert computer.done == ["wait for boxes, etcd, API server", "uncordon kube-worker-01", "healthy"]


@dataclass(frozen=True, kw_only=True)
class Up:
    """What a run of `lab.up` did, in order, in words."""

    done: list[str]
    held: session.Held


@pytest.fixture
def up(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> Up:
    """Return a run in which nothing is built, made or applied."""
    done: list[str] = []
    for module, name in (
        *((host, "refuse_unfit"), (planner, "refuse"), (etcd_members, "begin_anew"), (lifecycle, "_ensure_boxes")),
        *((bring_up, "await_vagrant"), (lost_volumes, "tell"), (plan_view, "say")),
    ):
        monkeypatch.setattr(module, name, lambda *_, **__: ())
    monkeypatch.setattr(providers, "of", lambda _: SimpleNamespace(volume_machines=lambda _: set()))
    monkeypatch.setattr(components, "ensure", lambda versions, *_: done.append(f"software of {versions.name}"))

    def prepare(_: checks.View, *, upgraded: bool = False) -> SimpleNamespace:
        item = plan.Item(where=plan.UPGRADE, action=plan.Action.UPGRADE, what="etcd-01")
        done.append(f"plan{' of the upgraded lab' if upgraded else ''}")
        return SimpleNamespace(
            plan=plan.Plan(items=(item,) if upgraded else (), states={"etcd-01": observed.State.APPLY})
        )

    def carried_out(*_: object, repairs: bool, riddle: str) -> apply.UpResult:
        assert not riddle
        done.append(f"carried out{', repaired' if repairs else ''}")
        changes = repair.Changes()
        return apply.UpResult(
            lab=computer.view.lab, where=computer.where, boxes={}, reached={}, by_hand=changes, pending=False
        )

    monkeypatch.setattr(planner, "prepare", prepare)
    monkeypatch.setattr(lifecycle, "_carried_out", carried_out)
    monkeypatch.setattr(upgrade, "carry_out", lambda *_: done.append("upgraded"))
    return Up(done=done, held=session.Held(view=computer.view, report=report()[0]))


def test_lab_up_makes_the_lab_well_first_then_upgrades_and_looks_again(up: Up) -> None:
    """At the old version whatever else the file says is done, repairs included; the result says that it changed."""
    risen = lifecycle._converge(up.held, repairs=True, replaced="", riddle="")
    assert up.done == [
        *("software of 1.37", "software of 1.36"),
        *("plan", "plan of the upgraded lab", "carried out, repaired"),
        *("upgraded", "plan", "carried out"),
    ]
    assert risen.changed
    assert risen.boxes == {"etcd-01": observed.State.APPLY}


def test_lab_up_of_a_lab_without_an_upgrade_plans_once(up: Up, computer: Computer) -> None:
    """Nothing is rendered, planned or built a second time for it."""
    (computer.where.state / workspace.KEPT).unlink()
    assert not lifecycle._converge(up.held, repairs=False, replaced="", riddle="").changed
    assert up.done == ["software of 1.37", "plan", "carried out"]
