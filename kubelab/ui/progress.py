"""Progress for people and programs: one line a phase, with its time; a log file; events."""

from __future__ import annotations

import contextlib
import enum
import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import rich.console
import rich.live

from kubelab.files import atomic
from kubelab.ui import foreign, live_view, terminal

FIRST = 5.0
"""How many of the first ten seconds a phase in plain style does not wait before its first detail."""


class Style(enum.StrEnum):
    """How progress is shown."""

    TERMINAL = "terminal"
    PLAIN = "plain"
    JSON = "json"


@dataclass(frozen=True, kw_only=True)
class Span:
    """A finished phase: its begin in seconds after the run's, its duration, its end."""

    name: str
    at: float
    took: float
    good: bool
    result: str = ""


class Phase:
    """One named phase that is under way; `update` sets its detail."""

    def __init__(self, name: str, progress: Progress) -> None:
        """Begin now."""
        self.name = name
        self.started = time.monotonic()
        self.result = ""
        self.good = True
        self.doing = ""
        self._progress = progress
        self._last_plain = self.started - FIRST

    @property
    def seconds(self) -> float:
        """Return its duration so far."""
        return time.monotonic() - self.started

    def update(self, doing: str) -> None:
        """Set the detail; a terminal shows it at once, plain output after five seconds and then every ten."""
        self._progress.log(f"{self.name}: {doing}")
        self.doing = doing = foreign.line(doing)
        if self._progress.style is Style.PLAIN and time.monotonic() - self._last_plain > 10:
            self._last_plain = time.monotonic()
            self._progress.say(f"  … {self.name}: {doing} ({self.seconds:.0f} s)")
        elif self._progress.style is Style.JSON:
            self._progress.event("doing", phase=self.name, doing=doing)

    def stalled(self, seen: str) -> None:
        """Say what is waited for and what was seen last: a line of its own in every style."""
        seen = foreign.line(seen)
        self._progress.event("stalled", phase=self.name, seen=seen, seconds=round(self.seconds, 1))
        self._progress.say(f"  … waiting for {self.name} ({self.seconds:.0f} s); last seen: {seen}")

    def done(self, result: str) -> None:
        """Set the text that the closing line has after the name."""
        self.result = result

    def failed(self, result: str) -> None:
        """Close as a failure that does not end the run."""
        self.result, self.good = result, False


class Progress:
    """Prints progress while work is under way."""

    def __init__(self, style: Style, log: Path | None = None, out: IO[str] | None = None) -> None:
        """Print in `style` to `out` (standard output) and keep everything in `log`."""
        self.style = style
        self.log_path = log
        self.started = time.monotonic()
        self.epoch = time.time()
        self.spans: list[Span] = []
        self.boxes: dict[str, str] = {}
        self._expected: tuple[float, float] | None = None
        self._phases: list[Phase] = []
        self._console = terminal.Console(file=out or sys.stdout, highlight=False, soft_wrap=True)
        self._log: IO[str] | None = None
        self.listeners: list[Callable[[str, Mapping[str, object]], None]] = []

    @classmethod
    def chosen(cls, *, as_json: bool = False, log: Path | None = None) -> Progress:
        """Return progress in the style that fits the output."""
        if as_json:
            return cls(Style.JSON, log)
        return cls(Style.TERMINAL if sys.stdout.isatty() else Style.PLAIN, log)

    @classmethod
    def silent(cls) -> Progress:
        """Return progress that is neither shown nor kept, for a step of something else."""
        return cls(Style.PLAIN, out=io.StringIO())

    @property
    def seconds(self) -> float:
        """Return the duration of this run so far."""
        return time.monotonic() - self.started

    def log(self, text: str) -> None:
        """Keep a line in the log only; the first line makes the log, so a mistyped lab leaves no folder behind."""
        if self.log_path and not self._log:
            atomic.folder(self.log_path.parent)
            self._log = self.log_path.open("a", encoding="utf-8")
        if self._log:
            self._log.write(f"{time.strftime('%H:%M:%S')} {foreign.text(text)}\n")
            self._log.flush()

    def say(self, text: str = "") -> None:
        """Show a line to a person; programs do not see it."""
        self.log(text)
        if self.style is not Style.JSON:
            self._console.print(text, markup=False)

    def event(self, kind: str, **values: object) -> None:
        """Write one event for programs, a JSON object a line; listeners get it in every style."""
        for hear in self.listeners:
            hear(kind, values)
        if self.style is Style.JSON:
            self._console.print(foreign.document({"event": kind, **values}), markup=False)

    def expect(self, seconds: float) -> None:
        """Show how long the rest of the run usually takes on this computer; a terminal goes on showing the remaining
        time."""
        self._expected = (time.monotonic(), seconds)
        self.event("expected", seconds=round(seconds, 1))
        self.say(f"   usually {seconds:.0f} s on this computer")

    @property
    def remaining(self) -> float | None:
        """Return the remaining seconds of a usual run; None if unknown, or if it takes longer already."""
        if not self._expected:
            return None
        begin, usual = self._expected
        left = usual - (time.monotonic() - begin)
        return left if left > 0 else None

    def box(self, name: str, doing: str) -> None:
        """Show the detail of a box: a terminal shows it below the phase, programs get an event for every change."""
        doing = foreign.line(doing)
        if self.boxes.get(name) != doing:
            self.boxes[name] = doing
            self.log(f"{name}: {doing}")
            self.event("box", box=name, doing=doing)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Time a phase and close it with one line, also when it fails."""
        self.log(f"begin {name}")
        self.event("begin", phase=name)
        phase = Phase(name, self)
        self._phases.append(phase)
        try:
            with self._shown():
                yield phase
        except BaseException:
            phase.good = False
            raise
        finally:
            self._phases.remove(phase)
            self._close(phase, good=phase.good)

    @contextlib.contextmanager
    def _shown(self) -> Iterator[None]:
        """Show the present phases on a terminal while they last; the outermost phase does, for all inside it."""
        if self.style is not Style.TERMINAL or len(self._phases) > 1:
            yield
            return
        with rich.live.Live(get_renderable=self._picture, console=self._console, refresh_per_second=8, transient=True):
            yield

    def _picture(self) -> rich.console.RenderableType:
        phases = [(phase.name, phase.doing, phase.seconds) for phase in list(self._phases)]
        return live_view.picture(phases, dict(self.boxes), self.remaining)

    def _close(self, phase: Phase, *, good: bool) -> None:
        phase.result = foreign.line(phase.result)
        span = Span(
            name=phase.name, at=phase.started - self.started, took=phase.seconds, good=good, result=phase.result
        )
        self.spans.append(span)
        self.event("end", phase=phase.name, ok=good, seconds=round(phase.seconds, 2), result=phase.result)
        mark = "✓" if good else "✗"
        self.say(f" {mark} {phase.name:<34} {phase.seconds:6.1f} s  {phase.result}".rstrip())
