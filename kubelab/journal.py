"""What runs did to a lab, one line an event, so that the next one can say where the last one was stopped."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, paths, progress

KEPT = 2000
"""Lines that are kept: some fifty runs."""
FILE = "journal.jsonl"
UP, RENEW, HALT, RESTORE = "lab.up", "lab.certs --renew", "lab.halt", "checkpoint.restore"
"""The words whose phases are kept: what they leave half done, the next lab.up completes or names."""


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """A run that came to no end: when it began, its process, and the phase that it was in."""

    command: str
    began: str
    pid: int
    phase: str

    def __str__(self) -> str:
        """Return it as a sentence's beginning."""
        where = f"in the phase '{self.phase}'" if self.phase else "before its first phase"
        return f"{self.command} of {self.began} (process {self.pid}) was stopped {where}"


@contextlib.contextmanager
def run(where: paths.LabPaths, command: str, report: progress.Progress) -> Iterator[None]:
    """Keep a run's phases in the lab's journal; say first if the last run came to no end: lab.up goes on from there.

    Whoever calls it holds the lab's lock. Raises LabError `build-unwritable` if the journal cannot be kept.
    """
    path = where.state / FILE
    last = stopped(path)
    if last:
        report.say(f"{last}{': going on from there' if command == UP else ''}")
        if last.command.startswith(RESTORE):
            report.say(f"what it had put back by then is there; to have the rest, type: ./run {last.command}")
        report.event("resumed", command=last.command, began=last.began, phase=last.phase)
    _trim(path)
    _write(path, "run", command=command, pid=os.getpid(), root=str(paths.ROOT))

    def hear(kind: str, values: Mapping[str, object]) -> None:
        if kind in ("begin", "end"):
            _write(path, kind, **values)

    report.listeners.append(hear)
    ident = "stopped"
    try:
        yield
        ident = ""
    except errors.LabError as problem:
        ident = problem.ident
        raise
    finally:
        report.listeners.remove(hear)
        with contextlib.suppress(errors.LabError):  # a full disk has been told already
            _write(path, "done", error=ident)


def interrupted(where: paths.LabPaths) -> Stopped | None:
    """Return the last run if it came to no end and is not at work any more, for who only looks at a lab."""
    found = stopped(where.state / FILE)
    return None if found and _alive(found.pid) else found


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def stopped(path: Path) -> Stopped | None:
    """Return the last run if it came to no end: it was killed, or the computer was switched off."""
    found: Stopped | None = None
    for row in _rows(path):
        match row:
            case {"event": "run", "command": command, "at": began, "pid": int(pid)}:
                found = Stopped(command=str(command), began=str(began), pid=pid, phase="")
            case {"event": "begin", "phase": phase} if found:
                found = Stopped(command=found.command, began=found.began, pid=found.pid, phase=str(phase))
            case {"event": "done"}:
                found = None
    return found


def _rows(path: Path) -> Iterator[dict[str, object]]:
    """Yield the events; a line that was cut short by a power cut is passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        with contextlib.suppress(ValueError):
            row = json.loads(line)
            if isinstance(row, dict):
                yield row


def _write(path: Path, kind: str, **values: object) -> None:
    row = {"at": time.strftime("%Y-%m-%d %H:%M:%S"), "event": kind, **values}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, default=str) + "\n")
    except OSError as problem:
        raise errors.LabError("build-unwritable", f"cannot write {path}", details=[problem]) from problem


def _trim(path: Path) -> None:
    """Forget the oldest half of a journal that has grown long."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    if len(lines) > KEPT:
        draft = path.with_suffix(".part")
        draft.write_text("".join(f"{line}\n" for line in lines[-KEPT // 2 :]), encoding="utf-8")
        draft.replace(path)
