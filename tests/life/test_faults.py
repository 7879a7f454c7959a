"""Faults on a live lab: each green, red, cleared to the same digests; also after a crash and after a restart.

KUBELAB_FAULTS names the faults (commas between), or `all`; left out, a slice of the proven that the commit chooses.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys

import pytest
from acts import Home

from kubelab import checks, model, paths
from kubelab.checks import wait
from kubelab.clients import patience, vagrant
from kubelab.faults import catalogue, inject
from kubelab.proofs import fingerprint, prove_faults
from kubelab.state import docs_table
from kubelab.ui import progress

SLICES = 8
"""A usual run repeats this part of what was proven, another one with each commit: the rest is `fault.prove`'s."""
DIE = """
import os, signal, sys
from kubelab.converge import session
from kubelab.faults import fault_scripts, inject
name, lab, moment = sys.argv[1:]
real = fault_scripts.run
def run(*words):
    if moment == "after":
        real(*words)
    os.kill(os.getpid(), signal.SIGKILL)
fault_scripts.run = run
inject.inject(session.opened(lab).view, name)
"""


def chosen() -> list[str]:
    """Return the faults to prove."""
    asked = os.environ.get("KUBELAB_FAULTS", "")
    if asked == "all":
        return catalogue.of_addons(model.USUAL_ADDONS)
    if asked:
        return [catalogue.find(name).name for name in asked.split(",")]
    part = int(docs_table.commit().rstrip("+")[:4], 16) % SLICES
    usual = catalogue.of_addons(model.USUAL_ADDONS)
    proven = [name for name, found in prove_faults.read().items() if found.good and name in usual]
    return [name for number, name in enumerate(proven) if number % SLICES == part % min(SLICES, len(proven) or 1)]


def quiet() -> progress.Progress:
    """Return progress that is shown when a test fails."""
    return progress.Progress(progress.Style.PLAIN)


@pytest.mark.parametrize("name", chosen())
def test_a_fault_reddens_its_detectors_and_is_cleared_without_a_trace(home: Home, name: str) -> None:
    """Green before, every detector red after, and all digests equal once it is cleared."""
    done = prove_faults.prove(home.view, catalogue.find(name), quiet())
    sys.stdout.write(f"{name}: injected in {done.injected} s, red after {done.red} s, well {done.well} s after clear\n")
    assert done.good, done.result


def test_an_untouched_lab_looks_the_same_twice(home: Home) -> None:
    """Otherwise no difference would mean anything."""
    assert fingerprint.differences(home.look(), home.look()) == ()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_injection_that_was_killed_is_cleared(home: Home, moment: str) -> None:
    """Killed between keeping the originals and the end, before the script ran or after: clear puts all back."""
    before = home.look()
    words = [sys.executable, "-c", DIE, "kubelet-config-broken", home.name, moment]
    done = subprocess.run(words, cwd=paths.ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    (one,) = inject.active(home.view)
    assert not one.entry.done
    said = home.word("fault.inject", "kubelet-config-broken", codes=(2,))
    assert "was interrupted" in said.err
    home.word("fault.clear")
    home.same(before)


def test_two_faults_in_one_file_are_cleared_in_reverse(home: Home) -> None:
    """The second one's originals hold the first: whatever the order of injection, the file is what it was."""
    before = home.look()
    worker = home.lab.workers[0].name
    home.word("fault.inject", "kubelet-cluster-dns", "--on", worker)
    home.word("fault.inject", "kubelet-config-broken", "--on", worker)
    rows = json.loads(home.word("fault.active", "--json").out)
    assert [row["fault"] for row in rows] == ["kubelet-cluster-dns", "kubelet-config-broken"]
    home.word("fault.clear")
    home.same(before)


@pytest.mark.parametrize(
    ("name", "started"),
    [
        ("kubelet-wrong-server", "by hand"),
        ("apiserver-bad-flag", "by hand"),
        pytest.param("kubelet-wrong-server", "by clear", marks=pytest.mark.long),
    ],
)
def test_a_fault_is_cleared_after_the_machines_were_stopped(home: Home, name: str, started: str) -> None:
    """The journal and the originals are on this computer: they outlive the boxes; clear starts what is stopped.

    A kubelet that started without its API server takes no other manifest by itself: clear sees to it.
    """
    before = home.look()
    home.word("fault.inject", name)
    home.word("lab.halt")
    if started == "by hand":
        vagrant.Machines(home.lab, home.where).up(lambda _: None)
        home.await_try()
    assert [one.row.name for one in inject.active(home.view)] == [name]
    home.word("fault.clear")
    home.same(before)


@pytest.mark.long
def test_a_lab_that_is_not_well_is_refused(home: Home) -> None:
    """A pod that cannot start is enough: nobody could say what the fault did."""
    home.view.api.request("DELETE", "/api/v1/namespaces/guestbook/pods", None, labelSelector="app=redis,role=leader")
    assert any(wait.survey(home.view)["guestbook complete"] for _ in patience.polls(30))
    said = home.word("fault.inject", "frontend-port", codes=(3,))
    assert "fault-degraded" in said.err
    assert inject.active(home.view) == ()
    wait.wait(home.view, checks.healthy(home.lab), progress.Progress(progress.Style.PLAIN, out=io.StringIO()), 60)
