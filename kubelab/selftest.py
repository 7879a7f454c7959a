"""Proves the project: what is missing is installed and built, every suite runs, and only what was made is removed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import box, components, errors, host, lifecycle, load, paths, progress
from kubelab.components import toolchain
from kubelab.host import actions, setup

LABS = ("selftest", "selftest-two")
"""The labs that are the test's own: whatever of them an interrupted run left is removed first."""
NO_TESTS = 5
"""pytest's exit code for having run nothing: a failure here."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stretch of the whole test: what it is called, and what it does."""

    title: str
    run: Callable[[progress.Progress], None]


def run(report: progress.Progress, only: str = "") -> None:
    """Run every stage, or only the named ones (commas between); raise LabError `tests-failed` at the first red one.

    The labs of the test are gone afterwards, whatever happened.
    """
    chosen = _chosen(only)
    try:
        for name in chosen:
            report.say(f"\n== {STAGES[name].title}")
            STAGES[name].run(report)
    finally:
        if "lab" in chosen:
            _remove(report)
    report.say(f"\nEverything is proven ({', '.join(chosen)}) in {report.seconds / 60:.1f} min.")


def _chosen(only: str) -> list[str]:
    names = [name for name in only.split(",") if name] or list(STAGES)
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
    folders = [name for name in ("tests/unit", "tests/rendered") if (paths.ROOT / name).exists()]
    _pytest("quick", *folders, "-n", "2", "-q")


def _parts(_: progress.Progress) -> None:
    log = paths.cache() / "logs" / "components.log"
    run = progress.Progress.chosen(log=log)
    components.ensure(load.versions(load.read(LABS[0]).versions), run)
    box.ensure(run)
    with run.phase("the guestbook's own tests"):
        _ended_well(
            "parts",
            [str(toolchain.go()), "test", "./..."],
            paths.COMPONENTS / "guestbook",
            toolchain.environment(cgo=False),
        )


def _lab(report: progress.Progress) -> None:
    _remove(report)
    _pytest("lab", "tests/life", "-v", "--durations=20", environment={"KUBELAB_LAB": LABS[0]})


def _remove(report: progress.Progress) -> None:
    for name in LABS:
        lifecycle.destroy(name, report, keep_keys=False)


def _pytest(stage: str, *words: str, environment: Mapping[str, str] | None = None) -> None:
    command = [sys.executable, "-m", "pytest", *words]
    _ended_well(stage, command, paths.ROOT, {**os.environ, **(environment or {})})


def _ended_well(stage: str, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(words, cwd=folder, env=environment, check=False)
    if done.returncode:
        what = "no test ran" if done.returncode == NO_TESTS else f"{Path(words[0]).name} ended with {done.returncode}"
        raise errors.LabError(
            "tests-failed", f"{stage}: {what}", details=[f"that part alone: ./run test --only {stage}"]
        )


STAGES: Mapping[str, Stage] = {
    "host": Stage(title="this computer: install and start what is missing", run=_setup),
    "quick": Stage(title="unit and rendered tests: no lab", run=_quick),
    "parts": Stage(title="components and box image: build what the cache lacks", run=_parts),
    "lab": Stage(title="a lab of its own: brought up, proven, halted, broken, removed", run=_lab),
}
