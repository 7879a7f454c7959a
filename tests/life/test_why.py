"""lab.why on a live lab: well when it is well, the fault's own cause when it has one, both when it has two.

KUBELAB_FAULTS names the faults (commas between), or `all`; left out, a few that differ in where they show. The whole
catalogue is judged from recorded evidence in tests/unit/test_why_judging.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from acts import Home

from kubelab import model, paths
from kubelab.clients import patience
from kubelab.faults import catalogue, inject
from kubelab.ui import progress

FEW = ("kubelet-stopped", "apiserver-bad-flag", "vxlan-blocked", "corefile-loop", "redis-too-strict")
LINES = (paths.ROOT / "tests/data/why/pairs.txt").read_text(encoding="utf-8").splitlines()
PAIRS = [tuple(line.split()) for line in LINES if not line.startswith("#")]
ASKED = os.environ.get("KUBELAB_FAULTS", "")
SHOWS = 60.0
"""Seconds until a fault must be named: most are at once, a busy computer takes longer to answer everything."""


def chosen() -> list[tuple[str, ...]]:
    """Return what to inject: single faults, then pairs."""
    if ASKED == "all":
        return [*((name,) for name in catalogue.of_addons(model.USUAL_ADDONS)), *PAIRS]
    if ASKED:
        return [(catalogue.find(name).name,) for name in ASKED.split(",")]
    return [*((name,) for name in FEW), *PAIRS[:2]]


@pytest.fixture
def cleared(home: Home) -> Iterator[None]:
    """Leave the lab as healthy as it was found."""
    yield
    inject.clear(home.view, progress.Progress(progress.Style.PLAIN))


def asked(home: Home, *codes: int) -> dict[str, Any]:
    """Return what the word says, for programs."""
    found: dict[str, Any] = json.loads(home.word("lab.why", "--json", codes=codes).out)
    return found


def test_a_healthy_lab_is_called_well(home: Home) -> None:
    """Exit code 0, no cause, nothing out of sight."""
    said = asked(home, 0)
    assert (said["verdict"], said["causes"], said["unseen"]) == ("well", [], [])


@pytest.mark.usefixtures("cleared")
@pytest.mark.parametrize("faults", chosen(), ids="+".join)
def test_each_fault_is_named(home: Home, faults: tuple[str, ...]) -> None:
    """Exactly the injected faults' causes are named, each with evidence: exit code 3."""
    for name in faults:
        inject.inject(home.view, name)
    wanted = sorted(catalogue.FAULTS[name].cause for name in faults)
    for _ in patience.polls(SHOWS):
        said = asked(home, 0, 3, 5)
        if sorted(row["name"] for row in said["causes"]) == wanted:
            break
    assert sorted(row["name"] for row in said["causes"]) == wanted
    assert all(row["evidence"] and row["mend"] for row in said["causes"])
    assert said["exit"] == 3
