"""The live suite's closing line: a run that looked at nothing, or not at every machine, fails and says why.

pytest runs for real here, on a few tests that stand in for the live ones; only the lab behind them is missing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from kubelab import paths

SUITE = """\
    import pathlib, sys
    sys.path[:0] = [{live!r}, {unit!r}]
    import labs_data, pytest, suite, verdict
    from kubelab import checks, paths
    from kubelab.checks import probes

    here = pathlib.Path({here!r})
    paths.BUILD = here / "build"
    where = paths.LabPaths(name="default")
    where.root.mkdir(parents=True, exist_ok=True)
    where.kubeconfig.touch()
    suite.opened = lambda: (labs_data.lab(), where)
    looks = iter({restarts!r})
    checks.restarts = lambda view: {{"guestbook/redis/redis": next(looks, 0), "kubelab-live-1/x/x": next(looks, 9)}}
    probes.wake = lambda view: None
    probes.GONE = 0

    def gone(view, name):
        with (here / "gone").open("a") as file:
            file.write(name + "\\n")
        if {stuck!r}:
            raise checks.Wrong(f"namespace {{name}} is still there")
    probes.gone = gone

    from verdict import pytest_configure

    @pytest.fixture
    def host(request):
        name = request.param
        if name == "unreachable":
            pytest.fail("kube-worker-02 lets nobody in")
        request.node.user_properties.append(("host", name))
"""
MACHINES = ("etcd-01", "kube-master-01", "kube-worker-01", "kube-worker-02")
GOOD = """\
    import pytest

    @pytest.mark.parametrize("host", {machines!r}, indirect=True)
    def test_box(host):
        assert True

    def test_api():
        assert True
"""


@dataclass(frozen=True)
class Run:
    """How pytest ended, and what it said."""

    code: int
    said: str


def run(
    folder: Path,
    tests: str,
    *arguments: str,
    machines: tuple[str, ...] = MACHINES,
    restarts: tuple[int, ...] = (3, 0, 3, 9),
    stuck: bool = False,
) -> Run:
    """Run pytest on these tests, with the live suite's verdict."""
    places = {"live": str(paths.ROOT / "tests/live"), "unit": str(paths.ROOT / "tests/unit"), "here": str(folder)}
    conftest = textwrap.dedent(SUITE).format(**places, restarts=restarts, stuck=stuck)
    live = folder / "live"
    live.mkdir()
    (live / "conftest.py").write_text(conftest, encoding="utf-8")
    (live / "test_stand_in.py").write_text(textwrap.dedent(tests).format(machines=machines), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", str(folder), "live", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": str(paths.ROOT), "KUBELAB_LAB": "default"},
    )  # fmt: skip
    return Run(done.returncode, done.stdout + done.stderr)


def test_what_was_not_judged_is_counted_over_all_processes(tmp_path: Path) -> None:
    """Each has its line: a box that lets nobody in, checks without a verdict, a restart, a namespace that stays.

    What tests' own pods do does not count as a restart. Cleaning up is done once, not by every process.
    """
    skipped = "\n    def test_other():\n        pytest.skip('no')\n"
    boxes = (*MACHINES[:3], "unreachable")
    done = run(tmp_path, GOOD + skipped, "-n", "2", machines=boxes, restarts=(3, 0, 4, 9), stuck=True)
    assert done.code == 1, done.said
    assert "lab default: 3 hosts and 4 checks judged, 3 missing\n" in done.said
    assert "FAILED not judged: kube-worker-02" in done.said
    assert "FAILED 2 checks without a verdict" in done.said
    assert "FAILED guestbook/redis/redis was restarted while the tests ran" in done.said
    assert "kubelab-live-1/x/x was" not in done.said
    assert "FAILED Wrong for 0 s: namespace kubelab-probe is still there" in done.said
    assert (tmp_path / "gone").read_text(encoding="utf-8") == "kubelab-probe\n"


def test_no_test_is_a_failure(tmp_path: Path) -> None:
    """pytest's own code for that is 5; here it is a failure with a line."""
    done = run(tmp_path, "")
    assert done.code == 1, done.said
    assert "FAILED no check was judged" in done.said
    assert "0 hosts and 0 checks judged, 4 missing" in done.said


def test_part_of_the_suite_is_good_and_says_that_it_was_a_part(tmp_path: Path) -> None:
    """Who asks for one test gets its verdict: exit code 0, and a closing line that is none of the whole lab's."""
    done = run(tmp_path, GOOD, "-k", "test_api")
    assert done.code == 0, done.said
    assert "0 hosts and 1 checks judged, 0 missing (a part of the suite)" in done.said
