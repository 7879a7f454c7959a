"""A full or read-only build/: it gives an error with an identifier, and no file is half written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import plan_data
import pytest

from kubelab import artifact, errors, paths
from kubelab.converge import compose
from kubelab.state import workspace

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount the small disk that these tests fill")


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a build folder on a disk of 128 KiB: a lab's keys fit there, its files do not."""
    folder = tmp_path / "build"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder], check=True)
    monkeypatch.setattr(paths, "BUILD", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_full_disk_has_its_error_and_leaves_no_half_file(disk: Path) -> None:
    """Writing a lab onto a disk that is too small ends with the file's name; what is there is whole."""
    lab = plan_data.lab({})
    rendered = compose.compose(lab, paths.LabPaths(name=lab.name))
    with pytest.raises(errors.LabError) as refused:
        compose.write(rendered)
    assert refused.value.ident == "build-unwritable"
    assert "No space left" in " ".join(refused.value.details)
    for path, file in rendered.files.items():
        written = disk / lab.name / path
        assert not written.exists() or written.read_bytes() == file.content


def test_read_only_disk_has_its_error_and_is_left_as_it_is(disk: Path) -> None:
    """On a disk that takes no writes nothing changes, and the error names the file."""
    where = paths.LabPaths(name="some")
    files = {"kubeconfig": artifact.HostFile(content=b"old")}
    workspace.write(where, files)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(errors.LabError) as refused:
        workspace.write(where, {"kubeconfig": artifact.HostFile(content=b"new")})
    assert refused.value.ident == "build-unwritable"
    assert (where.root / "kubeconfig").read_bytes() == b"old"
