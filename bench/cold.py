"""Measures a build of all components into an empty cache of its own, which is removed afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from bench import command
from kubelab import paths


def build() -> float:
    """Return the seconds that `components.build` takes with an empty cache, downloads included.

    The cache is beside the user's own, on the same disk. The box's userland stays in Docker and is not made anew.
    """
    beside = paths.cache().parent
    beside.mkdir(parents=True, exist_ok=True)
    empty = Path(tempfile.mkdtemp(prefix="kubelab-cold-", dir=beside))
    before = os.environ.get("KUBELAB_CACHE")
    os.environ["KUBELAB_CACHE"] = str(empty)
    try:
        return command.run("components.build").seconds
    finally:
        if before is None:
            del os.environ["KUBELAB_CACHE"]
        else:
            os.environ["KUBELAB_CACHE"] = before
        _remove(empty)


def _remove(folder: Path) -> None:
    """Remove a cache; Go makes its module folders read-only."""
    for path in (folder, *(item for item in folder.rglob("*") if item.is_dir() and not item.is_symlink())):
        path.chmod(0o755)
    shutil.rmtree(folder)
