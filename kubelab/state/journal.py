"""The journal of runs on a lab, one line for each event, so that the next run knows where the last one was stopped."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kubelab import errors, paths
from kubelab.files import atomic, bounded, strictjson
from kubelab.ui import progress

KEPT = 2000
"""Lines that are kept: some fifty runs."""
FILE = "journal.jsonl"
LARGEST = 1 << 20
"""Bytes of one line; a restore's, which lists its files, has some 1 KB."""
LONGEST = 64 << 20
"""Bytes of a journal; one of `KEPT` lines has some 500 KB."""
UP, RENEW, HALT, RESTORE = "lab.up", "lab.certs --renew", "lab.halt", "checkpoint.restore"
"""The commands whose phases are recorded: the next lab.up finishes what they leave half done."""
STOPPED = "stopped"
"""The recorded error of a run that ended without a LabError: Ctrl-C, or a mistake in kubelab."""


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """An unfinished run: when it began, its process, its phase, its options."""

    command: str
    began: str
    pid: int
    phase: str
    about: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it as a sentence's beginning."""
        where = f"in the phase '{self.phase}'" if self.phase else "before its first phase"
        return f"{self.command} of {self.began} (process {self.pid}) was stopped {where}"


def next_step(lab: str) -> str:
    """Return what to type after an unfinished run."""
    return f"./run lab.up{paths.lab_option(lab)} goes on from there"


@contextlib.contextmanager
def run(
    where: paths.LabPaths, command: str, report: progress.Progress, *, settles: Sequence[str] = (), **about: object
) -> Iterator[None]:
    """Record a run's phases in the lab's journal; first report unfinished runs.

    Its success settles unfinished runs of the same command, and of the commands in `settles`. Call it with the lab's
    lock held. Raises LabError `build-unwritable` if the journal cannot be kept.
    """
    path = where.state / FILE
    mine = [command, *settles]
    for last in unfinished(path):
        report.say(f"{last}: going on from there" if last.command in mine else f"{last}; {next_step(where.name)}")
        report.event("resumed", command=last.command, began=last.began, phase=last.phase)
    _trim(path)
    _write(path, "run", command=command, pid=os.getpid(), root=str(paths.ROOT), about=about)

    def hear(kind: str, values: Mapping[str, object]) -> None:
        if kind in ("begin", "end"):
            _write(path, kind, **values)

    report.listeners.append(hear)
    ident = STOPPED
    try:
        yield
        ident = ""
    except errors.LabError as problem:
        ident = problem.ident
        raise
    finally:
        report.listeners.remove(hear)
        with contextlib.suppress(errors.LabError):  # a full disk has been told already
            _write(path, "done", error=ident, settles=mine)


def settle(where: paths.LabPaths, command: str) -> None:
    """Forget that a command was stopped: it cannot be finished any more."""
    _write(where.state / FILE, "done", error="", settles=[command])


def unfinished(path: Path) -> tuple[Stopped, ...]:
    """Return the last unfinished run of each command that no later run settled.

    It was killed, stopped by Ctrl-C, or the computer was switched off. A run that is still at work is among them.
    """
    found: dict[str, Stopped] = {}
    now: Stopped | None = None
    for row in _rows(path):
        match row:
            case {"event": "run", "command": str(command), "at": str(began), "pid": int(pid)}:
                about = row.get("about")
                about = about if isinstance(about, dict) else {}
                now = found[command] = Stopped(command=command, began=began, pid=pid, phase="", about=about)
            case {"event": "begin", "phase": str(phase)} if now:
                now = found[now.command] = dataclasses.replace(now, phase=phase)
            case {"event": "done", "error": str(error)}:
                if error != STOPPED and now:
                    del found[now.command]
                now = None
                for command in _settled(row) if not error else ():
                    found.pop(command, None)
    return tuple(found.values())


def interrupted(where: paths.LabPaths) -> tuple[Stopped, ...]:
    """Return the unfinished runs that are not at work any more, for a reader without the lab's lock."""
    return tuple(run for run in unfinished(where.state / FILE) if not _alive(run.pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OverflowError:  # a damaged line: no process has such a number
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _settled(row: Mapping[str, object]) -> list[str]:
    names = row.get("settles")
    return [str(name) for name in names] if isinstance(names, list) else []


def _rows(path: Path) -> Iterator[dict[str, object]]:
    """Yield the events; a line cut short by a power cut is skipped."""
    for line in bounded.text(path, most=LONGEST).splitlines():
        with contextlib.suppress(strictjson.Refused):
            yield strictjson.table(line.encode(), most=LARGEST)


def _write(path: Path, kind: str, **values: object) -> None:
    row = {"at": time.strftime("%Y-%m-%d %H:%M:%S"), "event": kind, **values}
    try:
        atomic.folder(path.parent)
        bounded.refuse_special(path)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, default=str) + "\n")
    except OSError as problem:
        raise errors.LabError("build-unwritable", f"cannot write {path}", details=[problem]) from problem


def _trim(path: Path) -> None:
    """Remove the oldest half of a journal that has grown long."""
    lines = bounded.text(path, most=LONGEST).splitlines()
    if len(lines) > KEPT:
        atomic.write(path, "".join(f"{line}\n" for line in lines[-KEPT // 2 :]))
