"""The box of VirtualBox, which cannot run here, is what VirtualBox is to get: a whole disk, and its description."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

from kubelab import model
from kubelab.components import vm_image
from kubelab.ui import progress


def test_the_converted_disk_is_whole(tmp_path: Path) -> None:
    """qemu-img reads it without an error, and it is as large as the OVF says."""
    box = vm_image.ensure(model.Provider.VIRTUALBOX, progress.Progress.chosen())
    with tarfile.open(box) as tar:
        tar.extractall(tmp_path, filter="data")
    form = vm_image.FORMATS[model.Provider.VIRTUALBOX]
    disk = str(tmp_path / form.disk)
    subprocess.run(["qemu-img", "check", disk], check=True, capture_output=True)
    told = json.loads(
        subprocess.run(["qemu-img", "info", "--output=json", disk], check=True, capture_output=True).stdout
    )
    assert told["virtual-size"] == vm_image.DISK_BYTES
    assert f'ovf:capacity="{vm_image.DISK_BYTES}"' in (tmp_path / "box.ovf").read_text(encoding="utf-8")
