"""The journal of runs: the next run knows where the last one was stopped."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.state import journal
from kubelab.ui import progress

ENDLESS = """
import sys, time
from pathlib import Path
from kubelab import paths
from kubelab.state import journal
from kubelab.ui import progress
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
    assert journal.unfinished(where.state / journal.FILE) == ()
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
    assert journal.unfinished(where.state / journal.FILE) == ()


def test_a_run_that_was_stopped_is_kept_until_one_makes_it_good(where: paths.LabPaths) -> None:
    """Ctrl-C in a restore: neither a `lab.up` that fails nor a halt makes it good; a restore that ends well does."""
    path = where.state / journal.FILE
    restore = journal.run(where, "checkpoint.restore", report(), checkpoint="a", parts=["etcd"])
    with pytest.raises(KeyboardInterrupt), restore:
        raise KeyboardInterrupt
    with pytest.raises(errors.LabError), journal.run(where, "lab.up", report(), settles=["lab.halt"]):
        raise errors.LabError("lab-not-ready", "etcd")
    for command in ("lab.halt", "lab.up"):
        out = io.StringIO()
        with journal.run(where, command, report(out)):
            pass
        assert "checkpoint.restore of" in out.getvalue()
        assert out.getvalue().endswith(f"before its first phase; {journal.next_step(where.name)}\n")
        (left,) = journal.unfinished(path)
        assert (left.command, left.about) == ("checkpoint.restore", {"checkpoint": "a", "parts": ["etcd"]})
    with journal.run(where, "checkpoint.restore", report()):
        pass
    assert journal.unfinished(path) == ()


def test_a_later_command_settles_what_it_says_that_it_does(where: paths.LabPaths) -> None:
    """A halt that was stopped and a renewal that was: `lab.up` makes both good, and says so of each."""
    for command in ("lab.halt", "lab.certs --renew"):
        with pytest.raises(KeyboardInterrupt), journal.run(where, command, report()):
            raise KeyboardInterrupt
    out = io.StringIO()
    with journal.run(where, "lab.up", report(out), settles=["lab.halt", "lab.certs --renew"]):
        pass
    assert out.getvalue().count("going on from there") == 2
    assert journal.unfinished(where.state / journal.FILE) == ()


def test_a_run_that_is_still_at_it_was_not_interrupted(where: paths.LabPaths) -> None:
    """`lab.status` beside a `lab.up` that works says nothing of it; once its process is gone, it does."""
    path = where.state / journal.FILE
    with journal.run(where, "lab.up", report()):
        assert [run.command for run in journal.unfinished(path)] == ["lab.up"]
        assert journal.interrupted(where) == ()
        text = path.read_text(encoding="utf-8").replace(f'"pid": {os.getpid()}', '"pid": 4194999')
        path.write_text(text, encoding="utf-8")
        assert [run.command for run in journal.interrupted(where)] == ["lab.up"]


def test_line_that_was_cut_short_is_passed_over(where: paths.LabPaths) -> None:
    """A power cut in the middle of a line costs that line only."""
    path = where.state / journal.FILE
    path.parent.mkdir(parents=True)
    path.write_text('{"event": "run", "command": "lab.up", "at": "then", "pid": 1}\n{"event": "beg', encoding="utf-8")
    (found,) = journal.unfinished(path)
    assert str(found) == "lab.up of then (process 1) was stopped before its first phase"


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
