"""An interrupted halt, renewal or restore: `lab.status` reports it, and `lab.up` completes it."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Sequence
from typing import Any, cast

import labs_data
import pytest
import rich.console
import why_data
from fakes import report

from kubelab import checks, errors, paths, providers
from kubelab.checks import wait
from kubelab.clients import kube_api, vagrant
from kubelab.converge import cluster_objects, session
from kubelab.diagnosis import gather
from kubelab.lab import checkpoint_transfer, checkpoints, lifecycle, renew_certs
from kubelab.pki import certlist
from kubelab.providers import docker
from kubelab.state import checkpoint_files, journal, workspace
from kubelab.tasks.output import lab_output

NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)
LAB = labs_data.lab()
GONE = 4194999
"""No process has that number: it is beyond the largest."""


@pytest.fixture
def where(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return the places of a lab that is up, as far as anybody asks here, in a cache and a build/ of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path / "cache"))
    found = paths.LabPaths(name=LAB.name)
    found.root.mkdir(parents=True)
    found.kubeconfig.touch()
    monkeypatch.setattr(session, "refuse_stopped", lambda _: None)
    nobody = cast(kube_api.Api, None)
    monkeypatch.setattr(checks.View, "of", lambda lab, where: checks.View(lab=lab, where=where, api=nobody))
    monkeypatch.setattr(checks, "boxes_run", lambda _: None)
    box = providers.Box(ident="1", name="kubelab-mine-etcd-01", lab=LAB.name)
    monkeypatch.setattr(docker.Docker, "boxes", lambda *_: (box,))
    monkeypatch.setattr(wait, "wait", lambda *_: {})
    return found


def stop(*_: object, **__: object) -> None:
    """Be stopped by Ctrl-C."""
    raise KeyboardInterrupt


def left(where: paths.LabPaths) -> list[str]:
    """Return the commands that nobody made good yet."""
    return [run.command for run in journal.unfinished(where.state / journal.FILE)]


def save(where: paths.LabPaths) -> None:
    """Save a checkpoint `a` of the lab, with one file in it."""
    kept = certlist.issue(LAB, {}, NOW).files
    workspace.write_keys(where, kept)
    with checkpoint_files.draft(where, "a", force=False) as making:
        (making / "x").write_bytes(b"x")
        checkpoint_files.finish(making, where, "a", NOW, checkpoint_files.shape(LAB, kept))


def test_a_halt_that_was_stopped_is_kept(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while Vagrant stops the boxes; a halt of a lab that has none leaves no trace at all."""
    monkeypatch.setattr(vagrant, "Machines", stop)
    with pytest.raises(KeyboardInterrupt):
        lifecycle.halt(labs_data.held(LAB))
    (found,) = journal.unfinished(where.state / journal.FILE)
    assert (found.command, found.phase) == (journal.HALT, "halt")
    (where.state / journal.FILE).unlink()
    monkeypatch.setattr(docker.Docker, "boxes", lambda *_: ())
    with pytest.raises(errors.LabError):
        lifecycle.halt(labs_data.held(LAB))
    assert not (where.state / journal.FILE).exists()


