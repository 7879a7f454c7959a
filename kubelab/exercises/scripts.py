"""Runs an exercise's scripts: on the host with the lab's kubectl, or as root in a box, always with the values."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from kubelab import errors, paths
from kubelab.clients import patience, ssh, surroundings
from kubelab.exercises import exercise_file, library
from kubelab.exercises import scene as scenes

LIBRARY = paths.PROVISION / "exercises" / "lib.sh"
WRECK = paths.PROVISION / "exercises" / "wreck.sh"
"""Breaks everything that a student can reach: afterwards no exercise is won."""
TIMEOUT = 240.0
"""Seconds; a solution may wait for a pod or for the API server, and for a controller after that."""


def run(scene: scenes.Scene, script: Path) -> str:
    """Run one script of the scene's exercise where exercise.yaml says, or a shared one here; return its output.

    Raises `exercise-script` with its last lines if it fails, `exercise-unclean` if the box cannot be reached.
    """
    own = script.is_relative_to(scene.exercise.folder)
    name = str(script.relative_to(scene.exercise.folder)) if own else script.name
    place = scene.exercise.spec.runs.get(name, exercise_file.Place.KUBECTL)
    content = script.read_text(encoding="utf-8")
    if place is exercise_file.Place.KUBECTL:
        return _here(scene, name, content)
    machine = scene.machine(place)
    given = f"{_exports(scene)}{LIBRARY.read_text(encoding='utf-8')}{content}"
    try:
        return ssh.run(scene.view.where, machine, "sudo bash -s", timeout=TIMEOUT, given=given.encode())
    except ssh.Failed as problem:
        raise _failed(scene, name, problem.output) from problem
    except ssh.Unreachable as problem:
        raise errors.LabError("exercise-unclean", f"{name}: {problem}") from problem


def variables(scene: scenes.Scene) -> dict[str, str]:
    """Return the scene's values as variables of a script: names in capitals."""
    return {re.sub(r"\W", "_", name).upper(): value for name, value in scene.values.items()}


def _here(scene: scenes.Scene, name: str, content: str) -> str:
    with tempfile.TemporaryDirectory(prefix="kubelab-exercise-") as home:
        given = f"{LIBRARY.read_text(encoding='utf-8')}\ncd {shlex.quote(home)}\n{content}"
        limit = patience.seconds(TIMEOUT)
        try:
            done = subprocess.run(
                ["bash", "-c", given], env=surroundings.bare(_environment(scene, home)), cwd=home, timeout=limit,
                encoding="utf-8", errors="replace",
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            said = late.output.decode(errors="replace") if isinstance(late.output, bytes) else ""
            raise _failed(scene, name, f"{said}\nnot done in {limit:.0f} s") from late
    if done.returncode:
        raise _failed(scene, name, done.stdout.strip() or f"it printed nothing; exit code {done.returncode}")
    return done.stdout


def _environment(scene: scenes.Scene, home: str) -> dict[str, str]:
    """Return a script's variables: the values, and kubelab's own, whose names no value may have."""
    where, values = scene.view.where, variables(scene)
    return {
        **values,
        "KUBELAB_VALUES": " ".join(values),
        "HOME": home,
        "KUBECONFIG": str(where.kubeconfig),
        "SSH_CONFIG": str(where.ssh_config),
        "KEYS": str(where.keys),
        "FILES": str(scene.exercise.folder / library.DATA),
        "PYTHON": sys.executable,
        "PYTHONPATH": str(paths.ROOT),
        "PATH": f"{where.bin}:{os.environ.get('PATH', '/usr/bin:/bin')}",
    }


def _exports(scene: scenes.Scene) -> str:
    values = variables(scene)
    rows = [f"export {name}={shlex.quote(value)}\n" for name, value in values.items()]
    return "".join([*rows, f"export KUBELAB_VALUES={shlex.quote(' '.join(values))}\n"])


def _failed(scene: scenes.Scene, name: str, said: str) -> errors.LabError:
    what = f"{scene.exercise.spec.id}/{name} failed (variant {scene.variant.number})"
    return errors.LabError("exercise-script", what, details=said.strip().splitlines()[-10:])
