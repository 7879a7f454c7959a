"""A lab of commit abf2a68 under build/ is taken over; that commit's own code wrote the files beside this one."""

from __future__ import annotations

import json
import shutil
from ipaddress import IPv4Network
from pathlib import Path

import plan_data
import pytest

from kubelab import errors, paths
from kubelab.converge import compose, lost_keys
from kubelab.course import evidence_filter
from kubelab.exercises import attempt, baseline_objects, known_state, lockout
from kubelab.faults import injected as faults
from kubelab.lab import kube_context, log_sources, timeline
from kubelab.providers import docker
from kubelab.state import checkpoint_files, journal, subnets, workspace

OLD = paths.ROOT / "tests" / "data" / "abf2a68" / "state"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a lab whose state is what the old commit wrote, with its umask's modes."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    found = paths.LabPaths(name="default")
    shutil.copytree(OLD, found.state)
    return found


def test_every_file_of_the_old_state_is_read_by_something_here() -> None:
    """A file that is added to the data has to be named in this module: no test passes because nothing was looked at."""
    names = {str(path.relative_to(OLD)) for path in OLD.rglob("*") if path.is_file()}
    assert names == {
        "checkpoints/last-good/etcd/etcd-01.db", "checkpoints/last-good/manifest.json", "exercise/attempt.json",
        "exercise/baseline.json", "exercise/boxes.json", "exercise/evidence.json",
        "exercise/history/2026-11-23T100000Z-dns-broken.json", "exercise/submitted", "faults/001/entry.json",
        "faults/001/originals.tar", "journal.jsonl", "kept.json", "last-up.json", "merged", "network",
    }  # fmt: skip


def test_attempts_are_what_they_were(where: paths.LabPaths) -> None:
    """The running one and the finished one, value by value; both may be handed in, neither is lost by a destroy."""
    running, (finished,) = attempt.load(where), attempt.history(where)
    assert running is not None
    for one, file in ((running, "attempt.json"), (finished, f"history/{attempt.file_name(finished)}")):
        old = json.loads((OLD / "exercise" / file).read_text(encoding="utf-8"))
        new = json.loads(json.dumps(attempt.as_json(one)))
        assert {key: new[key] for key in old if key != "score"} == {key: old[key] for key in old if key != "score"}
    with pytest.raises(errors.LabError) as caught:
        lockout.refuse_loss("default")
    assert caught.value.ident == "exercise-unsubmitted"


def test_what_an_exercise_kept_is_read(where: paths.LabPaths) -> None:
    """Baseline, files of the boxes and evidence: stop, reset and submit work on."""
    folder = attempt.folder(where)
    assert list(baseline_objects.load(folder / baseline_objects.FILE).found) == [
        ("/api/v1/services", "guestbook", "web")
    ]
    assert known_state.read_listing(folder)["kube-master-01"] == ["/etc/kubernetes/x"]
    rows = json.loads(evidence_filter.submitted([where]))
    assert list(rows) == ["2026-11-23T11:00:00+00:00 scheduler-down"]
    assert rows["2026-11-23T11:00:00+00:00 scheduler-down"]["boxes"]["kube-master-01"]["withheld"]


def test_a_deep_object_is_kept_whole(tmp_path: Path) -> None:
    """The schema of a custom resource, which nests forty levels, comes back as it was."""
    schema: dict[str, object] = {"type": "string"}
    for _ in range(40):
        schema = {"properties": {"spec": schema}}
    key = ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "", "things.example.org")
    kept = baseline_objects.Objects(found={key: {"metadata": {"name": key[2]}, "spec": schema}})
    baseline_objects.save(tmp_path / baseline_objects.FILE, kept)
    assert baseline_objects.load(tmp_path / baseline_objects.FILE) == kept


def test_faults_and_checkpoints_can_be_undone_and_put_back(where: paths.LabPaths) -> None:
    """An injection and its originals, a checkpoint and its hashes."""
    (entry,) = faults.entries(where)
    assert (entry.fault, entry.done, faults.originals(where, entry)) == ("scheduler-down", True, b"originals")
    assert checkpoint_files.names(where) == ["last-good"]
    checkpoint_files.refuse_unfit(where, checkpoint_files.read(where, "last-good"), {"provider": "docker"})


def test_what_the_lab_was_made_with_is_known(where: paths.LabPaths) -> None:
    """Its network, the lab file's kept keys, where its context was merged, a run that was stopped, its last run."""
    assert subnets.resolve(where, None) == IPv4Network("192.168.57.0/24")
    assert workspace.kept(where)["network.pods"] and workspace.kept(where)["machines.etcd.names"]
    assert kube_context.merged_into(where) == {Path("/home/ada/.kube/config")}
    (stopped,) = journal.unfinished(where.state / journal.FILE)
    assert (stopped.command, stopped.phase) == ("lab.halt", "halt")
    record = timeline.read(where.state / timeline.RECORD)
    assert record.good and [span.name for span in record.spans] == ["boxes"]


@pytest.mark.usefixtures("where")
def test_keys_of_the_old_lab_stay_and_get_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data, and keys without copies: nothing is issued anew, and the next rendering keeps copies."""
    monkeypatch.setattr(docker.Docker, "volumes", lambda *_: [])
    monkeypatch.setattr(docker.Docker, "boxes", lambda *_: ())
    lab = plan_data.lab({})
    old = paths.LabPaths(name=lab.name)
    compose.write(compose.compose(lab, old))
    shutil.rmtree(old.state / lost_keys.COPIES)
    before = {path: path.read_bytes() for path in old.keys.rglob("*") if path.is_file()}
    monkeypatch.setattr(docker.Docker, "volumes", lambda *_: ["kubelab-planned-etcd-01-etcd"])
    assert compose.render(lab, old) == {}
    assert {path: path.read_bytes() for path in before} == before
    assert (old.state / lost_keys.COPIES / "encryption.key").read_bytes() == (old.keys / "encryption.key").read_bytes()


def test_logs_of_the_old_lab_hold_none_of_its_state(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its baseline, evidence, originals and checkpoint stay out."""
    monkeypatch.setattr(docker.Docker, "described", lambda *_: "[]")
    found = log_sources.of_computer(where)
    state = {name.partition("state/")[2] for name in found.files if "state/" in name}
    assert state == {
        "journal.jsonl", "kept.json", "last-up.json", "network", "checkpoints/last-good/manifest.json",
        "faults/001/entry.json",
    }  # fmt: skip
