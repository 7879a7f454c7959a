"""What a person sees while something runs: one line a phase, with its time; a log file; events for programs."""

from __future__ import annotations

import contextlib
import enum
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import rich.console
import rich.status


class Style(enum.StrEnum):
    """How progress is shown."""

    TERMINAL = "terminal"
    PLAIN = "plain"
    JSON = "json"


class Phase:
    """One named stretch of work that is under way; `update` says what it is at."""

    def __init__(self, name: str, progress: Progress, status: rich.status.Status | None) -> None:
        """Begin now."""
        self.name = name
        self.started = time.monotonic()
        self.result = ""
        self.good = True
        self._progress = progress
        self._status = status
        self._last_plain = self.started

    @property
    def seconds(self) -> float:
        """Return how long it has been running."""
        return time.monotonic() - self.started

    def update(self, doing: str) -> None:
        """Say what is being done; a terminal shows it at once, plain output every ten seconds."""
        self._progress.log(f"{self.name}: {doing}")
        if self._status:
            self._status.update(f"{self.name} [dim]{doing}[/dim]")
        elif self._progress.style is Style.PLAIN and time.monotonic() - self._last_plain > 10:
            self._last_plain = time.monotonic()
            self._progress.say(f"  … {self.name}: {doing} ({self.seconds:.0f} s)")
        elif self._progress.style is Style.JSON:
            self._progress.event("doing", phase=self.name, doing=doing)

    def done(self, result: str) -> None:
        """Set what the closing line says after the name."""
        self.result = result

    def failed(self, result: str) -> None:
        """Close as a failure that does not end the run: others go on."""
        self.result, self.good = result, False


class Progress:
    """The one place that prints while work is under way."""

    def __init__(self, style: Style, log: Path | None = None, out: IO[str] | None = None) -> None:
        """Print in `style` to `out` (standard output) and keep everything in `log`."""
        self.style = style
        self.log_path = log
        self.started = time.monotonic()
        self._console = rich.console.Console(file=out or sys.stdout, highlight=False, soft_wrap=True)
        self._log: IO[str] | None = None
        self._depth = 0
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
            self._log = log.open("a", encoding="utf-8")

    @classmethod
    def chosen(cls, *, as_json: bool = False, log: Path | None = None) -> Progress:
        """Return progress in the style that fits where the output goes."""
        if as_json:
            return cls(Style.JSON, log)
        return cls(Style.TERMINAL if sys.stdout.isatty() else Style.PLAIN, log)

    @property
    def seconds(self) -> float:
        """Return how long this run has taken."""
        return time.monotonic() - self.started

    def log(self, text: str) -> None:
        """Keep a line in the log only."""
        if self._log:
            self._log.write(f"{time.strftime('%H:%M:%S')} {text}\n")
            self._log.flush()

    def say(self, text: str = "") -> None:
        """Show a line to a person; programs do not see it."""
        self.log(text)
        if self.style is not Style.JSON:
            self._console.print(text, markup=False)

    def event(self, kind: str, **values: object) -> None:
        """Write one event for programs: a JSON object a line."""
        if self.style is Style.JSON:
            self._console.print(json.dumps({"event": kind, **values}, default=str), markup=False)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Time a stretch of work and close it with one line, also when it fails."""
        self.log(f"begin {name}")
        self.event("begin", phase=name)
        spin = self.style is Style.TERMINAL and self._depth == 0
        self._depth += 1
        status = self._console.status(name) if spin else None
        phase = Phase(name, self, status)
        try:
            with status or contextlib.nullcontext():
                yield phase
        except BaseException:
            self._close(phase, good=False)
            raise
        finally:
            self._depth -= 1
        self._close(phase, good=phase.good)

    def _close(self, phase: Phase, *, good: bool) -> None:
        self.event("end", phase=phase.name, ok=good, seconds=round(phase.seconds, 2), result=phase.result)
        mark = "✓" if good else "✗"
        self.say(f" {mark} {phase.name:<34} {phase.seconds:6.1f} s  {phase.result}".rstrip())
