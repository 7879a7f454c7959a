"""Tests the whole project: installs and builds what is missing, runs every suite, removes only what it made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import components, errors, host, paths
from kubelab.clients import surroundings
from kubelab.components import box_image, toolchain
from kubelab.config import load
from kubelab.converge import session
from kubelab.host import actions, setup
from kubelab.lab import lifecycle
from kubelab.ui import progress

LABS = ("selftest", "selftest-two")
"""The test's own labs: leftovers of an interrupted run are removed first."""
LIFE = (
    "up", "words", "beside", "converge", "faults", "mends", "prove",
    "exercise_page", "exercise_words", "exercise_proofs", "destroy",
)  # fmt: skip
"""The files of tests/life that every run includes; the others are for `--only more`."""
NO_TESTS = 5
"""pytest's exit code for running no test: a failure here."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of the whole test: its name, and its function."""

    title: str
    run: Callable[[progress.Progress], None]


def run(report: progress.Progress, only: str = "") -> None:
    """Run the usual stages, or only the named ones; raise LabError `tests-failed` at the first red one.

    The labs of the test are removed afterwards in any case.
    """
    chosen = _chosen(only)
    try:
        for name in chosen:
            report.say(f"\n== {STAGES[name].title}")
            STAGES[name].run(report)
    finally:
        if {"lab", "more"} & set(chosen):
            _remove(report)
    left = ", ".join(name for name in STAGES if name not in chosen)
    report.say(f"\nGreen: {', '.join(chosen)}, in {report.seconds / 60:.1f} min. Not run: {left or 'nothing'}.")


def _chosen(only: str) -> list[str]:
    names = [name for name in only.split(",") if name] or list(USUAL)
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        raise errors.LabError(
            "stage-unknown", f"no stage {', '.join(unknown)}", details=[f"stages: {', '.join(STAGES)}"]
        )
    return names


def _setup(report: progress.Progress) -> None:
    setup.run(progress.Progress.chosen(log=actions.log()))
    report.say(f"cgroup v{2 if host.cgroup_v2() else 1}, {host.memory()} MiB, {os.cpu_count()} CPUs")


def _quick(_: progress.Progress) -> None:
    # Two runs: unit tests have a cache of their own, and what was built is in the real one.
    for suite in ("tests/unit", "tests/rendered"):
        _pytest("quick", suite, "-n", "2", "-q")


def _parts(_: progress.Progress) -> None:
    log = paths.cache() / "logs" / "components.log"
    run = progress.Progress.chosen(log=log)
    components.ensure(load.versions(load.read(LABS[0]).versions), run)
    box_image.ensure(run)
    with run.phase("the guestbook's own tests"):
        _ended_well(
            "parts",
            [str(toolchain.go()), "test", "./..."],
            paths.COMPONENTS / "guestbook",
            toolchain.environment(cgo=False),
        )


def _wheel(_: progress.Progress) -> None:
    _pytest("wheel", "tests/packaging", "-q")


def _lab(report: progress.Progress) -> None:
    _life("lab", report, [*(f"tests/life/test_{name}.py" for name in LIFE), "-m", "not long"])


def _more(report: progress.Progress) -> None:
    files = sorted(path for path in (paths.ROOT / "tests/life").glob("test_*.py") if path.stem[5:] not in LIFE)
    words = [str(path.relative_to(paths.ROOT)) for path in files]
    _life("more", report, ["tests/life/test_converge.py", "tests/life/test_faults.py", *words])


def _life(stage: str, report: progress.Progress, words: Sequence[str]) -> None:
    _remove(report)
    _pytest(stage, *words, "-v", "--durations=20", environment={"KUBELAB_LAB": LABS[0]})


def _remove(report: progress.Progress) -> None:
    for name in LABS:
        with session.held_places(name) as where:
            lifecycle.destroy(where, report, keep_keys=False)


def _pytest(stage: str, *words: str, environment: Mapping[str, str] | None = None) -> None:
    command = [sys.executable, "-m", "pytest", *words]
    _ended_well(stage, command, paths.ROOT, environment or {})


def _ended_well(stage: str, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(words, cwd=folder, env=surroundings.child(environment), check=False)
    if done.returncode:
        what = "no test ran" if done.returncode == NO_TESTS else f"{Path(words[0]).name} ended with {done.returncode}"
        raise errors.LabError(
            "tests-failed", f"{stage}: {what}", details=[f"that part alone: ./run test --only {stage}"]
        )


STAGES: Mapping[str, Stage] = {
    "host": Stage(title="this computer: install and start what is missing", run=_setup),
    "quick": Stage(title="unit and rendered tests: no lab", run=_quick),
    "wheel": Stage(title="the package: built, installed alone, every module imported", run=_wheel),
    "parts": Stage(title="components and box image: build what the cache lacks", run=_parts),
    "lab": Stage(title="a lab of its own: brought up, proven, halted, changed, broken, removed", run=_lab),
    "more": Stage(title="what takes too long for every run: harms, kills, every diagnosis", run=_more),
}
USUAL = ("host", "quick", "wheel", "parts", "lab")
