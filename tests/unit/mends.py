"""Each error's remedy, done as printed on the fake computer of its trigger: the table, and shared parts."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from fakes import Computer

from kubelab import errors, paths

Act = Callable[[Computer, errors.LabError], None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mend:
    """What does a remedy's words and asks again; `says` are words of that remedy, `then` the next step's own error."""

    act: Act
    says: str
    then: str = ""


MENDS: dict[str, Mend] = {}
"""Identifier to what was printed, done."""


def mends(ident: str, says: str, then: str = "") -> Callable[[Act], Act]:
    """Enter a function into the table."""

    def enter(act: Act) -> Act:
        assert ident not in MENDS
        MENDS[ident] = Mend(act=act, says=says, then=then)
        return act

    return enter


def listed(error: errors.LabError, head: str) -> list[str]:
    """Return the names that an error lists behind `head`, as in `has: a, b`."""
    rows = [detail.removeprefix(head) for detail in error.details if detail.startswith(head)]
    assert rows, error.details
    return [name.strip() for row in rows for name in row.split(",")]


def typed(computer: Computer, line: str) -> None:
    """Type a line in a shell, with the system's programs."""
    computer.everything()
    subprocess.run(["sh", "-c", line], check=True)


def word(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `./run WORDS` as a person does, without the environment that ./run would make."""
    return subprocess.run(
        [sys.executable, str(paths.ROOT / "tasks.py"), *words],
        env=dict(os.environ), capture_output=True, encoding="utf-8", check=False, cwd=Path(paths.ROOT),
    )  # fmt: skip
