"""The Docker engine of this computer: whether it answers, and how to start it."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kubelab import errors, model
from kubelab.clients import docker, patience
from kubelab.host import actions, doctor_findings, platforms

DOCKERD = "dockerd"
PATIENCE = 60.0
"""Seconds in which a started engine must answer; two are usual."""
APPEARS = 3.0
"""Seconds in which the process of a started engine has appeared."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A dockerd without an init system."""

    arguments: tuple[str, ...] = ()
    log: Path = Path("/var/log/kubelab-dockerd.log")
    pid_files: Mapping[Path, str] = field(
        default_factory=lambda: {
            Path("/var/run/docker.pid"): DOCKERD,
            Path("/var/run/docker/containerd/containerd.pid"): "containerd",
        }
    )
    """Files with its process numbers, and the program of each: a leftover one that names another process stops its
    start."""

    @property
    def command(self) -> str:
        """Return the shell command that starts it, apart from this terminal, session and folder."""
        words = shlex.join([DOCKERD, *self.arguments])
        return f"cd / && exec setsid --fork {words} >> {shlex.quote(str(self.log))} 2>&1 < /dev/null"


def problem() -> errors.LabError | None:
    """Return why Docker cannot be used: missing, not running, not this user's, hanging; None if it can."""
    try:
        docker.run("version", "--format", "{{.Server.Version}}", timeout=10)
    except errors.LabError as found:
        return found
    return None


def start(engine: Engine) -> Iterator[actions.Action]:
    """Yield the actions that start a stopped engine and wait until it answers."""
    if platforms.has_systemd():
        words: tuple[str, ...] = ("systemctl", "enable", "--now", "docker")
        yield actions.Action(what="start Docker", words=words, then=lambda: wait(engine, PATIENCE))
        return
    for path in stale(engine):
        yield actions.Action(what="remove what a killed engine left", words=("rm", "-f", str(path)))
    begun = alive(engine)
    yield actions.Action(
        what="wait for Docker" if begun else "start Docker (there is no init system)",
        words=("true",) if begun else ("sh", "-c", engine.command),
        root=not begun,
        then=lambda: wait(engine, PATIENCE),
    )


def stale(engine: Engine) -> list[Path]:
    """Return the process number files whose process has ended or is another program by now."""
    return [path for path, name in engine.pid_files.items() if _is_stale(path, name)]


def alive(engine: Engine) -> bool:
    """Return whether its process exists, answering or not yet."""
    return any(
        path.exists() and not _is_stale(path, name) for path, name in engine.pid_files.items() if name == DOCKERD
    )


def wait(engine: Engine, limit: float) -> None:
    """Wait until the engine answers this user, or refuses; raise with its last words if it ends or never does."""
    what = f"the Docker engine did not answer for {limit:.0f} s"
    for waited in patience.polls(limit):
        found = problem()
        if not found or found.ident == "docker-forbidden":
            return
        if waited > APPEARS and not alive(engine):
            what = "the Docker engine ended"
            break
    raise errors.LabError("docker-start", what, details=_tail(engine.log), log=_existing(engine.log))


def check_engine(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Docker: missing, stopped, and closed to this user are three states, each with its own remedy."""
    return doctor_findings.Finding(
        what="Docker",
        found=subject.problem.what if subject.problem else f"engine {subject.engine['ServerVersion']}",
        wanted="an engine that answers",
        fix=subject.problem.remedy if subject.problem else doctor_findings.SETUP,
        ok=not subject.problem,
        required=subject.lab.provider is model.Provider.DOCKER,
    )


def check_kind(subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """The engine must be this computer's own, with root: boxes mount its folders and share its kernel."""
    seen = subject.engine
    options = [option.split(",")[0].removeprefix("name=") for option in seen.get("SecurityOptions") or ()]
    odd = [word for word in ("rootless", "userns") if word in options]
    odd += [] if "Docker Desktop" not in seen.get("OperatingSystem", "") else ["Docker Desktop"]
    odd += [] if seen.get("Driver") != "vfs" else ["storage driver vfs, which copies every image for every box"]
    return doctor_findings.Finding(
        what="Docker's kind",
        found=", ".join(odd) or (f"native, {seen['Driver']}" if seen else "could not tell"),
        wanted="native, with root, on overlay2",
        fix="install Debian's docker.io; only the engine at /var/run/docker.sock is used, whatever your context",
        ok=not odd,
        required=subject.lab.provider is model.Provider.DOCKER,
    )


def _is_stale(path: Path, name: str) -> bool:
    """Return whether a file names no process of that name; an unreadable one is not the lab's."""
    try:
        return path.exists() and _comm(_process(path) / "comm") != name
    except PermissionError:
        return False


def _process(path: Path) -> Path:
    """Return the folder of the process whose number is in a file: one that does not exist for a damaged file."""
    number = path.read_text(encoding="ascii", errors="replace").strip()
    return Path("/proc", number if number.isdigit() else "none")


def _comm(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8").strip()
    return ""


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def _tail(path: Path) -> list[str]:
    """Return the engine's last important lines."""
    with contextlib.suppress(OSError):
        rows = path.read_text(encoding="utf-8", errors="replace").splitlines()
        return [row for row in rows if "level=info" not in row][-5:]
    return []
