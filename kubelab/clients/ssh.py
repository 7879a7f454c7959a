"""The door into a box: commands over ssh, with the keys and host keys that were rendered for the lab."""

from __future__ import annotations

import concurrent.futures
import contextlib
import errno
import io
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol, TypeVar

from kubelab import model, paths
from kubelab.clients import doors, patience, procfs, program, surroundings

Result = TypeVar("Result")
WHOLE = "kubelab-end-of-output"
"""What is printed behind output that is kept in a file, and cut off again."""


class Named(Protocol):
    """A box's machine, or what is known of one whose lab file is gone: its name."""

    @property
    def name(self) -> str:
        """Return the machine's name in the lab's ssh configuration."""


class Unreachable(doors.NoAnswer):
    """ssh could not get into the box: it is down, or it refuses the login."""


class Failed(doors.Refusal):
    """The command ran in the box and ended with an exit code other than 0."""

    def __init__(self, machine: Named, command: str, code: int, output: str) -> None:
        """Keep the box, the command, its exit code and its output."""
        super().__init__(f"{machine.name}: `{command}` ended with {code}: {output.strip()[-500:]}")
        self.code = code
        self.output = output


def run(
    where: paths.LabPaths,
    machine: Named,
    command: str,
    *,
    timeout: float = 20,
    given: bytes | None = None,
) -> str:
    """Return what `command` (a shell's line, as user core) printed to stdout.

    `given` is its standard input. Raises `Unreachable` without a login (in time), `Failed` for another exit code.
    `timeout` is for an idle computer: a busy one gets more (`patience`).
    """
    return fetch(where, machine, command, timeout=timeout, given=given).decode(errors="replace")


def fetch(
    where: paths.LabPaths,
    machine: Named,
    command: str,
    *,
    timeout: float = 20,
    given: bytes | Path | None = None,
) -> bytes:
    """Like `run`, for binary output; a file may be given as standard input, and is not read into memory."""
    return _call(where, machine, command, timeout=timeout, given=given, into=subprocess.PIPE)


def save(
    where: paths.LabPaths,
    machine: Named,
    command: str,
    target: Path,
    *,
    timeout: float = 20,
    given: bytes | Path | None = None,
) -> None:
    """Like `fetch`, with the output in a new file that only its owner can read: it may be long, or secret.

    Raises OSError if the file was cut: on a full disk ssh drops what it cannot write, and still ends with the command's
    exit code if the command had written everything by then. So a mark is printed last, and must have arrived.
    """
    target.touch(mode=0o600)
    with target.open("wb") as file:
        marked = f"{command}\nended=$?; printf %s {WHOLE}; exit $ended"
        _call(where, machine, marked, timeout=timeout, given=given, into=file)
    with target.open("r+b") as file:
        size = file.seek(0, io.SEEK_END) - len(WHOLE)
        file.seek(max(0, size))
        if file.read() != WHOLE.encode():
            raise OSError(errno.ENOSPC, "it was cut: the disk has no room for it", str(target))
        file.truncate(size)


def _call(
    where: paths.LabPaths,
    machine: Named,
    command: str,
    *,
    timeout: float,
    given: bytes | Path | None,
    into: int | IO[bytes],
) -> bytes:
    arguments = ["ssh", "-F", str(where.ssh_config), "-o", "BatchMode=yes", machine.name, command]
    limit = patience.seconds(timeout)
    try:
        with _source(given) as source:
            done = subprocess.run(  # noqa: PLW1510 (looked at below: 255 is ssh's own)
                arguments, env=surroundings.inside(), stdout=into, stderr=subprocess.PIPE, timeout=limit, stdin=source
            )
    except subprocess.TimeoutExpired as late:
        raise Unreachable(f"{machine.name}: no answer in {limit:.0f} s", late=True) from late
    if done.returncode == 255:
        raise Unreachable(f"{machine.name}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    if done.returncode:
        said = (done.stderr or done.stdout or b"").decode(errors="replace")
        raise Failed(machine, command, done.returncode, said)
    return done.stdout or b""


@contextlib.contextmanager
def _source(given: bytes | Path | None) -> Iterator[IO[bytes]]:
    """Return the standard input of a command: a file as it is, bytes by way of a temporary file."""
    if isinstance(given, Path):
        with given.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as file:
        file.write(given or b"")
        file.seek(0)
        yield file


def first(machines: Sequence[model.Machine], work: Callable[[model.Machine], Result]) -> Result:
    """Work on the first machine that lets one in; raises what `work` does, `Unreachable` if none lets one in."""
    for machine in machines[:-1]:
        with contextlib.suppress(Unreachable):
            return work(machine)
    return work(machines[-1])


def hang_up(where: paths.LabPaths) -> None:
    """End the lab's shared connections that nobody works over; ssh keeps each for a while for the next command."""
    for socket in where.root.glob("ssh-*"):
        if socket.is_socket() and not procfs.attached(socket):
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                program.run(["ssh", "-F", "none", "-S", str(socket), "-O", "exit", "box"], timeout=patience.seconds(5))


def each(machines: Sequence[model.Machine], work: Callable[[model.Machine], Result]) -> dict[str, Result | Exception]:
    """Do `work` on every machine at the same time; return name to result, or to the error there."""

    def guarded(machine: model.Machine) -> Result | Exception:
        try:
            return work(machine)
        except doors.DoorError as problem:
            return problem

    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(machines))) as pool:
        found = pool.map(patience.carried(guarded), machines)
        return dict(zip((machine.name for machine in machines), found, strict=True))
