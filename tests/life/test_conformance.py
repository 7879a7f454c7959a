"""Upstream's conformance suite on a lab: a choice of it is green, and nothing of it stays.

It runs on `labs/selftest.yaml`: `./run test --only conformance`.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys

from acts import Home

from kubelab import paths
from kubelab.clients import ssh
from kubelab.proofs import conformance_results, conformance_suite

LONG_SPECS = "StatefulSet"
"""Specs that take a minute or more: one is under way when the run is stopped."""


def kept(home: Home) -> set[str]:
    """Return what a run may leave: namespaces of specs, and each node's images, by name and by containerd's digest."""
    spaces = home.view.api.items("/api/v1/namespaces", labelSelector="e2e-run")
    found = {str(row["metadata"]["name"]) for row in spaces}
    for node in home.lab.nodes:
        names = ssh.run(home.where, node, "sudo ctr -n k8s.io images ls -q").split()
        found |= {f"{node.name}: {name}" for name in names}
    return found


def test_the_quick_choice_is_green_and_leaves_nothing(home: Home) -> None:
    """Sixty specs of every area; the report has them, the lab is as well as before."""
    before = kept(home)
    said = home.word("lab.conformance", "--quick")
    sys.stdout.write(said.out[-4000:])
    results = conformance_results.read(home.where.root / "conformance" / conformance_suite.REPORT)
    assert len([row for row in results if row.state == conformance_results.PASSED]) > 50
    assert kept(home) == before
    assert home.seen() == {}


def test_ctrl_c_ends_it_and_leaves_nothing(home: Home) -> None:
    """In the middle of a spec: the exit code is a shell's, and the table says how many did not run."""
    before = kept(home)
    # A job in a shell's background ignores SIGINT, and so does all that it starts.
    words = ["env", "--default-signal=INT", sys.executable, "-m", "invoke", "lab.conformance"]
    words += ["--lab", home.name, "--focus", LONG_SPECS]
    process = subprocess.Popen(words, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if re.search(r"\d+ of \d+ specs", line):
            process.send_signal(signal.SIGINT)
            break
    said += process.communicate(timeout=400)[0]
    assert process.returncode == 130, said
    assert "specs did not run" in said
    assert kept(home) == before
    assert home.seen() == {}
