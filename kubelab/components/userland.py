"""Debian userlands made here by mmdebstrap, as images of Docker, and the images built on them from a folder."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import filelock

from kubelab import errors, paths
from kubelab.clients import docker, program, surroundings
from kubelab.files import atomic
from kubelab.ui import progress

SUITE = "trixie"
LOCK = "box"
"""The name of the lock that is held while an image is made."""
# Manual pages and translations are a third of the userland; copyright files stay.
SLIM = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)


@dataclass(frozen=True, kw_only=True)
class Userland:
    """A userland: its name in Docker, the packages beyond the essential ones, further options of mmdebstrap."""

    name: str
    packages: tuple[str, ...]
    options: tuple[str, ...] = ()

    @property
    def recipe(self) -> list[str]:
        """Return the options of mmdebstrap that determine it, beside `SLIM`."""
        return ["--variant=minbase", "--format=tar", f"--include={','.join(self.packages)}", *self.options]

    @property
    def tag(self) -> str:
        """Return its tag in Docker; it follows from the recipe."""
        whole = "\n".join((SUITE, *self.recipe, *SLIM))
        return f"{self.name}:{hashlib.sha256(whole.encode()).hexdigest()[:12]}"

    @property
    def tar(self) -> Path:
        """Return its path in the cache."""
        return paths.cache() / "box" / f"{self.tag.replace('/', '-').replace(':', '-')}.tar"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file for a Dockerfile: its path there, its mode (no checkout's umask is in it), its content."""

    name: str
    mode: int
    content: bytes


def ensure(wanted: Userland, run: progress.Progress) -> str:
    """Make a userland if Docker does not have it; return its tag."""
    if has(wanted.tag):
        return wanted.tag
    with alone(), run.phase("Debian userland") as phase:
        if not has(wanted.tag):
            if not _sound(wanted.tar):
                phase.update(f"mmdebstrap {SUITE}, about a minute")
                _bootstrap(wanted)
            docker.run("import", str(wanted.tar), wanted.tag, timeout=600)
        phase.done(wanted.tag)
    return wanted.tag


def has(tag: str) -> bool:
    """Return whether Docker has an image."""
    return bool(docker.run("images", "--quiet", tag).strip())


def bootstrap_command(wanted: Userland, *, root: bool, mapped: bool, sudo: bool) -> list[str]:
    """Return the command of mmdebstrap for root, for a user with subordinate ids, or for one with sudo; tar on
    stdout."""
    before: list[str] = [] if root or mapped else ["sudo", "-n"]
    mode = "unshare" if mapped and not root else "root"
    if not (root or mapped or sudo):
        raise errors.LabError("box-unprivileged", "a Debian userland cannot be made by this user")
    options = [f"--dpkgopt={option}" for option in SLIM]
    return [*before, "mmdebstrap", f"--mode={mode}", *wanted.recipe, *options, SUITE, "-"]


def rows(file: Path) -> tuple[str, ...]:
    """Return the lines of a list, without empty ones and remarks."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def files(folder: Path) -> Iterator[File]:
    """Yield every file of a folder, by its path there, in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            yield File(name=str(path.relative_to(folder)), mode=mode, content=path.read_bytes())


def digest(ground: Userland, context: Iterable[File]) -> str:
    """Return the digest of an image that a Dockerfile in `context` builds on a userland."""
    whole = hashlib.sha256(ground.tag.encode())
    for file in context:
        whole.update(f"{file.name} {file.mode:o} {hashlib.sha256(file.content).hexdigest()}\n".encode())
    return whole.hexdigest()[:12]


def build(tag: str, ground: str, context: Iterable[File]) -> None:
    """Build an image on `ground`."""
    with tempfile.TemporaryDirectory(prefix="kubelab-box-") as folder:
        for row in context:
            file = Path(folder, row.name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(row.content)
            file.chmod(row.mode)
        for part in Path(folder).rglob("*/"):
            part.chmod(0o755)
        docker.run("build", "--quiet", "--build-arg", f"BASE={ground}", "--tag", tag, folder, timeout=600)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait until no other process on this computer makes an image of the box."""
    folder = paths.cache() / "locks"
    atomic.folder(folder, mode=0o755)
    with filelock.FileLock(folder / f"{LOCK}.lock"):
        yield


def _bootstrap(wanted: Userland) -> None:
    """Make the userland's tar; it has its final name and its digest only when it is whole."""
    log = paths.cache() / "logs" / "box.log"
    atomic.folder(log.parent, mode=0o755)
    by_sudo = _succeeds(["sudo", "-n", "true"])
    command = bootstrap_command(wanted, root=os.geteuid() == 0, mapped=_mapped(), sudo=by_sudo)
    if not shutil.which("mmdebstrap"):
        raise errors.LabError("box-tools", "there is no mmdebstrap command")
    with atomic.draft(wanted.tar, mode=atomic.PUBLIC) as partial:
        with partial.open("wb") as out, log.open("w", encoding="utf-8") as said:
            code = subprocess.run(
                command, env=surroundings.child(), stdout=out, stderr=said, stdin=subprocess.DEVNULL, check=False
            ).returncode
        if code:
            last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
            raise errors.LabError("box-base", f"mmdebstrap ended with {code}", details=last, log=log)
        atomic.write(_digest_file(wanted.tar), _digest(partial), mode=atomic.PUBLIC)


def _sound(tar: Path) -> bool:
    """Return whether the tar exists and has its recorded digest."""
    written = _digest_file(tar)
    return tar.is_file() and written.is_file() and written.read_text(encoding="utf-8", errors="replace") == _digest(tar)


def _digest_file(tar: Path) -> Path:
    return tar.with_suffix(".sha256")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _mapped() -> bool:
    """Return whether this user may make user namespaces with more ids than the own one."""
    return (
        bool(shutil.which("newuidmap"))
        and any(line.startswith(f"{getpass.getuser()}:") for line in _lines(Path("/etc/subuid")))
        and _succeeds(["unshare", "--user", "--map-root-user", "true"])
    )


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return program.run(command).returncode == 0
    except FileNotFoundError:
        return False
