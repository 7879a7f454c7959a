"""Runs the project's own commands as a user does, and keeps the time of each line that they print."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench import marks
from kubelab import paths

LAB = "bench"


class CommandFailed(Exception):
    """A measured command failed, so its time means nothing."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """One command that ran: seconds from Enter to its end, its exit code, and its events with their times."""

    words: tuple[str, ...]
    seconds: float
    code: int
    clock: marks.Clock
    events: tuple[dict[str, Any], ...]

    def reached(self, what: str) -> float:
        """Return the seconds from Enter to the event that reports `what` as reached."""
        for event in self.events:
            if event.get("event") == "reached" and event.get("what") == what:
                return float(event["at"])
        raise CommandFailed(f"{' '.join(self.words)} never said that {what!r} was reached")


def run(*words: str, good: tuple[int, ...] = (0,)) -> Done:
    """Run a task from the checkout; raise `CommandFailed` for any exit code but those of `good`.

    A Ctrl-C here is passed on to the task. This function then waits until the task has cleaned up.
    """
    clock, begin = marks.Clock(), time.monotonic()
    process = subprocess.Popen(
        _entry(*words),
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a Ctrl-C reaches it and its children once, from here
    )
    lines: list[tuple[float, str]] = []
    try:
        if process.stdout:
            lines = [(time.monotonic() - begin, line) for line in process.stdout]
        _, said = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
        raise
    seconds = time.monotonic() - begin
    if process.returncode not in good:
        last = "".join(line for _, line in lines[-20:])
        raise CommandFailed(f"{' '.join(words)} ended with {process.returncode}:\n{last}{said[-3000:]}")
    return Done(words=words, seconds=seconds, code=process.returncode, clock=clock, events=_events(lines))


def _entry(*words: str) -> list[str]:
    """Return the command line: the README's `./run` if it would use this environment, else invoke."""
    entry = paths.ROOT / "run"
    own = paths.ROOT / ".venv"
    return [str(entry), *words] if entry.exists() and own.exists() else [sys.executable, "-m", "invoke", *words]


def _events(lines: list[tuple[float, str]]) -> tuple[dict[str, Any], ...]:
    found = []
    for at, line in lines:
        if line.startswith("{") and line.rstrip().endswith("}"):  # an event is a line; a document has many
            found.append({**json.loads(line), "at": round(at, 2)})
    return tuple(found)
