"""The embedded box image: a Debian userland made here, with the conventions of CoreOS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kubelab import errors, paths
from kubelab.clients import docker
from kubelab.components import userland
from kubelab.ui import progress

BASE = "kubelab/base"
BOX = "kubelab/box"
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
    return f"{BOX}:{userland.digest(base(), _context())}"


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
    if userland.has(tag):
        return tag
    ground = base_image(run)
    with userland.alone(), run.phase("box image") as phase:
        if not userland.has(tag):
            userland.build(tag, ground, _context())
        older = [name for name in images() if name not in (tag, ground)]
        phase.done(f"{tag}; older ones that no box may use: docker rmi {' '.join(older)}" if older else tag)
    return tag


def base_image(run: progress.Progress) -> str:
    """Make the Debian userland of boxes and pod images if Docker does not have it; return its tag."""
    return userland.ensure(base(), run)


def base() -> userland.Userland:
    """Return the Debian userland of boxes and pod images."""
    return userland.Userland(name=BASE, packages=packages())


def present() -> bool:
    """Return whether Docker has the boxes' image."""
    return userland.has(box_image())


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
    return userland.rows(paths.BOXES / "packages")


def _context() -> Iterator[userland.File]:
    """Yield each file for the Dockerfile; a virtual machine's own are no part of a container."""
    return (file for file in userland.files(paths.BOXES) if not file.name.startswith("vm/"))
