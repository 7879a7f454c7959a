"""The door to upstream's suite: runs it on several processes, follows its output, ends it with its report written."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kubelab import model, paths
from kubelab.clients import patience, procfs, surroundings
from kubelab.components import stand_ins
from kubelab.files import atomic
from kubelab.proofs import conformance_results
from kubelab.ui import amounts, progress

REPORT = "junit_01.xml"
"""The report as the suite names it."""
LOG = "e2e.log"
REGISTRIES = "registries.json"
TICK = 1.0
"""Seconds between two looks at the suite's output."""
LIMIT = "3h"
"""After this time ginkgo ends a run; a whole one takes half an hour."""
GRACE = 120.0
"""Seconds in which a stopped suite removes what its specs made, and writes its report."""
KILLED = 10.0
"""Seconds for killed processes to be gone."""
TOTAL = re.compile(r"^Will run (\d+) of \d+ specs")
AROUND = re.compile(r"\[(It|(Before|After|JustBefore|JustAfter)Each|DeferCleanup \(Each\))\] | \[sig-[^]]*\]$")
"""What the output adds to the name of a spec that failed: the step of it, and its labels."""
ENDED = re.compile(r"^• ?(?:\[([A-Z!]+)\])?(?: \[[\d.]+ seconds\])?$")


@dataclass(frozen=True, kw_only=True)
class Programs:
    """What a run of the suite needs: ginkgo, the suite, and the lab's kubectl."""

    ginkgo: Path
    suite: Path
    kubectl: Path


class Followed:
    """What the suite's output has said so far: how many specs are to run, how many have ended, which ones failed."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.wanted = self.done = 0
        self.failed: list[str] = []
        self._names = False
        self._rest = ""

    def take(self, text: str) -> Iterator[str]:
        """Read further output, which may end within a line; yield the name of each spec that failed."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if self._names and line.strip():
                self._names = False
                self.failed.append(AROUND.sub("", line.strip()))
                yield self.failed[-1]
            if found := TOTAL.match(line):
                self.wanted = int(found[1])
            elif ended := ENDED.match(line):
                self.done += 1
                self._names = bool(ended[1])


def command(
    programs: Programs,
    lab: model.Lab,
    where: paths.LabPaths,
    choice: conformance_results.Choice,
    processes: int,
    folder: Path,
) -> list[str]:
    """Return the command of a run; specs of DNS ask for names in the lab's own domain."""
    focus = [f"--focus={pattern}" for pattern in choice.focus]
    return [
        *(str(programs.ginkgo), "run", f"--procs={processes}", f"--timeout={LIMIT}", "--no-color", "--force-newlines"),
        *("--silence-skips", f"--label-filter={choice.labels}", *focus, str(programs.suite), "--"),
        *("--provider=skeleton", f"--kubeconfig={where.kubeconfig}", f"--kubectl-path={programs.kubectl}"),
        f"--dns-domain={lab.network.domain}",
        *(_reports(folder), f"--e2e-output-dir={folder}", "--disable-log-dump=true"),
    ]


def _reports(folder: Path) -> str:
    return f"--report-dir={folder}"


def end_earlier(folder: Path) -> bool:
    """End a suite that writes into this folder, and return whether one was there: its own run was killed.

    It would make namespaces while this run removes them.
    """
    found = procfs.given(_reports(folder))
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for _ in patience.polls(KILLED):
        if not procfs.given(_reports(folder)):
            break
    return bool(found)


def run(words: Sequence[str], folder: Path, phase: progress.Phase, report: progress.Progress) -> tuple[Followed, bool]:
    """Run the suite to its end; return what its output said, and whether a person stopped it: by Ctrl-C, by a polite
    kill, or by closing the terminal."""
    registries = folder / REGISTRIES
    atomic.write(registries, json.dumps(stand_ins.REGISTRIES), mode=atomic.PUBLIC)
    seen = Followed()
    with (folder / LOG).open("wb") as log:
        # In a session of its own: Ctrl-C reaches this program alone, which then ends the suite once.
        process = subprocess.Popen(
            words, cwd=folder, env=surroundings.inside({"KUBE_TEST_REPO_LIST": str(registries)}),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        with (folder / LOG).open(encoding="utf-8", errors="replace") as text:
            for _ in patience.polls(math.inf, TICK):
                over = process.poll() is not None
                _show(seen, text.read(), phase, report)
                if over:
                    return seen, False
    except KeyboardInterrupt:
        phase.update("stopped: the suite removes what its specs have made")
        return seen, True
    finally:
        _end(process)
    return seen, False


def _show(seen: Followed, text: str, phase: progress.Phase, report: progress.Progress) -> None:
    for name in seen.take(text):
        unable = name in conformance_results.listed()
        report.say(f"   {'- could not run here:' if unable else '✗'} {name}")
        report.event("spec", name=name, good=False, unable=unable)
    red = f", {len(seen.failed)} not passed" if seen.failed else ""
    wanted = f"{seen.done} of {seen.wanted} specs{red}" if seen.wanted else "the suite starts"
    phase.update(f"{wanted}, {amounts.clock(phase.seconds)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the suite if it runs: all its processes are told, as a terminal does, and clean up after their specs.

    Told alone, ginkgo would wait for the others until their specs are over.
    """
    try:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience.seconds(GRACE))
    finally:  # also when Ctrl-C is pressed again
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
