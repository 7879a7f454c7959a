"""Which parts of a lab are upgraded in which order, what is rendered meanwhile, and what is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import invoke
import labs_data
import plan_data
import pytest
import triggers_class

from kubelab import checks, errors, model, paths
from kubelab.components import selection
from kubelab.config import change_effects, load
from kubelab.converge import compose, cordons, etcd_members, observed, plan, planner, session, upgrade_parts
from kubelab.exercises import attempt, exam_mark, lockout
from kubelab.files import atomic
from kubelab.lab import lifecycle
from kubelab.providers import docker
from kubelab.render import files_tsv
from kubelab.state import workspace
from kubelab.tasks import lab as tasks_lab

SEVERAL: Mapping[str, Any] = {"machines": {"etcd": {"count": 3}, "control-plane": {"count": 2}, "worker": {"count": 2}}}
OLD, NEW = "1.36", "1.37"


def lab(name: str, values: Mapping[str, Any] = SEVERAL) -> model.Lab:
    """Return the lab with a version set of the checkout."""
    return dataclasses.replace(plan_data.lab(values), versions=load.versions(name))


def of(kubernetes: str, etcd: str) -> model.Lab:
    """Return the lab with a version set of the test's own."""
    components = {**load.versions(NEW).components, "kubernetes": kubernetes, "etcd": etcd}
    return dataclasses.replace(lab(NEW), versions=model.VersionSet(name="mine", components=components))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build folder with a lab of several machines that runs the older set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "BUILD", tmp_path_factory.mktemp("made") / "build")
        found = paths.LabPaths(name="planned")
        compose.write(compose.compose(lab(OLD), found))
        workspace.remember(found, change_effects.kept(lab(OLD)))
        return paths.BUILD


