"""A lab's whole life on labs of the tests' own: the first test that needs a lab makes it, the last one removes it.

Files run in the order of `ORDER`: each leaves the lab up and healthy for the next; the last one destroys it.
"""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kubelab import checks, model, paths, providers
from kubelab.checks import wait
from kubelab.clients import doors, patience, ssh
from kubelab.converge import session
from kubelab.proofs import fingerprint
from kubelab.state import journal, locks
from kubelab.ui import progress

LAB = os.environ.get("KUBELAB_LAB", "selftest")
OTHER = "selftest-two"
SAID = 6000
"""Characters of what a red test has printed last."""
SETTLED = 120.0
"""Seconds."""
TRIED = """
started=$(systemctl show --property ActiveEnterTimestamp --value kubelet) && [[ -n $started ]] &&
sudo find /var/log/pods -path '*/kube-apiserver/*.log' -newermt "$started" | grep -q .
"""
ORDER = (
    "test_up.py",
    "test_prove.py",
    "test_words.py",
    "test_beside.py",
    "test_converge.py",
    "test_faults.py",
    "test_mends.py",
    "test_exercise_words.py",
    "test_exercise_page.py",
    "test_exam_page.py",
    "test_exercise_proofs.py",
    "test_why.py",
    "test_survive.py",
    "test_errors_life.py",
    "test_destroy.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files in their order; one that `ORDER` does not name comes before the last."""
    places = {name: number for number, name in enumerate(ORDER)}
    items.sort(key=lambda item: places.get(item.path.name, len(ORDER) - 1.5))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tell a red test at once, and what it was doing: the suite takes long, and may be cut off before it tells it."""
    if report.failed:
        sys.stdout.write(f"\n{report.longreprtext}\n{report.capstdout[-SAID:]}\n")
        sys.stdout.flush()


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a word did: exit code, both outputs."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Return everything that it printed."""
        return self.out + self.err


def another_engine(sock: Path | str) -> tuple[str, ...]:
    """Return what runs a command where another socket stands in for Docker's: variables lead kubelab to none."""
    place = "/run/docker.sock"
    return ("unshare", "--mount", "sh", "-c", f'mount --bind "$0" {place} && exec "$@"', str(sock))


def word(
    *words: str,
    where: Sequence[str] = (),
    codes: Sequence[int] = (0,),
    env: dict[str, str] | None = None,
    timeout: float = 600,
    root: Path = paths.ROOT,
) -> Said:
    """Type a word of the project, as a person does; fail with what it said unless it ends with one of `codes`."""
    done = subprocess.run(
        [*where, sys.executable, "-m", "invoke", *words],
        cwd=root,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    said = Said(code=done.returncode, out=done.stdout, err=done.stderr)
    assert done.returncode in codes, f"{' '.join(words)} ended with {done.returncode}:\n{said.all[-6000:]}"
    return said


@dataclass(frozen=True, kw_only=True)
class Home:
    """The lab under test, with the doors to it."""

    name: str
    lab: model.Lab
    where: paths.LabPaths
    first_up: str

    @property
    def view(self) -> checks.View:
        """Return what checks look at."""
        return checks.View.of(self.lab, self.where)

    def word(self, word_: str, *words: str, codes: Sequence[int] = (0,)) -> Said:
        """Type a word about this lab."""
        return word(word_, "--lab", self.name, *words, codes=codes)

    def seen(self) -> dict[str, str]:
        """Return the checks of a healthy lab that do not hold, with what they saw."""
        return {**wait.ill(self.view)}

    def await_boundary(self, process: subprocess.Popen[Any], boundary: str) -> None:
        """Wait until the journal has the running word at a boundary, such as `begin boxes`; fail if it never is."""
        for _ in patience.polls(math.inf, 0.02):
            if process.poll() is not None:
                break
            rows = list(journal._rows(self.where.state / journal.FILE))
            mine = itertools.dropwhile(lambda row: row.get("pid") != process.pid, rows)
            if any(f"{row['event']} {row.get('phase')}" == boundary for row in mine):
                return
        pytest.fail(f"it ended without having come to: {boundary}")

    def await_try(self) -> None:
        """Wait until the kubelet of the control plane has run an API server since it started, for a moment at least."""
        master = self.lab.control_plane[0]

        def tried(view: checks.View) -> None:
            try:
                ssh.run(view.where, master, TRIED)
            except doors.DoorError as problem:
                raise checks.Wrong(f"the kubelet has not run an API server yet: {problem}") from problem

        self._wait("tried", tried)

    def look(self) -> fingerprint.Fingerprint:
        """Return how the lab looks now; a busy computer is given time to answer."""
        looks: list[fingerprint.Fingerprint] = []
        self._wait("a look", lambda view: looks.append(fingerprint.take(view)))
        return looks[-1]

    def same(self, before: fingerprint.Fingerprint) -> None:
        """Wait until the lab has the digests from before."""

        def equal(view: checks.View) -> None:
            different = fingerprint.differences(before, fingerprint.take(view))
            if different:
                raise checks.Wrong("\n".join(different))

        self._wait("same digests", equal)

    def _wait(self, name: str, check: checks.Check) -> None:
        wait.wait(self.view, {name: check}, progress.Progress(progress.Style.PLAIN), SETTLED)


@pytest.fixture(scope="session", autouse=True)
def home() -> Iterator[Home]:
    """Yield the lab of this test, up and healthy; it is destroyed afterwards unless it was there before.

    It is held meanwhile: a whole test, of any checkout, would remove it.
    """
    with locks.tests():
        was_there = bool(providers.boxes(LAB))
        try:
            said = word("lab.up", "--lab", LAB)
            lab, where = session.open_lab(LAB)
            yield Home(name=LAB, lab=lab, where=where, first_up=said.out)
        finally:
            if not was_there:
                word("lab.destroy", "--lab", LAB, codes=(0, 1))


@pytest.fixture(autouse=True)
def evidence_of_failure(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a red test, print how the lab is, then mend it: the tests after it judge something else."""
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        for words in (["lab.status"], ["fault.clear", "--give-up"], ["lab.up", "--repair"]):
            sys.stdout.write(word(*words, "--lab", LAB, codes=range(256)).all)
