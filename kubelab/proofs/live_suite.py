"""The door to the suite of `lab.test`: collects it, runs it or a part, and reads the results of its items."""

from __future__ import annotations

import functools
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from xml.etree import ElementTree

from kubelab import errors, paths
from kubelab.clients import program, surroundings
from kubelab.proofs import pytest_marks

FOLDER = "tests/live"
LAST = 20
"""Lines of pytest's that are shown when it cannot collect the suite."""
SIDE_BY_SIDE = ("-n", "4", "--dist", "loadgroup", "--tb", "short")
"""Options of pytest: the tests wait more than they work."""
EMULATED = ("-n", "2")
"""The same for machines of an emulated processor: each test is work there, and four at once wait for each other."""
ALONE = ("-n", "0")
"""The same for one check, in one process: four take up to ten seconds to start."""
GROUP = re.compile(r"@\w+$")
"""pytest-xdist's mark on the title of an item that must share a worker with others of its group."""
PATIENCE = "4"
"""Seconds for a check in a broken lab; 30 are usual."""
LONGEST = 900.0
"""Seconds for the whole suite in a broken lab, where many checks wait until they give up."""


@functools.cache
def checks() -> pytest_marks.Suite:
    """Return every check of the suite, as pytest collects it: of all labs, with any add-ons.

    Raises `check-unmarked` for a wrong mark, `tests-failed` for a suite that cannot be collected.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "marks.json"
        words = [
            sys.executable,
            "-m",
            "pytest",
            FOLDER,
            "--collect-only",
            "--noconftest",
            "-q",
            "-p",
            pytest_marks.__name__,
        ]
        done = program.run(
            [*words, "-p", "no:cacheprovider"],
            env=surroundings.inside({pytest_marks.REPORT: str(report)}),
            given="",
            cwd=paths.ROOT,
        )
        if done.returncode != 0:
            last = done.stdout.splitlines()[-LAST:]
            raise errors.LabError("tests-failed", f"{FOLDER} cannot be collected", details=last)
        return pytest_marks.read(report.read_text(encoding="utf-8"))


def whole(where: paths.LabPaths, *, emulated: bool = False, verbose: bool = False) -> bool:
    """Run the suite on a rendered lab, before the person's eyes; return whether it is green."""
    beside = (*SIDE_BY_SIDE, *(EMULATED if emulated else ()))
    words = [sys.executable, "-m", "pytest", "tests/live", *beside, "-v" if verbose else "-q"]
    done = subprocess.run(words, cwd=paths.ROOT, env=surroundings.inside({"KUBELAB_LAB": where.name}), check=False)
    return done.returncode == 0


def run(
    lab: str, environment: Mapping[str, str], only: Collection[str] = (), *, patient: bool = False
) -> dict[str, str]:
    """Run the suite, or some checks of it; return each item, `file::function[…]`, to `passed`, `failed`, `error`.

    After `LONGEST` seconds it is ended, and unfinished items are missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "suite.xml"
        words = [sys.executable, "-m", "pytest", *(sorted(map(_place, only)) or [FOLDER])]
        words += [
            *SIDE_BY_SIDE,
            *(ALONE if len(only) == 1 else ()),
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junitxml={report}",
        ]
        with (Path(folder) / "said").open("wb") as said:
            hurry = {} if patient else {"KUBELAB_PATIENCE": PATIENCE}
            process = subprocess.Popen(
                words, cwd=paths.ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                env=surroundings.inside({"KUBELAB_LAB": lab}, hurry, environment),
            )  # fmt: skip
            try:
                _ended(process)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        return read(report.read_text(encoding="utf-8")) if report.exists() else {}


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for the suite; interrupt it once when it takes too long, so that it still writes its results."""
    for end in (signal.SIGINT, signal.SIGKILL):
        try:
            process.wait(LONGEST if end == signal.SIGINT else 30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, end)
    process.wait()


def _place(name: str) -> str:
    file, _, function = name.partition("::")
    return f"{FOLDER}/test_{file}.py::test_{function}"


def read(report: str) -> dict[str, str]:
    """Return the results of a JUnit report: item to `passed`, `failed`, `error` or `skipped`."""
    found: dict[str, str] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):  # noqa: S314 (pytest wrote it a moment ago)
        file = case.get("classname", "").rpartition("test_")[2]
        states = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        title = case.get("name", "").removeprefix("test_")
        name = f"{file}::{GROUP.sub('', title)}"
        found[name] = {"failure": "failed"}.get(states[0], states[0]) if states else "passed"
    return found
