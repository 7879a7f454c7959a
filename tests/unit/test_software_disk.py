"""One disk has the software of a version set, at the paths at which every machine looks for it."""

from __future__ import annotations

from pathlib import Path

import bundle_data
import components_data
import pytest
from bundle_data import fill
from fakes import Computer, report

from kubelab import paths
from kubelab.components import cache_layout, selection, software_catalogue, software_disk


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
    usual = [path for name, path in software.binaries.items() if not software_catalogue.BINARIES[name].extra]
    for path in (*usual, *(image.archive for image in software.images.values())):
        place = path.removeprefix("/opt/kubelab/")
        folder = f"{place.rsplit('/', 1)[0]}/"
        source = Path(grafts[folder], Path(place).name) if folder in grafts else Path(grafts[place])
        assert source == paths.cache() / place
    software_disk.ensure(versions, report()[0])
    assert (tmp_path / "calls").read_text() == "once\n"


def test_a_lab_with_an_add_on_has_a_disk_with_its_image() -> None:
    """The add-on's image is on the disk of the labs that name it, and the usual labs keep their disk."""
    versions = components_data.versions()
    names = (*selection.usual(), "metrics-server")
    fill(versions)
    bundle_data.fill(versions, names)
    (*_, image) = selection.entries(versions, ["metrics-server"])
    disk = software_disk.ensure(versions, report()[0], names)
    assert image.files[0] in disk.read_text()
    assert disk != software_disk.path(versions) == software_disk.path(versions, selection.usual())
    assert image.files[0] not in software_disk.ensure(versions, report()[0]).read_text()


def test_another_build_is_another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that was made with the older disk keeps it."""
    versions = components_data.versions()
    before = software_disk.path(versions)
    monkeypatch.setattr(cache_layout, "LAYOUT", cache_layout.LAYOUT + 1)
    assert software_disk.path(versions) != before
