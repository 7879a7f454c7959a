"""The checks of `./run check`: a table, and one loop that runs them all."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, paths
from kubelab.clients import surroundings
from kubelab.ui import progress

SHELLS = ("sh", "bash", "dash")
GENERATED = ("build", "__pycache__", "node_modules")
SHOWN_FOLDERS = (".ci",)
"""Hidden folders with files of the project."""
SHOWN = 20
"""Words of a command that a failure shows: shellcheck gets every script, and `--only` repeats that as well."""
TESTS = (sys.executable, "-m", "pytest", "-q", "--tb=short", "-n", "2")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: its name, its command, and what must be installed for it if `.venv` lacks it."""

    name: str
    words: Callable[[], tuple[str, ...]]
    setup: str = "rm -rf .venv, then the same command again: ./run makes the environment anew"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one check: its command as a person types it, whether it was good, its whole output."""

    name: str
    command: str
    good: bool
    output: str


CHECKS = (
    Check(name="format", words=lambda: ("ruff", "format", "--check", ".")),
    Check(name="lint", words=lambda: ("ruff", "check", ".")),
    Check(name="types", words=lambda: ("mypy",)),
    Check(name="layers", words=lambda: ("lint-imports",)),
    Check(name="shell", words=lambda: ("shellcheck", *shell_files()), setup="./run host.setup"),
    Check(name="unit", words=lambda: (*TESTS, "tests/unit")),
    Check(name="rendered", words=lambda: (*TESTS, "tests/rendered")),
)


def run(report: progress.Progress, only: Sequence[str] = ()) -> list[Outcome]:
    """Run every check (or those named), one line each with its time; a failed one does not stop the others.

    Raises `check-unknown` for an unknown name.
    """
    outcomes = []
    for check in _chosen(only):
        with report.phase(check.name) as phase:
            outcome = _outcome(check)
            if not outcome.good:
                phase.failed("see below")
            outcomes.append(outcome)
    return outcomes


def explain(outcomes: Sequence[Outcome], report: progress.Progress) -> errors.Exit:
    """Show each failure's output and how to repeat it; return the exit code of all."""
    bad = [outcome for outcome in outcomes if not outcome.good]
    for outcome in bad:
        report.event("failure", check=outcome.name, command=outcome.command, output=outcome.output)
        report.say(f"\n── {outcome.name} ──\n{outcome.output.rstrip()}\n")
        report.say(f"  again: ./run check --only {outcome.name}\n  that is: {outcome.command}")
    names = ", ".join(outcome.name for outcome in bad)
    verdict = f"{len(bad)} of {len(outcomes)} failed: {names}" if bad else f"all {len(outcomes)} are good"
    report.say(f"\n{verdict} ({report.seconds:.0f} s)")
    return errors.Exit.FAILED if bad else errors.Exit.GOOD


def shell_files(root: Path = paths.ROOT) -> list[str]:
    """Return every shell file of the checkout, found by its suffix or first line; paths are relative to `root`."""
    found = sorted(str(path.relative_to(root)) for path in _files(root) if _is_shell(path))
    if not found:
        raise errors.LabError("check-empty", f"there is no shell file under {root}")
    return found


def _chosen(only: Sequence[str]) -> list[Check]:
    known = {check.name: check for check in CHECKS}
    for name in only:
        if name not in known:
            from kubelab.config import strict  # noqa: PLC0415 (a reader of files, here for its nearest word alone)

            what = f"there is no check {name!r}{strict.did_you_mean(name, known)}"
            raise errors.LabError("check-unknown", what, details=[f"checks: {', '.join(known)}"])
    return [check for check in CHECKS if not only or check.name in only]


def _outcome(check: Check) -> Outcome:
    words = check.words()
    command = shlex.join(str(_relative(word)) for word in words[:SHOWN])
    command += f" … and {len(words) - SHOWN} more words" if len(words) > SHOWN else ""
    tool = shutil.which(words[0], path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if tool is None:
        missing = f"{words[0]} is not installed; type: {check.setup}"
        return Outcome(name=check.name, command=command, good=False, output=missing)
    done = subprocess.run(
        [tool, *words[1:]],
        cwd=paths.ROOT,
        env=surroundings.child(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return Outcome(name=check.name, command=command, good=done.returncode == 0, output=done.stdout)


def _relative(word: str) -> str:
    """Return a word of a command as one types it in the checkout's folder."""
    path = Path(word)
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else word


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name not in SHOWN_FOLDERS
        if path.is_dir() and not path.is_symlink() and not hidden and path.name not in GENERATED:
            yield from _files(path)
        elif path.is_file() and not path.is_symlink():
            yield path


def _is_shell(path: Path) -> bool:
    """Return whether shellcheck can read it: a template is no script yet; rendered tests check its result."""
    if path.suffix == ".sh":
        return True
    with path.open("rb") as file:
        first = file.readline(80).split()
    names = {word.rsplit(b"/", 1)[-1].decode(errors="replace") for word in first[:2]}
    return path.suffix != ".j2" and first[:1] != [] and first[0].startswith(b"#!") and bool(names & set(SHELLS))
