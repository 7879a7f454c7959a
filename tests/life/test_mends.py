"""Each cause's mend, typed as `lab.why` prints it on a live lab, makes the lab healthy.

KUBELAB_MENDS names the causes (commas between), or `all`; left out, a slice that the commit chooses.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from acts import Home
from scenes import SCENES

from kubelab import model, paths
from kubelab.clients import patience
from kubelab.diagnosis import tables
from kubelab.faults import catalogue, inject
from kubelab.state import docs_table
from kubelab.ui import progress

SLICES = 14
"""A usual run looks at this part of the causes, another one with each commit."""
NAMED = 90.0
"""Seconds until a cause must be named: pods that wait, and units that fail, take their time."""
WELL = 150.0
"""Seconds from the mend until the lab must be well: an API server that comes back takes most of it."""
PRELUDE = """
set -euo pipefail
inside() { docker exec -i "$1" bash -c "$2"; }
kube() { "$PYTHON" -m invoke lab.kubectl --lab "$LAB" -- "$@"; }
"""
BY_CAUSE = {catalogue.FAULTS[name].cause: name for name in catalogue.of_addons(model.USUAL_ADDONS)}


def chosen() -> list[str]:
    """Return the causes to look at."""
    known = [name for name in tables.CAUSES if tables.CAUSES[name].mend and (name in BY_CAUSE or name in SCENES)]
    asked = os.environ.get("KUBELAB_MENDS", "")
    if asked:
        return known if asked == "all" else [name for name in known if name in asked.split(",")]
    part = int(docs_table.commit().rstrip("+")[:4], 16) % SLICES
    return [name for number, name in enumerate(known) if number % SLICES == part]


def typed(line: str) -> None:
    """Type a printed command at the checkout's root, by this run's own Python; fail with what it said."""
    command = re.sub(r"(^|[;&] *|&& *)\./run ", rf"\1{sys.executable} -m invoke ", line)
    done = subprocess.run(
        ["bash", "-c", command], cwd=paths.ROOT, capture_output=True, text=True, timeout=400, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"{line} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}"


def brought_about(home: Home, cause: str) -> None:
    """Do what makes the lab have this cause: its fault, or its scene."""
    if cause in BY_CAUSE:
        inject.inject(home.view, BY_CAUSE[cause])
        return
    first = {kind: home.lab.of_kind(kind)[0].container for kind in model.Kind}
    boxes = {
        "ETCD": first[model.Kind.ETCD], "MASTER": first[model.Kind.CONTROL_PLANE], "WORKER": first[model.Kind.WORKER]
    }  # fmt: skip
    env = {**os.environ, **boxes, "LAB": home.name, "PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", "-c", PRELUDE + SCENES[cause]], cwd=paths.ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def asked(home: Home) -> dict[str, Any]:
    """Return what `lab.why` says, for programs."""
    found: dict[str, Any] = json.loads(home.word("lab.why", "--json", codes=(0, 3, 5)).out)
    return found


def until(home: Home, seconds: float, wanted: str) -> dict[str, Any]:
    """Ask until `wanted` (a cause, or "well") is the answer; fail with the last answer."""
    for _ in patience.polls(seconds):
        said = asked(home)
        names = [row["name"] for row in said["causes"]]
        if wanted in names or (wanted == "well" and said["exit"] == 0):
            return said
    pytest.fail(f"wanted {wanted}: {json.dumps(said)[:3000]}")


@pytest.fixture
def put_back(home: Home) -> Iterator[None]:
    """Forget the fault, and leave the lab as its file says."""
    yield
    inject.clear(home.view, progress.Progress(progress.Style.PLAIN))
    home.word("lab.up", "--repair")


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize("cause", chosen())
def test_a_printed_mend_mends(home: Home, cause: str) -> None:
    """The cause is brought about and named; every mend that is printed is typed; nothing is wrong any more."""
    brought_about(home, cause)
    said = until(home, NAMED, cause)
    for line in dict.fromkeys(row["mend"] for row in said["causes"] if row["mend"]):
        typed(line)
    until(home, WELL, "well")
