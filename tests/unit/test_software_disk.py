"""One disk has the software of a version set, at the paths at which every machine looks for it."""

from __future__ import annotations

from pathlib import Path

import components_data
import pytest
from bundle_data import fill
from fakes import Computer, report

from kubelab import paths
from kubelab.components import cache_layout, software_disk


@pytest.fixture(autouse=True)
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Computer:
    """Return a computer whose genisoimage writes its arguments into the disk."""
    found = Computer.made(tmp_path, monkeypatch)
    found.everything()
    found.script("genisoimage", '#!/bin/sh\nfor word; do echo "$word"; done > "${11}"\necho once >> "$HOME/calls"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    return found


def test_every_program_and_image_is_where_machines_look(tmp_path: Path) -> None:
    """The machine sees the disk at /opt/kubelab/software, with links to its two folders; the disk is written once."""
    versions = components_data.versions()
    fill(versions)
    lines = software_disk.ensure(versions, report()[0]).read_text().splitlines()
    assert lines[lines.index("-V") + 1] == "kl-software"
    grafts = dict(line.split("=", 1) for line in lines[lines.index("-graft-points") + 1 :])
    software = cache_layout.software(versions)
    for path in (*software.binaries.values(), *(image.archive for image in software.images.values())):
        place = path.removeprefix("/opt/kubelab/")
        folder = f"{place.rsplit('/', 1)[0]}/"
        source = Path(grafts[folder], Path(place).name) if folder in grafts else Path(grafts[place])
        assert source == paths.cache() / place
    software_disk.ensure(versions, report()[0])
    assert (tmp_path / "calls").read_text() == "once\n"


def test_another_build_is_another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that was made with the older disk keeps it."""
    versions = components_data.versions()
    before = software_disk.path(versions)
    monkeypatch.setattr(cache_layout, "LAYOUT", cache_layout.LAYOUT + 1)
    assert software_disk.path(versions) != before
