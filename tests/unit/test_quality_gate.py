"""`./run check` runs every check, hides no finding, and finds the files to check by itself."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.dev import quality_gate
from kubelab.ui import progress

GOOD = quality_gate.Check(name="good", words=lambda: (sys.executable, "-c", "print('fine')"))
BAD = quality_gate.Check(
    name="bad", words=lambda: (sys.executable, "-c", "print('line 7 is odd'); raise SystemExit(3)")
)
MISSING = quality_gate.Check(name="missing", words=lambda: ("no-such-tool", "-x"), setup="./run host.setup")


def ran(
    monkeypatch: pytest.MonkeyPatch, *checks: quality_gate.Check, style: progress.Style = progress.Style.PLAIN
) -> tuple[errors.Exit, str]:
    """Run these checks instead of the project's; return exit code and output."""
    monkeypatch.setattr(quality_gate, "CHECKS", checks)
    out = io.StringIO()
    report = progress.Progress(style, out=out)
    return quality_gate.explain(quality_gate.run(report), report), out.getvalue()


def test_all_run_even_if_the_first_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its line; the failure has its output and the two commands that repeat it."""
    code, text = ran(monkeypatch, BAD, GOOD)
    assert code is errors.Exit.FAILED
    lines = text.splitlines()
    assert lines[0].startswith(" ✗ bad")
    assert lines[1].startswith(" ✓ good")
    assert "line 7 is odd" in text
    assert "fine" not in text
    assert "./run check --only bad" in text
    assert "-c 'print(" in text
    assert lines[-1].startswith("1 of 2 failed: bad")


def test_what_is_good_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads what ruff says when it has nothing to say."""
    code, text = ran(monkeypatch, GOOD)
    assert (code, len(text.splitlines())) == (errors.Exit.GOOD, 3)


def test_a_missing_tool_is_a_failure_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check whose tool is not there is never taken for a good one."""
    code, text = ran(monkeypatch, MISSING, GOOD)
    assert code is errors.Exit.FAILED
    assert "no-such-tool is not installed; type: ./run host.setup" in text


def test_programs_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --json every line is an object, the failure's output included."""
    _, text = ran(monkeypatch, BAD, style=progress.Style.JSON)
    events = [json.loads(line) for line in text.splitlines()]
    (failure,) = [event for event in events if event["event"] == "failure"]
    assert (failure["check"], failure["output"]) == ("bad", "line 7 is odd\n")


def test_a_mistyped_name_is_told_the_near_one() -> None:
    """Before anything has run."""
    with pytest.raises(errors.LabError, match="did you mean 'types'") as caught:
        quality_gate.run(progress.Progress(progress.Style.PLAIN, out=io.StringIO()), ["typse"])
    assert caught.value.ident == "check-unknown"


def test_shell_files_are_found_not_listed(tmp_path: Path) -> None:
    """By suffix or first line; templates, generated and hidden folders are left out, `.ci` is not."""
    for name, text in {
        "a.sh": "true\n",
        "tool": "#!/usr/bin/env bash\n",
        "old": "#!/bin/sh -e\n",
        ".ci/run": "#!/bin/bash\n",
        "x/y/deep.sh": "",
        "empty": "",
        "script.py": "#!/usr/bin/env python3\n",
        "words.txt": "bash is a shell\n",
        "provision.sh.j2": "#!/bin/bash\n",
        ".venv/activate.sh": "",
        "build/lab/step.sh": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert quality_gate.shell_files(tmp_path) == [".ci/run", "a.sh", "old", "tool", "x/y/deep.sh"]


def test_the_shell_files_of_the_checkout_are_all_seen() -> None:
    """Those without a suffix as well: run, CI's, the box's entrypoint, the images' helper, every step."""
    found = set(quality_gate.shell_files())
    steps = {f"provision/steps/{path.name}" for path in (paths.PROVISION / "steps").iterdir()}
    assert {"run", ".ci/run", "boxes/entrypoint", "components/images/collect", *steps} <= found


def test_a_checkout_without_shell_files_is_an_error(tmp_path: Path) -> None:
    """shellcheck that is given no file would be green for nothing."""
    with pytest.raises(errors.LabError) as caught:
        quality_gate.shell_files(tmp_path)
    assert caught.value.ident == "check-empty"


def test_the_checks_are_those_of_the_readme() -> None:
    """Format, lint, types, layers, shell, unit and rendered tests: one row each."""
    names = [check.name for check in quality_gate.CHECKS]
    assert names == ["format", "lint", "types", "layers", "shell", "unit", "rendered"]
