"""The journal of runs: whoever comes next knows where the last one was stopped."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import labs_data
import pytest

from kubelab import (
    checkpoint,
    checks,
    docker,
    errors,
    journal,
    lifecycle,
    paths,
    progress,
    renewal,
    restoring,
)

ENDLESS = """
import sys, time
from pathlib import Path
from kubelab import journal, paths, progress
paths.BUILD = Path(sys.argv[1])
report = progress.Progress(progress.Style.PLAIN)
with journal.run(paths.LabPaths(name="some"), "lab.up", report), report.phase("one"):
    pass
with journal.run(paths.LabPaths(name="some"), "lab.up", report), report.phase("two"):
    print("here", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.LabPaths:
    """Return a lab's places under a build folder of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    return paths.LabPaths(name="some")


def report(out: io.StringIO | None = None) -> progress.Progress:
    """Return progress in plain lines."""
    return progress.Progress(progress.Style.PLAIN, out=out or io.StringIO())


def test_run_that_ended_leaves_nothing_to_say(where: paths.LabPaths) -> None:
    """A run that came to an end, good or bad, is no stopped one."""
    with journal.run(where, "lab.up", report()) as _, report().phase("one"):
        pass
    with pytest.raises(errors.LabError), journal.run(where, "lab.up", report()):
        raise errors.LabError("lab-not-ready", "etcd")
    assert journal.stopped(where.state / journal.FILE) is None
    rows = [json.loads(line) for line in (where.state / journal.FILE).read_text(encoding="utf-8").splitlines()]
    assert [row["error"] for row in rows if row["event"] == "done"] == ["", "lab-not-ready"]


def test_killed_run_is_told_by_the_next(where: paths.LabPaths, tmp_path: Path) -> None:
    """A run that was killed within a phase is named by the next one: process, phase, and that it goes on."""
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=paths.ROOT
    )
    assert process.stdout
    while "here" not in process.stdout.readline():
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    out = io.StringIO()
    with journal.run(where, "lab.up", report(out)):
        pass
    assert f"(process {process.pid}) was stopped in the phase 'two': going on from there" in out.getvalue()
    assert journal.stopped(where.state / journal.FILE) is None


def test_line_that_was_cut_short_is_passed_over(where: paths.LabPaths) -> None:
    """A power cut in the middle of a line costs that line only."""
    path = where.state / journal.FILE
    path.parent.mkdir(parents=True)
    path.write_text('{"event": "run", "command": "lab.up", "at": "then", "pid": 1}\n{"event": "beg', encoding="utf-8")
    found = journal.stopped(path)
    assert found and str(found) == "lab.up of then (process 1) was stopped before its first phase"


def test_journal_stays_short(where: paths.LabPaths) -> None:
    """A journal of many runs forgets the oldest."""
    path = where.state / journal.FILE
    path.parent.mkdir(parents=True)
    path.write_text('{"event": "done"}\n' * (journal.KEPT + 1), encoding="utf-8")
    with journal.run(where, "lab.up", report()):
        pass
    assert len(path.read_text(encoding="utf-8").splitlines()) <= journal.KEPT // 2 + 2


def test_journal_that_cannot_be_written_is_an_error_with_a_name(
    where: paths.LabPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where build/ takes no file the run does not begin, and the error names the file."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(paths, "BUILD", tmp_path / "file")
    with pytest.raises(errors.LabError) as refused, journal.run(where, "lab.up", report()):
        pytest.fail("it began")
    assert refused.value.ident == "build-unwritable"


def test_stall_is_said_in_every_style() -> None:
    """What is waited for and what was seen last is a line on a terminal and in a log, and an event for programs."""
    for style in (progress.Style.TERMINAL, progress.Style.PLAIN):
        out = io.StringIO()
        with progress.Progress(style, out=out).phase("nodes") as phase:
            phase.stalled("not Ready: kube-worker-02")
        assert "waiting for nodes (0 s); last seen: not Ready: kube-worker-02" in out.getvalue()
    out = io.StringIO()
    with progress.Progress(progress.Style.JSON, out=out).phase("nodes") as phase:
        phase.stalled("nothing")
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(row["event"], row.get("seen")) for row in events][1] == ("stalled", "nothing")


def killed(where: paths.LabPaths, command: str, phase: str) -> None:
    """Leave the journal of a run that was killed in a phase; its process is gone."""
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    rows = [
        {"event": "run", "command": command, "at": "then", "pid": gone.pid},
        {"event": "begin", "phase": phase},
    ]
    where.state.mkdir(parents=True, exist_ok=True)
    (where.state / journal.FILE).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize("word", [journal.HALT, journal.RENEW, journal.RESTORE])
def test_words_that_change_a_lab_are_in_its_journal(
    word: str, where: paths.LabPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While halting, renewing or restoring is at work the journal names it: who kills it leaves that."""
    lab = labs_data.lab("some")
    monkeypatch.setenv("KUBELAB_CACHE", str(where.root / "cache"))
    monkeypatch.setattr(lifecycle, "open_lab", lambda _: (lab, where))
    monkeypatch.setattr(lifecycle, "rendered", lambda _: where)
    seen = []

    def at_work(*_: object) -> None:
        seen.append(journal.stopped(where.state / journal.FILE))
        raise errors.LabError("lab-absent", "far enough")

    monkeypatch.setattr(docker, "containers", at_work)
    monkeypatch.setattr(renewal, "reissue", at_work)
    monkeypatch.setattr(checkpoint, "read", at_work)
    monkeypatch.setattr(checks.View, "of", lambda _, there: SimpleNamespace(lab=lab, where=there))
    run: dict[str, Callable[[], object]] = {
        journal.HALT: lambda: lifecycle.halt("some", report()),
        journal.RENEW: lambda: renewal.renew("some", report()),
        journal.RESTORE: lambda: restoring.restore("some", "friday", report()),
    }
    with pytest.raises(errors.LabError, match="far enough"):
        run[word]()
    assert [found.command for found in seen if found] == [
        f"{word} friday --lab some" if word == journal.RESTORE else word
    ]
    assert journal.stopped(where.state / journal.FILE) is None


def test_who_looks_is_told_of_a_killed_run_and_not_of_one_at_work(where: paths.LabPaths) -> None:
    """A process that is still there has not been interrupted."""
    killed(where, journal.RENEW, "apply folders")
    found = journal.interrupted(where)
    assert found and "was stopped in the phase 'apply folders'" in str(found)
    with journal.run(where, journal.UP, report()):
        assert journal.interrupted(where) is None
        assert journal.stopped(where.state / journal.FILE) is not None


def test_a_killed_restore_is_not_passed_off_as_completed(where: paths.LabPaths) -> None:
    """lab.up makes the lab whole; what was not put back yet needs the same word again, and that is said."""
    killed(where, f"{journal.RESTORE} friday", "put etcd")
    out = io.StringIO()
    with journal.run(where, journal.UP, report(out)):
        pass
    assert "to have the rest, type: ./run checkpoint.restore friday" in out.getvalue()
    killed(where, journal.UP, "plan")
    out = io.StringIO()
    with journal.run(where, journal.HALT, report(out)):
        pass
    assert "was stopped in the phase 'plan'" in out.getvalue()
    assert "going on" not in out.getvalue()
