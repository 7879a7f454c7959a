"""Puts an image that a person made on every worker of a lab: over ssh, on all at the same time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from kubelab import docker, errors, lifecycle, model, paths, progress, remote
from kubelab.components import load

IMPORT = "sudo ctr -n k8s.io images import -"
LIMIT = 600.0
"""Seconds that one worker may take; a gigabyte takes about 20."""


def put(name: str, image: str, report: progress.Progress) -> tuple[str, ...]:
    """Put a local image, or an archive of images, on every worker; return the names that pods use for them.

    Raises LabError `lab-absent`, `load-image` (no such image), or `load-failed` with what each worker said.
    """
    where = lifecycle.rendered(name)
    lab, _ = lifecycle.open_lab(name)
    if not docker.containers(name) and lab.provider is model.Provider.DOCKER:
        raise errors.LabError("lab-absent", f"lab {name} has no boxes")
    archive = load.archive(image)
    names = load.references(archive)
    with report.phase(f"load {image}") as phase:
        said = remote.each(lab.workers, lambda machine: _import(where, machine, archive))
        phase.done(f"{archive.stat().st_size / 1e6:.0f} MB each")
        _say(said, names, report)
    return names


def _import(where: paths.LabPaths, machine: model.Machine, archive: Path) -> str:
    begin = time.monotonic()
    remote.fetch(where, machine, IMPORT, timeout=LIMIT, given=archive)
    return f"{time.monotonic() - begin:.1f} s"


def _say(said: Mapping[str, str | Exception], names: tuple[str, ...], report: progress.Progress) -> None:
    """Say how it went on each worker; raise if it went wrong on any."""
    for machine, result in said.items():
        good = not isinstance(result, Exception)
        report.say(f" {'✓' if good else '✗'} {machine:<16} {result if good else 'not loaded'}")
    wrong = [str(result) for result in said.values() if isinstance(result, Exception)]
    if wrong:
        raise errors.LabError("load-failed", f"{len(wrong)} of {len(said)} workers lack the image", details=wrong)
    for reference in names:
        report.say(f"   image: {reference}")
    report.say("   In a pod, say imagePullPolicy: Never (or IfNotPresent): nothing is pulled.")
