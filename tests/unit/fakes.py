"""Stand-ins for programs of this computer: each answers the calls that its test lists and refuses all others."""

from __future__ import annotations

import io
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kubelab import paths
from kubelab.ui import progress

REFUSED = 97
"""Exit code of a stand-in that was called in a way that no test expects."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a stand-in prints, says on stderr and ends with; `seconds` it takes."""

    out: str = ""
    err: str = ""
    code: int = 0
    seconds: float = 0


@dataclass(frozen=True, kw_only=True)
class Computer:
    """A computer with nothing on it but what a test gives it: programs, cache, build folder, home."""

    folder: Path
    patch: pytest.MonkeyPatch

    @classmethod
    def made(cls, folder: Path, patch: pytest.MonkeyPatch) -> Computer:
        """Return an empty one; nothing of the person's own is read or written from here on."""
        (folder / "bin").mkdir()
        patch.setenv("PATH", str(folder / "bin"))
        patch.setenv("HOME", str(folder / "home"))
        patch.setenv("KUBELAB_CACHE", str(folder / "cache"))
        patch.setattr(paths, "BUILD", folder / "build")
        return cls(folder=folder, patch=patch)

    def program(self, name: str, answers: Mapping[str, Answer]) -> None:
        """Put a program on PATH: a call that begins with a key gets its answer, the first that fits."""
        rows = [f"{shlex.quote(key)}*) {_spoken(answer)} ;;" for key, answer in answers.items()]
        refusal = f'*) echo "{name} does not know: $*" >&2; exit {REFUSED} ;;'
        calls = shlex.quote(str(self.folder / f"{name}.calls"))
        lines = ["#!/bin/sh", f'echo "$*" >> {calls}', 'case "$*" in', *rows, refusal, "esac"]
        self.script(name, "\n".join(lines) + "\n")

    def script(self, name: str, text: str) -> None:
        """Put a script on PATH."""
        path = self.folder / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        """Return the arguments of every call of a program, in order."""
        record = self.folder / f"{name}.calls"
        return record.read_text(encoding="utf-8").splitlines() if record.exists() else []

    def everything(self) -> None:
        """Let the programs of the system be found as well, after those of the test."""
        self.patch.setenv("PATH", f"{self.folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin")


def _spoken(answer: Answer) -> str:
    words = [f"printf %s {shlex.quote(answer.out)}", f"printf %s {shlex.quote(answer.err)} >&2", f"exit {answer.code}"]
    if answer.seconds:
        words.insert(0, f"/bin/sleep {answer.seconds}")
    return "; ".join(words)


def report() -> tuple[progress.Progress, io.StringIO]:
    """Return progress in plain style and what it shows."""
    shown = io.StringIO()
    return progress.Progress(progress.Style.PLAIN, out=shown), shown
