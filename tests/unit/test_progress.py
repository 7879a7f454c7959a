"""Progress: a line for each phase, events for programs, everything in the log, and no markup."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from kubelab.ui import progress


def run(style: progress.Style, log: Path | None = None) -> tuple[progress.Progress, io.StringIO]:
    """Return progress and what it shows."""
    shown = io.StringIO()
    return progress.Progress(style, log, shown), shown


def events(shown: io.StringIO) -> list[dict[str, object]]:
    """Return what a program reads: an object a line, nothing else."""
    return [json.loads(line) for line in shown.getvalue().splitlines()]


def test_a_phase_is_a_line_with_its_time_and_result() -> None:
    """Plain output has one line for each, when it is over."""
    report, shown = run(progress.Style.PLAIN)
    with report.phase("build etcd") as phase:
        phase.update("3 of 9")
        assert shown.getvalue() == ""
        phase.done("all new")
    (line,) = shown.getvalue().splitlines()
    assert line.split() == ["✓", "build", "etcd", "0.0", "s", "all", "new"]


def test_a_failed_phase_is_marked_and_the_failure_goes_on() -> None:
    """The line is written whatever ended it."""
    report, shown = run(progress.Style.PLAIN)
    with pytest.raises(KeyboardInterrupt), report.phase("build etcd"):
        raise KeyboardInterrupt
    assert shown.getvalue().startswith(" ✗ build etcd")


def test_a_phase_may_fail_without_ending_the_run() -> None:
    """What `./run check` does: all of its rows run."""
    report, shown = run(progress.Style.JSON)
    with report.phase("types") as phase:
        phase.failed("see below")
    assert events(shown)[-1]["ok"] is False


def test_programs_read_objects_only() -> None:
    """Begin, what is being done, end; what is said to people is not there."""
    report, shown = run(progress.Style.JSON)
    with report.phase("boxes") as phase:
        phase.update("etcd-01")
        report.say("for a person")
    found = events(shown)
    assert [row["event"] for row in found] == ["begin", "doing", "end"]
    assert found[1]["doing"] == "etcd-01"
    assert (found[2]["ok"], found[2]["phase"]) == (True, "boxes")


def test_what_is_shown_is_not_taken_for_markup() -> None:
    """A Docker message with brackets is shown as it is."""
    report, shown = run(progress.Style.PLAIN)
    report.say("[red]x[/red] [/] [bold")
    with report.phase("[green]y") as phase:
        phase.done("[/nothing]")
    assert "[red]x[/red] [/] [bold" in shown.getvalue()
    assert "[green]y" in shown.getvalue()
    assert "[/nothing]" in shown.getvalue()


def test_the_log_has_everything(tmp_path: Path) -> None:
    """Also what plain output keeps quiet about; a second run goes on below the first."""
    log = tmp_path / "logs" / "up.log"
    for _ in range(2):
        report, _shown = run(progress.Style.PLAIN, log)
        with report.phase("boxes") as phase:
            phase.update("etcd-01 starts")
    rows = [line.split(" ", 1)[1] for line in log.read_text(encoding="utf-8").splitlines()]
    assert rows[:2] == ["begin boxes", "boxes: etcd-01 starts"]
    assert len(rows) == 6


def test_a_long_phase_says_what_it_is_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain output, after five seconds and then every ten: a log of CI shows that something goes on."""
    clock = iter(range(0, 10_000, 2))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    report, shown = run(progress.Style.PLAIN)
    with report.phase("compile") as phase:
        for number in range(6):
            phase.update(f"{number} of 6")
    said = [line for line in shown.getvalue().splitlines() if line.startswith("  …")]
    assert 1 <= len(said) < 6
    assert "of 6" in said[0]


def test_output_that_goes_to_a_file_has_no_spinner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The style follows where the output goes; asked for JSON, it is JSON everywhere."""
    assert progress.Progress.chosen().style is progress.Style.PLAIN
    assert progress.Progress.chosen(as_json=True).style is progress.Style.JSON
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert progress.Progress.chosen().style is progress.Style.TERMINAL


def test_a_long_line_is_not_broken() -> None:
    """A path at its end must be one that can be copied."""
    report, shown = run(progress.Style.PLAIN)
    report.say("x" * 300)
    assert shown.getvalue() == "x" * 300 + "\n"