@pytest.fixture
def where(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a copy of that lab."""
    monkeypatch.setattr(paths, "BUILD", shutil.copytree(made, tmp_path / "build", symlinks=True))
    monkeypatch.setattr(observed, "vagrant_id", lambda machine: f"id-{machine.name}")
    return paths.LabPaths(name="planned")


def boxes(of: model.Lab, where: paths.LabPaths, ahead: Collection[upgrade_parts.Part] = ()) -> dict[str, bytes]:
    """Return the files of the boxes' folders as they would be rendered now."""
    files = compose.compose(of, where, ahead=ahead).files
    return {path: file.content for path, file in files.items() if path.startswith("boxes/")}


def titles(left: Sequence[upgrade_parts.Part]) -> list[str]:
    """Return parts in words."""
    return [part.title for part in left]


def test_the_order_is_that_of_the_skew_policy(where: paths.LabPaths) -> None:
    """etcd, API servers, controllers, then each node: control planes first."""
    assert titles(upgrade_parts.behind(lab(NEW), where)) == [
        *("etcd-01", "etcd-02", "etcd-03"),
        *("API server of kube-master-01", "API server of kube-master-02"),
        *("controllers of kube-master-01", "controllers of kube-master-02"),
        *("kube-master-01", "kube-master-02", "kube-worker-01", "kube-worker-02"),
    ]
    changes = [change for _, change in upgrade_parts.steps(lab(NEW), where)]
    assert changes[:3] == ["etcd 3.6.16 -> 3.7.1"] * 3
    assert set(changes[3:]) == {"kubernetes 1.36.3 -> 1.37.1"}


def test_a_changed_set_alone_renders_no_other_byte_for_a_box(where: paths.LabPaths) -> None:
    """What renders a lab, `lab.certs --renew` say, upgrades nothing: that is done part by part."""
    assert boxes(lab(NEW), where) == boxes(lab(OLD), where)


def test_each_step_changes_one_machine_and_the_last_leaves_the_new_lab(where: paths.LabPaths) -> None:
    """Stopped after any part, the next look finds the rest; in the end nothing of the old set is left."""
    parts = upgrade_parts.parts(lab(NEW))
    for number, part in enumerate(parts):
        before = boxes(lab(NEW), where)
        rendered = compose.compose(lab(NEW), where, ahead=[part])
        compose.write(rendered)
        after = boxes(lab(NEW), where)
        changed = {path.split("/")[1] for path in after if after[path] != before.get(path)}
        assert changed == {part.machine.name}
        assert upgrade_parts.behind(lab(NEW), where) == parts[number + 1 :]
        assert after == {path: file.content for path, file in rendered.files.items() if path.startswith("boxes/")}
    assert boxes(lab(NEW), where) == boxes(lab(NEW), where, ahead=parts)
    assert not [path for path, content in boxes(lab(NEW), where).items() if b"1.36.3" in content]


def test_no_part_is_ever_newer_than_what_it_asks(where: paths.LabPaths) -> None:
    """After every step: no controller and no kubelet is ahead of an API server, and none is two versions behind."""
    role = upgrade_parts.Role
    for part in upgrade_parts.parts(lab(NEW)):
        compose.write(compose.compose(lab(NEW), where, ahead=[part]))
        found: dict[upgrade_parts.Role, list[tuple[int, int]]] = {}
        for one in upgrade_parts.parts(lab(NEW)):
            found.setdefault(one.role, []).append(upgrade_parts.minor(upgrade_parts.version(where, one)))
        assert max(found[role.CONTROLLERS]) <= min(found[role.API])
        assert max(found[role.NODE]) <= min(found[role.API])
        assert min(found[role.NODE])[1] >= max(found[role.API])[1] - 1


def test_an_added_worker_joins_at_the_version_of_the_others(where: paths.LabPaths) -> None:
    """A new kubelet would be ahead of the API server; it is upgraded in its turn."""
    more = lab(NEW, {"machines": {**SEVERAL["machines"], "worker": {"count": 3}}})
    assert titles(upgrade_parts.behind(more, where))[-1] == "kube-worker-03"
    files = boxes(more, where)
    assert b"kubernetes-1.36.3-" in files["boxes/kube-worker-03/files.tsv"]


def test_another_patch_version_is_no_upgrade(where: paths.LabPaths) -> None:
    """It is applied to all machines together, as it always was."""
    assert upgrade_parts.behind(of("1.36.9", "3.6.20"), where) == ()
    assert any(b"kubernetes-1.36.9-" in content for content in boxes(of("1.36.9", "3.6.20"), where).values())


def test_a_lab_that_was_only_rendered_has_nothing_to_upgrade(where: paths.LabPaths) -> None:
    """No box runs what was rendered: the first lab.up makes them of the new set."""
    (where.state / workspace.KEPT).unlink()
    assert upgrade_parts.behind(lab(NEW), where) == ()
    assert boxes(lab(NEW), where) != boxes(lab(OLD), where)


@pytest.mark.parametrize(
    ("kubernetes", "etcd", "named"),
    [("1.38.0", "3.7.1", "1.36.3 -> 1.38.0"), ("1.35.4", "3.6.16", "1.36.3 -> 1.35.4"),
     ("1.36.3", "3.5.1", "etcd 3.6.16 -> 3.5.1"), ("1.37.1", "3.8.0", "etcd 3.6.16 -> 3.8.0"),
     ("2.37.0", "3.7.1", "1.36.3 -> 2.37.0")],
)  # fmt: skip
def test_two_minors_at_once_and_the_way_back_are_refused(
    where: paths.LabPaths, kubernetes: str, etcd: str, named: str
) -> None:
    """Before anything happens, with what each machine runs."""
    with pytest.raises(errors.LabError) as caught:
        upgrade_parts.refuse(of(kubernetes, etcd), where)
    assert caught.value.ident == "upgrade-refused"
    assert any(named in detail for detail in caught.value.details)
    back = kubernetes < "1.36" or etcd < "3.6"
    assert ("there is no way back" in caught.value.what) == back != ("at once" in caught.value.what)
    assert ("lab.destroy" in caught.value.remedy) == back


def test_the_way_back_is_refused_in_the_middle_too(where: paths.LabPaths) -> None:
    """An etcd that has written with the newer version is not read by the older one."""
    first = upgrade_parts.parts(lab(NEW))[0]
    compose.write(compose.compose(lab(NEW), where, ahead=[first]))
    upgrade_parts.refuse(lab(NEW), where)
    with pytest.raises(errors.LabError) as caught:
        upgrade_parts.refuse(lab(OLD), where)
    assert caught.value.details == ("etcd-01: etcd 3.7.1 -> 3.6.16",)
    assert "cannot go back to version set 1.36" in caught.value.what


def upgraded(where: paths.LabPaths) -> None:
    """Bring the lab to the newer set, as a whole upgrade leaves it."""
    for part in upgrade_parts.parts(lab(NEW)):
        compose.write(compose.compose(lab(NEW), where, ahead=[part]))


def damaged(where: paths.LabPaths) -> None:
    """Overwrite every rendered file of the machines."""
    for path in rendered(where):
        path.write_bytes(b"\xff\xfe")


def blocked(where: paths.LabPaths) -> None:
    """Put a FIFO in the place of every rendered file: nobody will ever write to it."""
    for path in rendered(where):
        path.unlink()
        os.mkfifo(path)


def rendered(where: paths.LabPaths) -> list[Path]:
    """Return the rendered files of the machines."""
    return [path for path in where.box("").rglob("*") if path.is_file()]


def rendered_again(where: paths.LabPaths) -> None:
    """Put the files of the older set in place, as a copy of the folder from before brings them."""
    for path, content in boxes(lab(OLD), paths.LabPaths(name="older")).items():
        atomic.write(where.root / path, content)


LOSSES: Mapping[str, Callable[[paths.LabPaths], None]] = {
    "removed": lambda where: shutil.rmtree(where.box("")),
    "rendered for the older set": rendered_again,
    "damaged": damaged,
    "blocked": blocked,
}
"""What happens to the rendered files of the machines."""


@pytest.mark.parametrize("loss", LOSSES)
def test_the_way_back_is_refused_without_the_rendered_files(where: paths.LabPaths, loss: str) -> None:
    """The note in state/ tells what the machines were given, also if the files under boxes/ say otherwise."""
    upgraded(where)
    LOSSES[loss](where)
    with pytest.raises(errors.LabError, match="no way back") as caught:
        upgrade_parts.refuse(lab(OLD), where)
    assert caught.value.ident == "upgrade-refused"
    assert len(caught.value.details) == len(upgrade_parts.parts(lab(OLD)))
    assert upgrade_parts.behind(lab(NEW), where) == ()


@pytest.mark.parametrize("loss", ["removed", "damaged", "blocked"])
def test_an_upgrade_goes_on_without_the_rendered_files(where: paths.LabPaths, loss: str) -> None:
    """Stopped after any part: what is left is upgraded in its order, and nothing else is."""
    parts = upgrade_parts.parts(lab(NEW))
    for part in parts[:4]:
        compose.write(compose.compose(lab(NEW), where, ahead=[part]))
    before = boxes(lab(NEW), where)
    LOSSES[loss](where)
    assert upgrade_parts.behind(lab(NEW), where) == parts[4:]
    assert boxes(lab(NEW), where) == before


def test_a_lab_whose_state_is_gone_is_no_new_lab_if_it_has_volumes(where: paths.LabPaths) -> None:
    """Neither a way back nor an upgrade of all machines at once passes; the older set itself does."""
    shutil.rmtree(where.state)
    upgrade_parts.refuse(lab(OLD), where, data=True)
    upgrade_parts.refuse(lab(NEW), where)
    with pytest.raises(errors.LabError, match="lost its state/") as caught:
        upgrade_parts.refuse(lab(NEW), where, data=True)
    assert caught.value.ident == "upgrade-refused"
    assert "put the older 'versions:' back" in caught.value.remedy
    compose.write(compose.compose(lab(NEW), where))
    shutil.rmtree(where.state)
    with pytest.raises(errors.LabError, match="no way back"):
        upgrade_parts.refuse(lab(OLD), where, data=True)


def test_the_planner_tells_whether_the_lab_has_volumes(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """So `lab.plan` and `lab.up` refuse it too."""
    workspace.remove(where, keep_keys=True)
    compose.write(compose.compose(lab(NEW), where))
    shutil.rmtree(where.state)
    for volumes in ((), ("kl-planned-etcd-01-data",)):
        monkeypatch.setattr(
            docker.Docker, "volumes", lambda _, name, there=volumes: there if name == "planned" else 1 / 0
        )
        monkeypatch.setattr(docker.Docker, "volume_machines", lambda _, __: frozenset({"etcd-01"}))
        expected = pytest.raises(errors.LabError, match="no way back") if volumes else contextlib.nullcontext()
        with expected:
            planner.refuse(lab(OLD), where)


def running(where: paths.LabPaths) -> dict[str, str]:
    """Return the records of machines that run what is rendered now."""
    return {
        machine.name: (where.box(machine.name) / files_tsv.NAME).read_text(encoding="utf-8")
        for machine in lab(NEW).machines
    }


def forgotten(where: paths.LabPaths) -> None:
    """Remove what is known of the lab but for its keys, and that it was up."""
    workspace.remove(where, keep_keys=True)
    workspace.remember(where, change_effects.kept(lab(OLD)))


def test_running_machines_have_the_last_word(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """With files and note gone a plan is made only for the minor version that the machines say they run."""
    records = running(where)
    forgotten(where)
    planned(monkeypatch, where, lab(OLD), records)
    with pytest.raises(errors.LabError, match="at once") as caught:
        planned(monkeypatch, where, lab(NEW), records)
    assert "kube-worker-01: kubernetes 1.36.3 -> 1.37.1" in caught.value.details
    compose.write(compose.compose(lab(NEW), where))
    records = running(where)
    forgotten(where)
    rendered_again(where)
    with pytest.raises(errors.LabError, match="cannot go back") as caught:
        planned(monkeypatch, where, lab(OLD), records)
    assert caught.value.ident == "upgrade-refused"
    assert "etcd-01: etcd 3.7.1 -> 3.6.16" in caught.value.details
    assert "lab.destroy" in caught.value.remedy


def planned(
    patch: pytest.MonkeyPatch, where: paths.LabPaths, several: model.Lab, records: Mapping[str, str]
) -> planner.Prepared:
    """Return the plan for machines that run, and whose records are these."""
    equal = {
        one.name: observed.ObservedBox(machine=one, state=observed.State.EQUAL, record=records[one.name])
        for one in several.machines
    }
    patch.setattr(observed, "observe", lambda *_: observed.Observed(boxes=equal))
    patch.setattr(planner, "refuse", lambda *_: None)
    patch.setattr(planner, "applied", lambda *_: ())
    view = checks.View(lab=several, where=where, api=None)  # type: ignore[arg-type]
    return planner.prepare(view)


def test_a_stopped_upgrade_is_planned_on(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that was about to change is behind its files: it applies them, and nothing is refused."""
    records = running(where)
    for part in upgrade_parts.parts(lab(NEW)):
        compose.write(compose.compose(lab(NEW), where, ahead=[part]))
        planned(monkeypatch, where, lab(NEW), records)
        records = running(where)
        planned(monkeypatch, where, lab(NEW), records)


def test_no_upgrade_happens_under_an_exercise_or_an_exam(where: paths.LabPaths) -> None:
    """Also when the attempt has only ended and is not put back; a lab that is not upgraded is not refused."""
    attempt.save(where, triggers_class.an_attempt())
    lockout.refuse_upgrade(lab(OLD), where)
    for ended in ("", attempt.now()):
        attempt.save(where, dataclasses.replace(triggers_class.an_attempt(), ended=ended))
        with pytest.raises(errors.LabError, match="an upgrade to version set") as caught:
            lockout.refuse_upgrade(lab(NEW), where)
        assert caught.value.ident == "exercise-running"
    (attempt.folder(where) / "attempt.json").unlink()
    lockout.refuse_upgrade(lab(NEW), where)
    exam_mark.folder(where).mkdir(parents=True)
    begun = "2026-11-30T13:00:00+00:00"
    for submitted in ("", "2026-11-30T15:00:00+00:00"):
        kept = json.dumps({"submitted": submitted, "course": "", "begun": begun})
        (exam_mark.folder(where) / exam_mark.FILE).write_text(kept, encoding="utf-8")
        with pytest.raises(errors.LabError) as caught:
            lockout.refuse_upgrade(lab(NEW), where)
        assert caught.value.ident == "exam-running"


def test_lab_up_asks_before_it_upgrades(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The word itself is refused, before anything of the lab is touched."""

    def refused(of: model.Lab, _: paths.LabPaths) -> None:
        raise errors.LabError("exercise-running", f"an exercise runs in {of.name}")

    @contextlib.contextmanager
    def held(*_: object, **__: object) -> Iterator[session.Held]:
        yield labs_data.held()

    monkeypatch.setattr(session, "held", held)
    monkeypatch.setattr(lockout, "refuse_upgrade", refused)
    monkeypatch.setattr(lifecycle, "up", lambda *_, **__: pytest.fail("it is brought up"))
    with pytest.raises(SystemExit):
        tasks_lab.up(invoke.context.Context(), lab="default")
    assert "exercise-running" in capsys.readouterr().err


def test_virtual_machines_are_refused(where: paths.LabPaths) -> None:
    """They would all be made anew at once, with the one disk of the new set."""
    with pytest.raises(errors.LabError, match="one disk") as caught:
        upgrade_parts.refuse(dataclasses.replace(lab(NEW), provider=model.Provider.LIBVIRT), where)
    assert caught.value.ident == "upgrade-refused"


def test_a_set_that_is_gone_is_refused_by_its_versions(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines that wait for their turn need the software that they have."""
    monkeypatch.setattr(selection, "sets", lambda: (load.versions(NEW),))
    with pytest.raises(errors.LabError, match=r"etcd 3\.6\.16, kubernetes 1\.36\.3") as caught:
        upgrade_parts.refuse(lab(NEW), where)
    assert caught.value.ident == "upgrade-refused"


def test_of_several_fitting_sets_the_exact_one_is_taken(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A set of the same minor version with other patches would restart what waits for its turn."""
    near = of("1.36.1", "3.6.1").versions
    left = upgrade_parts.behind(lab(NEW), where)
    for sets in ((near, load.versions(OLD)), (load.versions(OLD), near)):
        monkeypatch.setattr(selection, "sets", lambda sets=sets: sets)
        assert upgrade_parts.older(lab(NEW), where, left) == load.versions(OLD)


def test_the_plan_names_each_part_in_order(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lab.plan` says it beforehand: what, from which version to which, and which nodes are drained."""
    several = lab(NEW)
    equal = {
        one.name: observed.ObservedBox(
            machine=one,
            state=observed.State.EQUAL,
            record=(where.box(one.name) / files_tsv.NAME).read_text(encoding="utf-8"),
        )
        for one in several.machines
    }
    monkeypatch.setattr(observed, "observe", lambda *_: observed.Observed(boxes=equal))
    monkeypatch.setattr(planner, "refuse", lambda *_: None)
    monkeypatch.setattr(planner, "applied", lambda *_: ())
    view = checks.View(lab=several, where=where, api=None)  # type: ignore[arg-type]
    items = planner.prepare(view, upgraded=True).plan.items
    first = [item for item in items if item.action is plan.Action.UPGRADE]
    assert list(items[: len(first)]) == first
    assert [item.what for item in first] == titles(upgrade_parts.parts(several))
    assert first[0].reason == "etcd 3.6.16 -> 3.7.1"
    assert first[-1].reason == "kubernetes 1.36.3 -> 1.37.1; drained before, takes pods again after"
    rest = {(item.action, item.what) for item in items}
    assert (plan.Action.CHANGE, "/opt/bin/etcd") in rest
    assert (plan.Action.RESTART, "static pod kube-apiserver") in rest
    now = planner.prepare(view).plan
    assert not [item for item in now.items if item.action is plan.Action.UPGRADE or "/opt/bin" in item.what]


@pytest.mark.parametrize("name", ["files.tsv", "files/etc/kubernetes/manifests/kube-apiserver.yaml"])
def test_a_damaged_file_of_a_machine_ends_in_no_traceback(where: paths.LabPaths, name: str) -> None:
    """The part is one that was never rendered, and is rendered anew like its neighbours."""
    (where.box("kube-master-01") / name).write_bytes(b"\xff\xfe\x00")
    damaged = {part.title for part in upgrade_parts.behind(lab(NEW), where)}
    assert damaged == {part.title for part in upgrade_parts.parts(lab(NEW))}


def test_damaged_notes_of_a_lab_end_in_no_traceback(where: paths.LabPaths) -> None:
    """Of the members that voted and of a drained node: what they name is no machine."""
    where.state.mkdir(exist_ok=True)
    for name in (etcd_members.FORMED, cordons.FILE):
        (where.state / name).write_bytes(b"\xff\xfe\x00\n")
    etcd_members.refuse_lost(lab(NEW), where, {"etcd-01"})
    assert cordons.left(where) not in {machine.name for machine in lab(NEW).machines}
