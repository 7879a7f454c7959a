"""The embedded box image: a Debian userland made here, with the conventions of CoreOS."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import filelock

from kubelab import errors, paths
from kubelab.clients import docker, program, surroundings
from kubelab.files import atomic
from kubelab.ui import progress

SUITE = "trixie"
BASE = "kubelab/base"
BOX = "kubelab/box"
# Manual pages and translations are a third of the userland; copyright files stay.
SLIM = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)

PIDS = 8192
"""Processes and threads that a box may have: they limit a fork bomb. A busy node has some 500."""
RUN_ARGUMENTS = (
    # Root here is near to root on the computer: systemd, the kubelet and runc mount, and make devices and cgroups.
    # Raising limits, setting the clock and loading modules are the computer's own business.
    *("--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--cap-drop", "SYS_TIME", "--cap-drop", "SYS_MODULE"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--security-opt", "systempaths=unconfined"),
    *("--device-cgroup-rule", "a *:* rwm"),
    *("--cgroupns", "private"),
    *("--pids-limit", str(PIDS)),
    *("--tmpfs", "/run", "--tmpfs", "/tmp:exec"),  # noqa: S108 (a path in the box)
)
"""The options of `docker run`, beside name, mounts and size, with which systemd and a kubelet work in the box."""


def box_image() -> str:
    """Return the tag of the boxes' image; it follows from boxes/ alone."""
    whole = hashlib.sha256(_base_tag().encode())
    for name, mode, content in _context():
        whole.update(f"{name} {mode:o} {hashlib.sha256(content).hexdigest()}\n".encode())
    return f"{BOX}:{whole.hexdigest()[:12]}"


def images() -> list[str]:
    """Return the tags of every box and base image in Docker, those of older checkouts included."""
    return [
        tag
        for name in (BOX, BASE)
        for tag in docker.run("images", name, "--format", "{{.Repository}}:{{.Tag}}").split()
    ]


def ensure(run: progress.Progress) -> str:
    """Make the box image if Docker does not have it; return its tag."""
    tag = box_image()
    if _has(tag):
        return tag
    base = base_image(run)
    with _alone(), run.phase("box image") as phase:
        if not _has(tag):
            _build(tag, base)
        older = [name for name in images() if name not in (tag, base)]
        phase.done(f"{tag}; older ones that no box may use: docker rmi {' '.join(older)}" if older else tag)
    return tag


def base_image(run: progress.Progress) -> str:
    """Make the Debian userland of boxes and pod images if Docker does not have it; return its tag."""
    tag = _base_tag()
    if _has(tag):
        return tag
    with _alone(), run.phase("Debian userland") as phase:
        if not _has(tag):
            tar = paths.cache() / "box" / f"{tag.replace('/', '-').replace(':', '-')}.tar"
            if not _sound(tar):
                phase.update(f"mmdebstrap {SUITE}, about a minute")
                _bootstrap(tar)
            docker.run("import", str(tar), tag, timeout=600)
        phase.done(tag)
    return tag


def present() -> bool:
    """Return whether Docker has the boxes' image."""
    return _has(box_image())


def save(tag: str, target: Path) -> Path:
    """Write one of Docker's images to `target`; return it."""
    docker.run("save", "--output", str(target), tag, timeout=600)
    return target


def take(tar: Path) -> None:
    """Give Docker the box image that a tar holds; raises `bundle-foreign` if it holds another."""
    docker.run("load", "--quiet", "--input", str(tar), timeout=900)
    if not present():
        raise errors.LabError("bundle-foreign", f"the box image in the bundle is not {box_image()}")


def packages() -> tuple[str, ...]:
    """Return the Debian packages of the userland beyond the essential ones."""
    return tuple(_rows(paths.BOXES / "packages"))


def bootstrap_command(*, root: bool, mapped: bool, sudo: bool) -> list[str]:
    """Return the command of mmdebstrap for root, for a user with subordinate ids, or for one with sudo; tar on
    stdout."""
    before: list[str] = [] if root or mapped else ["sudo", "-n"]
    mode = "unshare" if mapped and not root else "root"
    if not (root or mapped or sudo):
        raise errors.LabError("box-unprivileged", "a Debian userland cannot be made by this user")
    options = [f"--dpkgopt={option}" for option in SLIM]
    return [*before, "mmdebstrap", f"--mode={mode}", *_recipe(), *options, SUITE, "-"]


def _recipe() -> list[str]:
    return ["--variant=minbase", "--format=tar", f"--include={','.join(packages())}"]


def _base_tag() -> str:
    recipe = "\n".join((SUITE, *_recipe(), *SLIM))
    return f"{BASE}:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def _rows(file: Path) -> list[str]:
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _context() -> Iterator[tuple[str, int, bytes]]:
    """Yield name, mode and content of each file for the Dockerfile; modes do not depend on the checkout's umask."""
    for path in sorted(paths.BOXES.rglob("*")):
        if path.is_file():
            mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            yield str(path.relative_to(paths.BOXES)), mode, path.read_bytes()


def _build(tag: str, base: str) -> None:
    with tempfile.TemporaryDirectory(prefix="kubelab-box-") as folder:
        for name, mode, content in _context():
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(mode)
        for part in Path(folder).rglob("*/"):
            part.chmod(0o755)
        docker.run("build", "--quiet", "--build-arg", f"BASE={base}", "--tag", tag, folder, timeout=600)


def _bootstrap(tar: Path) -> None:
    """Make the userland's tar; it has its final name and its digest only when it is whole."""
    log = paths.cache() / "logs" / "box.log"
    atomic.folder(log.parent, mode=0o755)
    command = bootstrap_command(root=os.geteuid() == 0, mapped=_mapped(), sudo=_succeeds(["sudo", "-n", "true"]))
    if not shutil.which("mmdebstrap"):
        raise errors.LabError("box-tools", "there is no mmdebstrap command")
    with atomic.draft(tar, mode=atomic.PUBLIC) as partial:
        with partial.open("wb") as out, log.open("w", encoding="utf-8") as said:
            code = subprocess.run(
                command, env=surroundings.child(), stdout=out, stderr=said, stdin=subprocess.DEVNULL, check=False
            ).returncode
        if code:
            last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
            raise errors.LabError("box-base", f"mmdebstrap ended with {code}", details=last, log=log)
        atomic.write(_digest_file(tar), _digest(partial), mode=atomic.PUBLIC)


def _sound(tar: Path) -> bool:
    """Return whether the tar exists and has its recorded digest."""
    written = _digest_file(tar)
    return tar.exists() and written.exists() and written.read_text(encoding="utf-8") == _digest(tar)


def _digest_file(tar: Path) -> Path:
    return tar.with_suffix(".sha256")


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _has(tag: str) -> bool:
    return bool(docker.run("images", "--quiet", tag).strip())


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


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process on this computer makes an image of the box."""
    folder = paths.cache() / "locks"
    atomic.folder(folder, mode=0o755)
    with filelock.FileLock(folder / "box.lock"):
        yield
