"""The changes to a box after an exercise follow from the lab's files and from the box's files before it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import labs_data
import pytest

from kubelab import checks, paths
from kubelab.converge import box_state
from kubelab.exercises import baseline_files

ROWS = """\
aa\t0644\troot:root\tkubelet.service\t/etc/kubernetes/kubelet/config.yaml\t-
bb\t0600\troot:root\t-\t/etc/kubernetes/kube-scheduler/kubeconfig\t-
cc\t0644\troot:root\t-\t/etc/kubernetes/manifests/kube-scheduler.yaml\t-
link\t-\t-\t-\t/etc/systemd/system/multi-user.target.wants/kubelet.service\t../kubelet.service
"""
SUMS = {
    "/etc/kubernetes/kubelet/config.yaml": "aa",
    "/etc/kubernetes/kube-scheduler/kubeconfig": "bb",
    "/etc/kubernetes/manifests/kube-scheduler.yaml": "cc",
}
LISTED = """\
ff\t644\troot:root\t/etc/kubernetes/kubelet/config.yaml\t
ff\t600\troot:root\t/etc/kubernetes/kube-scheduler/kubeconfig\t
ff\t644\troot:root\t/etc/kubernetes/manifests/kube-scheduler.yaml\t
lf\t777\troot:root\t/etc/systemd/system/multi-user.target.wants/kubelet.service\t../kubelet.service
"""
PLAIN = box_state.entries(LISTED.splitlines(), SUMS)
UNITS = {"kubelet.service": {"LoadState": "loaded", "ActiveState": "active"}}


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> checks.View:
    """Return the view of a lab whose control plane wants four paths."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    where = paths.LabPaths(name="default")
    folder = where.box("kube-master-01")
    folder.mkdir(parents=True)
    (folder / "files.tsv").write_text(ROWS, encoding="utf-8")
    return checks.View(lab=labs_data.lab(), where=where, api=None)  # type: ignore[arg-type]


def work(view: checks.View, before: set[str] | None = None, **changes: object) -> baseline_files.Work:
    """Return what is to be done to the control plane, if it is as wanted but for `files` and `units`."""
    box = dataclasses.replace(box_state.Box(record=None, files=PLAIN, units=UNITS), **changes)  # type: ignore[arg-type]
    return baseline_files.work(view, view.lab.control_plane[0], box, before)


def test_right_box_is_left_alone(view: checks.View) -> None:
    """Nothing is put, removed or started where everything is right."""
    assert not work(view).any


def test_changed_file_is_put_back_and_its_user_restarted(view: checks.View) -> None:
    """Another content, mode or owner is a change; the unit that reads the file is restarted."""
    changes: tuple[dict[str, Any], ...] = ({"digest": "xx"}, {"mode": "0666"}, {"owner": "core:core"})
    for change in changes:
        path = "/etc/kubernetes/kubelet/config.yaml"
        found = work(view, files={**PLAIN, path: dataclasses.replace(PLAIN[path], **change)})
        assert (found.put, found.restart) == ([path], {"kubelet.service"})


def test_a_folder_that_others_may_not_enter_is_opened_again(view: checks.View) -> None:
    """`cp -a` of the rendered folder gives /etc/kubernetes its mode: the lab's folders go back, a person's own stay."""
    listed = ("dd\t700\troot:root\t/etc/kubernetes\t", "dd\t700\tcore:core\t/etc/kubernetes/mine\t")
    found = work(view, files={**PLAIN, **box_state.entries(listed, {})})
    assert (found.folders, found.remove, found.any) == (["/etc/kubernetes"], [], True)


def test_file_of_a_static_pod_ends_the_pod(view: checks.View) -> None:
    """A static pod reads its files once: when one is put back it is ended, and the kubelet's back-off forgotten."""
    missing = {path: entry for path, entry in PLAIN.items() if "kubeconfig" not in path}
    found = work(view, files=missing)
    assert (found.pods, found.restart) == ({"kube-scheduler"}, {"kubelet.service"})


def test_what_was_not_there_before_goes(view: checks.View) -> None:
    """With a listing everything new goes; without one, only what is in folders that the lab owns alone."""
    mine = dataclasses.replace(PLAIN["/etc/kubernetes/kubelet/config.yaml"], digest="zz")
    paths_ = ("/etc/kubernetes/manifests/own.yaml", "/etc/systemd/system/kubelet.service.d/own.conf")
    entries = {**PLAIN, **dict.fromkeys(paths_, mine)}
    assert work(view, files=entries).remove == [paths_[0]]
    found = work(view, before=set(PLAIN), files=entries)
    assert found.remove == list(paths_)
    assert "kubelet.service" in found.restart
    assert not work(view, before=set(entries), files=entries).any


def test_stopped_and_disabled_unit_comes_back(view: checks.View) -> None:
    """A unit that does not run is started; the link that starts it at boot is made again; an unknown one is left."""
    link = "/etc/systemd/system/multi-user.target.wants/kubelet.service"
    without = {path: entry for path, entry in PLAIN.items() if path != link}
    found = work(view, files=without, units={"kubelet.service": {"LoadState": "loaded", "ActiveState": "inactive"}})
    assert found.start == ["kubelet.service"]
    assert found.links == {link: "../kubelet.service"}
    assert not work(view, units={"newer.service": {"LoadState": "not-found", "ActiveState": "inactive"}}).any
    masked = {"kubelet.service": {"LoadState": "masked", "ActiveState": "active"}}
    assert work(view, units=masked).start == ["kubelet.service"]


def test_only_what_was_asked_for_is_judged(view: checks.View, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the box's record alone names is no part of a listing; a pipe that a student made is."""
    strange = box_state.entries(["ff\t644\troot:root\t/usr/lib/old.conf\t"], {})
    pipe = box_state.entries(["pp\t600\troot:root\t/etc/kubernetes/pipe\t"], {})
    strange |= pipe
    box = box_state.Box(record=None, files={**PLAIN, **strange}, units=UNITS)
    monkeypatch.setattr(baseline_files, "_places", lambda *_: baseline_files.WATCHED)
    monkeypatch.setattr(box_state, "read", lambda *_: {"kube-master-01": box})
    assert baseline_files.read_boxes(view)["kube-master-01"].files == {**PLAIN, **pipe}
