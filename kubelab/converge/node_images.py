"""Puts loaded images on the nodes of a lab, and removes them: over ssh, on all at the same time."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kubelab import checks, model, paths
from kubelab.clients import ssh
from kubelab.components import loaded
from kubelab.ui import progress

IMPORT = "sudo ctr -n k8s.io images import --local -"
LIST = "sudo ctr -n k8s.io images ls -q"
IMAGES = "sudo /opt/bin/crictl images --output json"
REMOVE = "sudo ctr -n k8s.io images rm"
FREE = "sudo /opt/bin/crictl rmi"
LIMIT = 600.0
"""Seconds that one node may take; a gigabyte takes about 20."""


def put(view: checks.View, archive: Path) -> Mapping[str, str | Exception]:
    """Import an archive on every node; return node to its seconds, or to the error there."""
    return ssh.each(view.lab.nodes, lambda machine: _import(view.where, machine, archive))


def _import(where: paths.LabPaths, machine: model.Machine, archive: Path) -> str:
    begin = time.monotonic()
    ssh.fetch(where, machine, IMPORT, timeout=LIMIT, given=archive)
    return f"{time.monotonic() - begin:.1f} s"


def drop(view: checks.View, names: Sequence[str]) -> Mapping[str, str | Exception]:
    """Remove names of images from every node, and the images that have no other; a pod that runs from one goes on."""
    return ssh.each(view.lab.nodes, lambda machine: _drop(view.where, machine, names))


def _drop(where: paths.LabPaths, machine: model.Machine, names: Sequence[str]) -> str:
    alone = nameless(ssh.run(where, machine, IMAGES), names)
    # containerd keeps a name of its own for each image, by which its content stays.
    rest = f"; {FREE} {shlex.join(alone)}" if alone else ""
    return ssh.run(where, machine, f"{REMOVE} {shlex.join(names)}{rest}", timeout=LIMIT)


def nameless(listed: str, without: Sequence[str]) -> list[str]:
    """Return the identifiers of the images that only these names have; `listed` is crictl's answer to `IMAGES`."""
    rows = json.loads(listed).get("images") or []
    return [row["id"] for row in rows if row.get("repoTags") and set(row["repoTags"]) <= set(without)]


def free(view: checks.View, names: Sequence[str]) -> Mapping[str, str | Exception]:
    """Remove images from every node with all their names, the one of containerd's own included, and their content.

    Only for images that nothing else is a name of: a name of the lab's own would go as well.
    """
    return ssh.each(
        view.lab.nodes, lambda machine: ssh.run(view.where, machine, f"{FREE} {shlex.join(names)}", timeout=LIMIT)
    )


def give(view: checks.View, report: progress.Progress) -> None:
    """Give every node the loaded images that it lacks: a newer node has none.

    An error is reported and does the lab no harm; the next `lab.up` tries again.
    """
    rows = loaded.rows(view.lab.name)
    if not rows:
        return
    with report.phase("loaded images") as phase:
        found = ssh.each(view.lab.nodes, lambda machine: _give(view.where, machine, rows))
        given = {name: names for name, names in found.items() if isinstance(names, list) and names}
        wrong = [str(problem) for problem in found.values() if isinstance(problem, Exception)]
        words = [f"{', '.join(names)} to {name}" for name, names in given.items()]
        phase.done("; ".join(words) or f"{len(rows)}, on every node")
    for problem in wrong:
        report.say(f"   loaded images: {problem}; ./run lab.up{paths.lab_option(view.lab.name)} tries again")


def _give(where: paths.LabPaths, machine: model.Machine, rows: Sequence[loaded.Loaded]) -> list[str]:
    there = set(ssh.run(where, machine, LIST).split())
    lacking = [row for row in rows if not set(row.names) <= there]
    for row in lacking:
        _import(where, machine, row.path)
    return [name for row in lacking for name in row.names]
