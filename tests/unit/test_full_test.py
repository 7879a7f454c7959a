"""The whole test: what needs no lab runs beside the lab, and is judged like everything else."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kubelab import errors
from kubelab.dev import full_test
from kubelab.ui import progress

FAKE = """#!/bin/bash
echo "pytest said: $*"
echo "$$" > {folder}/runs-$3
case $3 in
  red) exit 1 ;;
  endless) while :; do sleep 0.05; done ;;
esac
"""
Lab = Callable[[progress.Progress], None]


class Trial:
    """A whole test whose pytest is a script, and whose lab is a function."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Put them in place."""
        self.folder, self.patch, self.out, self.removed = folder, patch, io.StringIO(), 0
        script = folder / "python"
        script.write_text(FAKE.format(folder=folder), encoding="utf-8")
        script.chmod(0o755)
        patch.setattr(sys, "executable", str(script))
        patch.setattr(full_test, "TICK", 0.02)
        patch.setattr(full_test, "PATIENCE", 1.0)
        patch.setattr(full_test, "_remove", self._remove)

    def _remove(self, _: progress.Progress) -> None:
        self.removed += 1

    def run(self, only: str, lab: Lab, quick: tuple[str, ...]) -> str:
        """Run the stages; return what a person saw."""
        stages = {**full_test.STAGES, "lab": full_test.Stage(title="the lab", run=lab)}
        self.patch.setattr(full_test, "STAGES", stages)
        self.patch.setattr(full_test, "BESIDE", {"quick": tuple((word,) for word in quick), "wheel": (("package",),)})
        full_test.run(progress.Progress(progress.Style.PLAIN, out=self.out), only)
        return self.out.getvalue()

    def until(self, name: str) -> None:
        """Return when a run of pytest has begun."""
        while not (self.folder / f"runs-{name}").exists():
            time.sleep(0.01)


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Return one."""
    return Trial(tmp_path, monkeypatch)


def test_what_needs_no_lab_runs_beside_the_lab(trial: Trial) -> None:
    """All three runs begin while the lab's stage lasts, though it is named last; each tells what it said, once."""

    def lab(_: progress.Progress) -> None:
        for name in ("unit", "rendered", "package"):
            trial.until(name)

    said = trial.run("quick,wheel,lab", lab, ("unit", "rendered"))
    assert [said.count(f"pytest said: -m pytest {name}\n") for name in ("unit", "rendered", "package")] == [1, 1, 1]
    assert "Green: quick, wheel, lab" in said
    assert trial.removed == 1


def test_a_red_run_beside_the_lab_is_red(trial: Trial) -> None:
    """The lab is green and the whole is not: the error names the stage, and what pytest said is shown."""
    with pytest.raises(errors.LabError) as caught:
        trial.run("quick,wheel,lab", lambda _: trial.until("red"), ("red", "rendered"))
    assert (caught.value.ident, caught.value.what.partition(":")[0]) == ("tests-failed", "quick")
    assert "pytest said: -m pytest red" in trial.out.getvalue()
    assert not (trial.folder / "runs-rendered").exists()


def test_a_red_lab_ends_what_runs_beside_it(trial: Trial) -> None:
    """Nothing goes on running once the lab's stage has failed, and the error is the lab's."""

    def lab(_: progress.Progress) -> None:
        trial.until("endless")
        raise errors.LabError("tests-failed", "lab: red")

    with pytest.raises(errors.LabError, match="lab: red"):
        trial.run("quick,lab", lab, ("endless", "rendered"))
    # A shell's background job ignores SIGINT, and so does all that it starts: SIGKILL follows.
    with pytest.raises(ProcessLookupError):
        os.kill(int((trial.folder / "runs-endless").read_text(encoding="utf-8")), 0)
    assert not (trial.folder / "runs-rendered").exists()


def test_without_a_lab_they_run_in_front(trial: Trial) -> None:
    """`--only quick` goes straight to the person's terminal; no lab is removed."""
    trial.run("quick", lambda _: None, ("unit",))
    assert (trial.folder / "runs-unit").exists()
    assert "meanwhile" not in trial.out.getvalue()
    assert trial.removed == 0
