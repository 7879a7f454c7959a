"""lab.test shows the output of boxes and pods: in none of pytest's styles does it control the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kubelab import paths

SUITE = r"""
import pytest

SAID = "\x1b[1A\x1b[2K\r100 passed\x07\u202e"

@pytest.fixture
def broken():
    raise RuntimeError(SAID)

def test_raises():
    print(SAID)
    try:
        raise ValueError(SAID)
    except ValueError as problem:
        raise RuntimeError(f"said: {SAID}") from problem

def test_compares():
    assert SAID == "nothing"

def test_setup(broken):
    pass
"""


@pytest.mark.parametrize(("style", "workers"), [("short", ["-n", "1"]), ("long", []), ("native", [])])
def test_a_failed_test_shows_what_a_box_said_without_obeying(tmp_path: Path, style: str, workers: list[str]) -> None:
    """In tracebacks, captured output, short summaries and the report's file, from workers too."""
    (tmp_path / "test_said.py").write_text(SUITE, encoding="utf-8")
    (tmp_path / "conftest.py").write_text("from harmless import pytest_runtest_logreport\n", encoding="utf-8")
    words = ["-p", "no:cacheprovider", f"--tb={style}", "-rA", "--junitxml=r.xml", *workers]
    places = f"{paths.ROOT}:{paths.ROOT / 'tests/live'}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": places, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "2 failed" in done.stdout and "1 error" in done.stdout, done.stdout[-500:]
    assert "\\x1b[1A" in done.stdout
    for shown in (done.stdout, done.stderr, (tmp_path / "r.xml").read_text(encoding="utf-8")):
        assert not set("\x1b\r\x07\u202e") & set(shown)
