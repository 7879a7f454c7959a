"""`lab.up --replace BOX`: a box and its volumes go where the rest of the lab can do without, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import labs_data
import pytest
from fakes import Computer

from kubelab import checks, errors, model, paths, providers
from kubelab.checks import high_availability
from kubelab.clients import ssh
from kubelab.converge import etcd_members, observed
from kubelab.lab import box_replacement

LAB = labs_data.lab("ha", members=3, planes=3)
SINGLE = labs_data.lab()


class Serving:
    """Answers for members and API servers: all but those that are down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, down: Sequence[str]) -> None:
        """Stand in for ssh and for the look at an API server."""
        self.down = down
        monkeypatch.setattr(ssh, "run", self.run)
        monkeypatch.setattr(high_availability, "ready", self.ready)

    def run(self, _: paths.LabPaths, machine: ssh.Named, command: str, **__: object) -> str:
        """Say that the member of a box is healthy."""
        assert command == high_availability.ETCDCTL.format("endpoint health")
        if machine.name in self.down:
            raise ssh.Failed(machine, command, 1, "unhealthy")
        return "is healthy"

    def ready(self, _: checks.View, machine: model.Machine) -> None:
        """Say that an API server is ready."""
        if machine.name in self.down:
            raise checks.Silent(f"{machine.name}: no answer")


@pytest.fixture(autouse=True)
def _computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Computer.made(tmp_path, monkeypatch)
    monkeypatch.setattr(paths, "ROOT", tmp_path / "checkout")


@pytest.mark.parametrize(
    ("lab", "name", "down", "refused"),
    [
        (LAB, "etcd-02", (), False),
        (LAB, "etcd-02", ("etcd-02", "kube-master-01"), False),
        (LAB, "etcd-02", ("etcd-03",), True),
        (labs_data.lab("ha", members=5), "etcd-02", ("etcd-03",), False),
        (labs_data.lab("ha", members=5), "etcd-02", ("etcd-03", "etcd-04"), True),
        (LAB, "kube-master-01", ("kube-master-02",), False),
        (LAB, "kube-master-01", ("kube-master-02", "kube-master-03"), True),
        (LAB, "kube-worker-01", ("kube-worker-02",), False),
        (SINGLE, "kube-master-01", (), False),
        (SINGLE, "etcd-01", (), True),
    ],
)  # fmt: skip
def test_a_box_goes_only_where_the_others_can_go_on(
    monkeypatch: pytest.MonkeyPatch, lab: model.Lab, name: str, down: Sequence[str], refused: bool
) -> None:
    """Most members of etcd must serve without it, or one other API server; a worker's place is empty for a while."""
    Serving(monkeypatch, down)
    view = checks.View.of(lab, paths.LabPaths(name=lab.name))
    if not refused:
        box_replacement.refuse(view, view.lab_machine(name))
        return
    with pytest.raises(errors.LabError) as problem:
        box_replacement.refuse(view, view.lab_machine(name))
    assert problem.value.ident == "replace-refused"
    assert all(one in str(problem.value.details) for one in down if one != name)


def test_the_only_member_is_refused_with_the_way_by_a_checkpoint() -> None:
    """What is printed can be typed: the checkpoint's words, for this lab."""
    lab = labs_data.lab("other")
    with pytest.raises(errors.LabError, match="nowhere else") as problem:
        box_replacement.refuse(checks.View.of(lab, paths.LabPaths(name="other")), lab.etcd[0])
    assert "./run checkpoint.restore NAME --lab other" in problem.value.remedy


class Provider:
    """Notes what is removed."""

    def __init__(self, removed: list[str]) -> None:
        """Have a box and a volume of every machine; what is removed goes into `removed`."""
        self.removed = removed

    def boxes(self, _: str) -> tuple[SimpleNamespace, ...]:
        """Return a box of every machine."""
        return tuple(SimpleNamespace(machine=one.name, ident=one.container) for one in LAB.machines)

    def volumes(self, _: str, machine: str) -> tuple[str, ...]:
        """Return a volume of a machine."""
        return (f"volume-of-{machine}",)

    def remove_boxes(self, boxes: Sequence[str]) -> None:
        """Note them."""
        self.removed += boxes

    def remove_volumes(self, volumes: Sequence[str]) -> None:
        """Note them."""
        self.removed += volumes


def given_up(monkeypatch: pytest.MonkeyPatch, name: str, removed: list[str]) -> None:
    """Give a box up; what is removed goes into `removed`, in order."""
    provider = Provider(removed)
    Serving(monkeypatch, ())
    monkeypatch.setattr(providers, "of", lambda _: provider)
    monkeypatch.setattr(etcd_members, "remove", lambda _, name: provider.removed.append(f"member {name}"))
    record = paths.ROOT / ".vagrant/machines" / f"ha-{name}" / "docker/id"
    record.parent.mkdir(parents=True)
    record.write_text("old", encoding="utf-8")
    box_replacement.give_up(labs_data.held(LAB), name)
    if name in {machine.name for machine in LAB.machines}:
        assert observed.vagrant_id(next(one for one in LAB.machines if one.name == name)) is None


def test_the_box_its_volumes_and_its_place_among_the_members_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vagrant forgets it as well: what is missing later was not lost."""
    removed: list[str] = []
    given_up(monkeypatch, "etcd-02", removed)
    assert removed == ["kubelab-ha-etcd-02", "volume-of-etcd-02", "member etcd-02"]


def test_another_machine_is_no_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control plane's box and volumes go, and nothing else."""
    removed: list[str] = []
    given_up(monkeypatch, "kube-master-03", removed)
    assert removed == ["kubelab-ha-kube-master-03", "volume-of-kube-master-03"]


def test_a_mistyped_machine_is_told_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is removed."""
    removed: list[str] = []
    with pytest.raises(errors.LabError, match="no machine etcd-9") as problem:
        given_up(monkeypatch, "etcd-9", removed)
    assert removed == []
    assert problem.value.ident == "machine-unknown"
    assert "etcd-02" in str(problem.value.details)
