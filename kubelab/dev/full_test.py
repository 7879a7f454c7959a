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
from kubelab.dev import own_labs
from kubelab.host import actions, setup
from kubelab.ui import progress

LIFE = (
    "up", "prove", "words", "beside", "converge", "faults", "mends", "exercise_page", "exercise_words", "destroy",
)  # fmt: skip
"""The files of tests/life for the stage `lab`; those that no stage names are for `--only more`."""
PROOFS = ("tests/life/test_exercise_proofs.py", "-v", "--durations=20")
"""What the stage `proofs` runs: beside the stage `lab`, on a lab of its own, where there is room for both."""
ROOM = 12 << 10
"""MiB of memory for two labs at once, each of up to 4 GB."""
LONG = ("ha", "vm", "conformance", "upgrade")
"""Long stages, each with a test file of its name: a run without `--only` has one, which the commit chooses."""
NO_TESTS = 5
"""pytest's exit code for running no test: a failure here."""
BESIDE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # Two runs: unit tests have a cache of their own, and what was built is in the real one.
    "quick": (("tests/unit", "-n", "2", "-q"), ("tests/rendered", "-n", "2", "-q")),
    "wheel": (("tests/packaging", "-q"),),
}
"""The stages that need no lab, as runs of pytest: beside one of `WITH_LAB`, which wait more than they work."""
WITH_LAB = ("lab", "more", "proofs")
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

    With a lab it is the only whole test of this computer: it waits for another one. The labs of the test are removed
    afterwards in any case.
    """
    chosen = _chosen(only)
    with own_labs.held(report) if {*WITH_LAB, *LONG} & set(chosen) else contextlib.nullcontext():
        _run(chosen, report)
    left = ", ".join(name for name in STAGES if name not in chosen)
    report.say(f"\nGreen: {', '.join(chosen)}, in {report.seconds / 60:.1f} min. Not run: {left or 'nothing'}.")


def _run(chosen: Sequence[str], report: progress.Progress) -> None:
    with_lab = next((name for name in chosen if name in WITH_LAB), "")
    beside = [name for name in chosen if name in BESIDE and with_lab]
    if with_lab == "lab" and host.memory() >= ROOM:
        beside.append("proofs")
    for name in chosen:
        if name not in beside:
            report.say(f"\n== {STAGES[name].title}")
            if name in (*WITH_LAB, *LONG):
                own_labs.remove(report)
            with _beside(beside if name == with_lab else (), report):
                STAGES[name].run(report)


def _chosen(only: str) -> list[str]:
    names = [name for name in only.split(",") if name] or [*USUAL, LONG[git.turn() % len(LONG)]]
    if "lab" in names and "proofs" not in names:
        names.insert(names.index("lab") + 1, "proofs")
    unknown = [name for name in names if name not in STAGES]
    if unknown:
        details = [f"stages: {', '.join(STAGES)}"]
        raise errors.LabError("stage-unknown", f"no stage {', '.join(unknown)}", details=details)
    return names


def _setup(report: progress.Progress) -> None:
    setup.run(progress.Progress.chosen(log=actions.log()))
    report.say(f"cgroup v{2 if host.cgroup_v2() else 1}, {host.memory()} MiB, {os.cpu_count()} CPUs")


@contextlib.contextmanager
def _beside(names: Sequence[str], report: progress.Progress) -> Iterator[None]:
    """Run these stages meanwhile and show what each said at its end; afterwards raise if one was red.

    After a red one only the proofs are run: they tell something else.
    """
    runs = [(name, words) for name in names for words in BESIDE.get(name, (PROOFS,))]
    over, red = list[BaseException](), list[str]()

    def work() -> None:
        for name, words in runs:
            if not over and (name not in BESIDE or not red):
                kindly, lab = (KINDLY, {}) if name in BESIDE else ((), {"KUBELAB_LAB": own_labs.PROOFS})
                if _said([*kindly, sys.executable, "-m", "pytest", *words], lab, over, report):
                    red.append(name)

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


def _said(
    words: Sequence[str], lab: Mapping[str, str], over: Sequence[BaseException], report: progress.Progress
) -> int:
    """Run a command until it ends or `over` has a reason to end it, then show what it said; return its exit code."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            words, cwd=paths.ROOT, env=surroundings.child(lab), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            start_new_session=True, close_fds=False,
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
    components.ensure(load.versions(load.read(own_labs.LABS[0]).versions), run)
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


def _lab(_: progress.Progress) -> None:
    _life("lab", [*(f"tests/life/test_{name}.py" for name in LIFE), "-m", "not long"])


def _proofs(_: progress.Progress) -> None:
    _life("proofs", PROOFS[:1], own_labs.PROOFS)


def _more(_: progress.Progress) -> None:
    apart = {f"test_{name}" for name in (*LIFE, *LONG, "exercise_proofs")}
    files = sorted(path for path in (paths.ROOT / "tests/life").glob("test_*.py") if path.stem not in apart)
    words = [str(path.relative_to(paths.ROOT)) for path in files]
    _life("more", ["tests/life/test_converge.py", "tests/life/test_faults.py", *words])


def _ha(_: progress.Progress) -> None:
    _life("ha", ["tests/life/test_ha.py"], own_labs.SEVERAL)


def _vm(report: progress.Progress) -> None:
    """Virtual machines need further packages: where they cannot be installed the stage is red, and says so."""
    setup.run(progress.Progress.chosen(log=actions.log()), virtual=True)
    own_labs.remove(report)  # libvirt may answer only now
    _life("vm", ["tests/virtual"], own_labs.VIRTUAL)


def _conformance(_: progress.Progress) -> None:
    _life("conformance", ["tests/life/test_conformance.py"])


def _upgrade(_: progress.Progress) -> None:
    _life("upgrade", ["tests/life/test_upgrade.py"], own_labs.OLDER)


def _life(stage: str, words: Sequence[str], lab: str = own_labs.LABS[0]) -> None:
    _pytest(stage, *words, "-v", "--durations=20", environment={"KUBELAB_LAB": lab})


def _pytest(stage: str, *words: str, environment: Mapping[str, str] | None = None) -> None:
    command = [sys.executable, "-m", "pytest", *words]
    _ended_well(stage, command, paths.ROOT, environment or {})


def _ended_well(stage: str, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    # Tests that go on after this process was killed still hold the labs.
    done = subprocess.run(words, cwd=folder, env=surroundings.child(environment), check=False, close_fds=False)
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
    "proofs": Stage(title="exercises proven on a lab of their own: some that the commit chooses", run=_proofs),
    "ha": Stage(title="several control planes: brought up, robbed of the leading machines, removed", run=_ha),
    "vm": Stage(title="a virtual machine by emulation: made, stopped, started, removed", run=_vm),
    "conformance": Stage(title="a choice of upstream's conformance suite on a lab of its own", run=_conformance),
    "upgrade": Stage(
        title="a lab of the older version set: upgraded while it is in use, killed in between", run=_upgrade
    ),
    "more": Stage(title="what takes too long for every run: harms, kills, every diagnosis", run=_more),
}
USUAL = ("host", "quick", "wheel", "parts", "lab", "proofs")
