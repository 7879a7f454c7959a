"""Fetches the Python packages of requirements.lock for every Python that a student's computer may have."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from kubelab import errors, paths
from kubelab.clients import program, surroundings
from kubelab.ui import progress

LOCK = paths.ROOT / "requirements.lock"
PYTHONS = ("3.11", "3.13")
"""The Pythons of Debian 12 and 13; the running one is added."""


def pythons() -> tuple[str, ...]:
    """Return the Python versions that a bundle serves."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    return tuple(sorted({*PYTHONS, own}, key=lambda text: [int(part) for part in text.split(".")]))


def command(version: str, folder: Path) -> list[str]:
    """Return the pip command that fetches every locked package for a version of Python, as wheels: none is built
    offline."""
    fixed = ["--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    where = ["--requirement", str(LOCK), "--dest", str(folder)]
    return [sys.executable, "-m", "pip", "download", *fixed, "--python-version", version, *where]


def fetch(folder: Path, phase: progress.Phase) -> tuple[Path, ...]:
    """Put the wheels into `folder`, each checked against the digest in the lock; return them, sorted."""
    for version in pythons():
        phase.update(f"pip download for Python {version}")
        _pip(command(version, folder), version)
    return tuple(sorted(folder.glob("*.whl")))


def _pip(words: Sequence[str], version: str) -> None:
    done = program.run(words, env=surroundings.child({"PIP_NO_INPUT": "1"}), timeout=1800)
    if done.returncode:
        what = f"the Python packages for Python {version} could not be fetched"
        raise errors.LabError("bundle-wheels", what, details=done.stderr.strip().splitlines()[-10:])
