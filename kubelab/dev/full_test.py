"""Tests the whole project: installs and builds what is missing, runs every suite, removes only what it made."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import components, errors, host, paths
from kubelab.clients import git, patience, surroundings
from kubelab.components import box_image, toolchain
from kubelab.config import load
from kubelab.converge import session
from kubelab.host import actions, setup
from kubelab.lab import lifecycle
from kubelab.ui import progress

SEVERAL = "selftest-ha"
VIRTUAL = "selftest-vm"
LABS = ("selftest", "selftest-two", SEVERAL, VIRTUAL)
"""The test's own labs: leftovers of an interrupted run are removed first."""
LIFE = (
    "up", "prove", "words", "beside", "converge", "faults", "mends",
    "exercise_page", "exercise_words", "exercise_proofs", "destroy",
)  # fmt: skip
"""The files of tests/life that every run includes; the others are for `--only more`."""
LONG = ("ha", "vm")
"""Long stages, each with a test file of its name: a run without `--only` has one, which the commit chooses."""
NO_TESTS = 5
"""pytest's exit code for running no test: a failure here."""
BESIDE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # Two runs: unit tests have a cache of their own, and what was built is in the real one.
    "quick": (("tests/unit", "-n", "2", "-q"), ("tests/rendered", "-n", "2", "-q")),
    "wheel": (("tests/packaging", "-q"),),
}
"""The stages that need no lab, as runs of pytest: where there is a stage with a lab they run beside it."""
WITH_LAB = ("lab", "more")
"""The stages that wait more than they work."""
KINDLY = ("bash", "-c", '{ echo 10 > /proc/self/autogroup; } 2> /dev/null; exec nice -n 10 "$@"', "kindly")
"""Gives boxes and their tests precedence. A session is a group of the kernel's scheduler, with a weight of its own."""
TICK = 1.0
"""Seconds between two looks at what runs beside a lab."""
PATIENCE = 20.0
"""Seconds in which what runs beside a lab must end once it is interrupted."""


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
    with_lab = next((name for name in chosen if name in WITH_LAB), "")
    beside = [name for name in chosen if name in BESIDE and with_lab]
    try:
        for name in chosen:
            if name not in beside:
                with _beside(beside if name == with_lab else (), report):
                    report.say(f"\n== {STAGES[name].title}")
                    STAGES[name].run(report)
    finally:
        if with_lab or set(LONG) & set(chosen):
            _remove(report)
    left = ", ".join(name for name in STAGES if name not in chosen)
    report.say(f"\nGreen: {', '.join(chosen)}, in {report.seconds / 60:.1f} min. Not run: {left or 'nothing'}.")


def _chosen(only: str) -> list[str]:
    names = [name for name in only.split(",") if name] or [*USUAL, LONG[git.turn() % len(LONG)]]
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        raise errors.LabError(
            "stage-unknown", f"no stage {', '.join(unknown)}", details=[f"stages: {', '.join(STAGES)}"]
        )
    return names


def _setup(report: progress.Progress) -> None:
    setup.run(progress.Progress.chosen(log=actions.log()))
    report.say(f"cgroup v{2 if host.cgroup_v2() else 1}, {host.memory()} MiB, {os.cpu_count()} CPUs")


@contextlib.contextmanager
def _beside(names: Sequence[str], report: progress.Progress) -> Iterator[None]:
    """Run these stages meanwhile and show what each said at its end; afterwards raise if one was red."""
    runs = [(name, words) for name in names for words in BESIDE[name]]
    over, red = list[BaseException](), list[str]()

    def work() -> None:
        for name, words in runs:
            code = _said([*KINDLY, sys.executable, "-m", "pytest", *words], over, report)
            if code or over:
                red.append(name)
                return

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    except BaseException as problem:
        over.append(problem)
        raise
    finally:
        thread.join()
    for name in red:
        raise _failed(name, "pytest was not green")


def _said(words: Sequence[str], over: Sequence[BaseException], report: progress.Progress) -> int:
    """Run a command until it ends or `over` has a reason to end it, then show what it said; return its exit code."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            words, cwd=paths.ROOT, env=surroundings.child({}), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        for _ in patience.polls(math.inf, TICK):
            if over or process.poll() is not None:
                break
        for number in (signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, number) if process.poll() is None else None
                process.wait(PATIENCE)
        said.seek(0)
        report.say(f"\n== meanwhile: {' '.join(words[-4:])}\n{said.read().decode(errors='replace')}")
    return process.returncode


def _quick(_: progress.Progress) -> None:
    _each("quick")


def _each(stage: str) -> None:
    for words in BESIDE[stage]:
        _pytest(stage, *words)


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
    _each("wheel")


def _lab(report: progress.Progress) -> None:
    _life("lab", report, [*(f"tests/life/test_{name}.py" for name in LIFE), "-m", "not long"])


def _more(report: progress.Progress) -> None:
    apart = {f"test_{name}" for name in (*LIFE, *LONG)}
    files = sorted(path for path in (paths.ROOT / "tests/life").glob("test_*.py") if path.stem not in apart)
    words = [str(path.relative_to(paths.ROOT)) for path in files]
    _life("more", report, ["tests/life/test_converge.py", "tests/life/test_faults.py", *words])


def _ha(report: progress.Progress) -> None:
    _life("ha", report, ["tests/life/test_ha.py"], SEVERAL)


def _vm(report: progress.Progress) -> None:
    """Virtual machines need further packages: where they cannot be installed the stage is red, and says so."""
    setup.run(progress.Progress.chosen(log=actions.log()), virtual=True)
    _life("vm", report, ["tests/virtual/test_vm.py"], VIRTUAL)


def _life(stage: str, report: progress.Progress, words: Sequence[str], lab: str = LABS[0]) -> None:
    _remove(report)
    _pytest(stage, *words, "-v", "--durations=20", environment={"KUBELAB_LAB": lab})


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
        raise _failed(stage, what)


def _failed(stage: str, what: str) -> errors.LabError:
    return errors.LabError("tests-failed", f"{stage}: {what}", details=[f"that part alone: ./run test --only {stage}"])


STAGES: Mapping[str, Stage] = {
    "host": Stage(title="this computer: install and start what is missing", run=_setup),
    "quick": Stage(title="unit and rendered tests: no lab", run=_quick),
    "wheel": Stage(title="the package: built, installed alone, every module imported", run=_wheel),
    "parts": Stage(title="components and box image: build what the cache lacks", run=_parts),
    "lab": Stage(title="a lab of its own: brought up, proven, halted, changed, broken, removed", run=_lab),
    "ha": Stage(title="several control planes: brought up, robbed of the leading machines, removed", run=_ha),
    "vm": Stage(title="a virtual machine by emulation: made, stopped, started, removed", run=_vm),
    "more": Stage(title="what takes too long for every run: harms, kills, every diagnosis", run=_more),
}
USUAL = ("host", "quick", "wheel", "parts", "lab")
