"""Upgrades a lab of an older version set while it is in use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.survive import harms, stage
from kubelab import model, paths
from kubelab.components import selection
from kubelab.converge import upgrade_parts

LIMIT = 900.0
"""Seconds for the upgrade."""


def upgrade(on: stage.Stage) -> harms.Done:
    """Type `lab.up` with a lab file that names the newest version set."""
    old, new = on.view.lab.versions, newest()
    with tempfile.TemporaryDirectory() as folder:
        labs = Path(shutil.copytree(paths.LABS, Path(folder) / "labs"))
        file = labs / f"{on.view.lab.name}.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace(f'"{old.name}"', f'"{new.name}"'), encoding="utf-8")
        words = [sys.executable, "-m", "invoke", "lab.up", "--lab", on.view.lab.name]
        begin = time.monotonic()
        done = subprocess.run(
            words, cwd=paths.ROOT, env={**os.environ, "KUBELAB_LABS": str(labs)}, capture_output=True, text=True,
            check=False, timeout=LIMIT,
        )  # fmt: skip
    if done.returncode:
        raise stage.NeverWhole(f"lab.up: {(done.stdout + done.stderr)[-2000:]}")
    note = f"from Kubernetes {old.kubernetes} to {new.kubernetes} in {time.monotonic() - begin:.0f} s"
    return harms.Done(since=time.monotonic(), word="the end of `lab.up`", notes=[note])


def newest() -> model.VersionSet:
    """Return the version set with the newest Kubernetes."""
    return max(selection.sets(), key=lambda one: upgrade_parts.minor(one.kubernetes))
