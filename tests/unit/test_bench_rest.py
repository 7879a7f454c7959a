"""bench.many: the processors of each box of a lab at rest, and of the lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import cgroups, rest
from kubelab import providers


def test_each_box_is_told_by_itself_and_labs_are_their_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPU seconds of a box's group, by the seconds between two looks; a stopped box takes none."""
    boxes = [
        providers.Box(ident=f"{lab}{number}", name="", lab=lab, machine=f"box-{number}", runs=number < 2)
        for lab in ("one", "two")
        for number in range(3)
    ]
    monkeypatch.setattr(providers, "boxes", lambda lab: tuple(box for box in boxes if box.lab == lab))
    monkeypatch.setattr(
        cgroups, "of_process", lambda _, ident, __: cgroups.Group(version=2, folder=Path("/nowhere") / ident)
    )
    clock, taken = [100.0], {"one0": 1.0, "one1": 2.0, "two0": 4.0, "two1": 8.0}
    monkeypatch.setattr(cgroups, "cpu_seconds", lambda group: taken[group.folder.name] * clock[0] / 100)
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("time.sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    found = rest.by_box(["one", "two"], 50.0)
    assert found == pytest.approx({"one/box-0": 0.01, "one/box-1": 0.02, "two/box-0": 0.04, "two/box-1": 0.08})
    assert rest.per_lab(found) == pytest.approx({"one": 0.03, "two": 0.12})
