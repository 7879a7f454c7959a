"""Changes to this computer: each is shown, then done, with its output in a log."""

from __future__ import annotations

import collections
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kubelab import errors, paths
from kubelab.clients import program, surroundings
from kubelab.files import atomic
from kubelab.host import platforms
from kubelab.ui import progress


@dataclass(frozen=True, kw_only=True)
class Action:
    """One command, and a wait that completes it (for a service that it started, say)."""

    what: str
    words: tuple[str, ...]
    root: bool = True
    then: Callable[[], None] | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """Return the whole command as this user must give it."""
        return (*_sudo(), *self.words) if self.root and not platforms.is_root() else self.words

    def __str__(self) -> str:
        """Return the command as a person would type it."""
        return shlex.join(self.command)


def log() -> Path:
    """Return the log of all actions."""
    return paths.cache() / "logs" / "setup.log"


def do(action: Action, report: progress.Progress) -> None:
    """Show an action and do it; its last output goes into the error if it fails."""
    _authorise(action)
    report.say(f"$ {action}")
    with report.phase(action.what) as phase:
        code, last = _run(action.command, phase)
        if code:
            what = f"{action.what}: exit code {code}"
            raise errors.LabError("host-action-failed", what, details=last, log=log())
        if action.then:
            action.then()


def _run(words: tuple[str, ...], phase: progress.Phase) -> tuple[int, list[str]]:
    last: collections.deque[str] = collections.deque(maxlen=10)
    atomic.folder(log().parent, mode=0o755)
    with (
        log().open("a", encoding="utf-8") as out,
        subprocess.Popen(
            words,
            env=surroundings.child(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        out.write(f"$ {shlex.join(words)}\n")
        for line in process.stdout or ():
            out.write(line)
            if line.strip():
                last.append(line.rstrip())
                phase.update(line.strip()[:60])
    return process.returncode, list(last)


def _sudo() -> tuple[str, ...]:
    """Return sudo, keeping the proxies: it clears the environment, and packages come through them."""
    proxies = surroundings.proxies()
    return ("sudo", f"--preserve-env={','.join(sorted((*proxies, *surroundings.EXEMPT)))}") if proxies else ("sudo",)


def _authorise(action: Action) -> None:
    """Let sudo ask for its password before a line of progress hides the question."""
    if not action.root or platforms.is_root():
        return
    if not shutil.which("sudo"):
        raise errors.LabError("host-unprivileged", "there is no sudo command", details=[f"as root: {action}"])
    if program.run(["sudo", "-n", "true"]).returncode == 0:
        return
    if not sys.stdin.isatty() or subprocess.run(["sudo", "-v"], env=surroundings.child(), check=False).returncode:
        details = ["the next command would have been:", str(action)]
        raise errors.LabError("host-unprivileged", "sudo gives no rights here", details=details)
