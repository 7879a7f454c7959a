"""What a CoreOS system may lack has one list, for the disk and for the machine that looks for it."""

from __future__ import annotations

import re
import subprocess

from kubelab import paths
from kubelab.components import system_programs


def test_the_disk_has_what_a_machine_looks_for() -> None:
    """The names of the loop in the machine's script, as its shell reads them."""
    script = (paths.PROVISION / "from-disk.sh").read_text(encoding="utf-8")
    listed = re.search(r"^for program in (.+); do$", script, re.MULTILINE)
    assert listed
    done = subprocess.run(
        ["bash", "-c", f"printf '%s\n' {listed[1]}"], capture_output=True, encoding="utf-8", check=True
    )
    assert tuple(done.stdout.split()) == system_programs.NAMES