def test_a_renewal_that_was_stopped_is_kept(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates are issued, and no box has them yet: `lab.up` applies them, and settles it."""
    monkeypatch.setattr(renew_certs, "reissue", stop)
    with pytest.raises(KeyboardInterrupt):
        renew_certs.renew(labs_data.held(LAB))
    assert left(where) == [journal.RENEW]
    with journal.run(where, "lab.up", report()[0], settles=(journal.HALT, journal.RENEW)):
        pass
    assert left(where) == []


def test_a_restore_that_was_stopped_is_done_again(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same checkpoint, the same parts, once: with the lab well again there is nothing left to do."""
    save(where)
    monkeypatch.setattr(checkpoint_transfer, "put", stop)
    monkeypatch.setattr(checkpoint_transfer, "newer", lambda *_: ())
    with pytest.raises(KeyboardInterrupt):
        checkpoints.restore(labs_data.held(LAB), "a", [checkpoint_transfer.Part.FILES, checkpoint_transfer.Part.ETCD])
    assert left(where) == [journal.RESTORE]
    done: list[tuple[str, Sequence[checkpoint_transfer.Part]]] = []
    applied: list[str] = []
    monkeypatch.setattr(cluster_objects, "apply", lambda view: applied.append(view.lab.name))
    monkeypatch.setattr(
        checkpoint_transfer, "put", lambda _view, found, parts, _report: done.append((found.name, parts))
    )
    checkpoints.resume_restore(labs_data.held(LAB))
    checkpoints.resume_restore(labs_data.held(LAB))
    assert done == [("a", (checkpoint_transfer.Part.FILES, checkpoint_transfer.Part.ETCD))]
    assert applied == [LAB.name], "a checkpoint may be older than the objects that were rendered last"
    assert left(where) == []


def test_a_restore_waits_for_its_boxes(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut they have to be started first: nothing is done before, and nothing forgotten."""
    save(where)
    monkeypatch.setattr(checkpoint_transfer, "put", stop)
    monkeypatch.setattr(checkpoint_transfer, "newer", lambda *_: ())
    with pytest.raises(KeyboardInterrupt):
        checkpoints.restore(labs_data.held(LAB), "a")

    def down(_: object) -> None:
        raise checks.Wrong("not running: etcd-01")

    monkeypatch.setattr(checks, "boxes_run", down)
    checkpoints.resume_restore(labs_data.held(LAB))
    assert left(where) == [journal.RESTORE]


@pytest.mark.parametrize(
    "about",
    [{"checkpoint": "gone", "parts": ["etcd"]}, {"parts": ["etcd"]}, {"checkpoint": "gone", "parts": ["x"]},
     {"checkpoint": ["gone"], "parts": [5]}],
)  # fmt: skip
def test_a_restore_whose_checkpoint_is_gone_is_told_once(where: paths.LabPaths, about: dict[str, object]) -> None:
    """Nobody can make it good any more, and `lab.up` must not end with it each time; nor with a damaged journal."""
    workspace.write_keys(where, certlist.issue(LAB, {}, NOW).files)
    run = journal.run(where, journal.RESTORE, report()[0], settles=(), **about)
    with pytest.raises(KeyboardInterrupt), run:
        raise KeyboardInterrupt
    said = []
    for _ in range(2):
        progress, out = report()
        checkpoints.resume_restore(labs_data.held(LAB, progress))
        said.append(out.getvalue())
    assert "what it had not put back stays as it is" in said[0]
    assert said[1] == ""
    assert left(where) == []


def test_nothing_is_put_back_that_nobody_stopped(where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab without a journal, and one whose halt was stopped: no checkpoint is touched."""
    monkeypatch.setattr(checkpoints, "restore", lambda *_: pytest.fail("restored"))
    checkpoints.resume_restore(labs_data.held(LAB))
    with pytest.raises(KeyboardInterrupt), journal.run(where, journal.HALT, report()[0]):
        raise KeyboardInterrupt
    checkpoints.resume_restore(labs_data.held(LAB))
    assert left(where) == [journal.HALT]


def test_status_tells_it(
    where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for people and a row for programs: what was stopped, in which phase, what makes it good."""
    progress, _ = report()
    with pytest.raises(KeyboardInterrupt), journal.run(where, journal.RENEW, progress), progress.phase("apply"):
        raise KeyboardInterrupt
    path = where.state / journal.FILE
    rows = [json.loads(line) | {"pid": GONE} for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    monkeypatch.setattr(gather, "gather", lambda *_: why_data.record())
    shown = io.StringIO()
    monkeypatch.setattr(lab_output, "_CONSOLE", rich.console.Console(file=shown, width=40))
    wanted = f"(process {GONE}) was stopped in the phase 'apply'; {journal.next_step(where.name)}"
    assert lab_output.status(labs_data.held(LAB), as_json=False) is errors.Exit.GOOD
    assert wanted in shown.getvalue()
    lab_output.status(labs_data.held(LAB), as_json=True)
    (told,) = json.loads(capsys.readouterr().out)["interrupted"]
    assert told.startswith(f"{journal.RENEW} of ")
    assert told.endswith(wanted)
