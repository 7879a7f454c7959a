"""The whole test: what needs no lab runs beside the lab, and is judged like everything else."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kubelab import errors, host, paths
from kubelab.clients import git
from kubelab.config import load
from kubelab.dev import full_test, own_labs
from kubelab.state import locks
from kubelab.ui import progress

FAKE = """#!/bin/bash
echo "pytest said: $* on ${{KUBELAB_LAB:-no lab}}"
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
        patch.setattr(full_test, "PROOFS", ("proofs",))
        patch.setattr(host, "memory", lambda: full_test.ROOM)
        patch.delenv("KUBELAB_LAB", raising=False)
        patch.setattr(full_test, "PATIENCE", 1.0)
        self.proving: list[bool] = []
        patch.setattr(own_labs, "remove", self._remove)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))

    def _remove(self, _: progress.Progress) -> None:
        time.sleep(0.2)  # long enough for what has been started to begin
        self.removed += 1
        self.proving.append((self.folder / "runs-proofs").exists())

    def run(self, only: str, lab: Lab, quick: tuple[str, ...]) -> str:
        """Run the stages; return what a person saw."""
        stages = {**full_test.STAGES, "lab": full_test.Stage(title="the lab", run=lab)}
        self.patch.setattr(full_test, "STAGES", stages)
        self.patch.setattr(full_test, "BESIDE", {"quick": tuple((word,) for word in quick), "wheel": (("package",),)})
        full_test.run(progress.Progress(progress.Style.PLAIN, out=self.out), only)
        return self.out.getvalue()

    def until(self, name: str) -> None:
        """Return when a run of pytest has begun, and has written its process down."""
        runs = self.folder / f"runs-{name}"
        while not (runs.exists() and runs.read_text(encoding="utf-8")):
            time.sleep(0.01)


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Return one."""
    return Trial(tmp_path, monkeypatch)


def test_what_needs_no_lab_runs_beside_the_lab(trial: Trial) -> None:
    """All three runs begin while the lab's stage lasts, though it is named last; each tells what it said, once."""

    def lab(_: progress.Progress) -> None:
        for name in ("unit", "rendered", "package", "proofs"):
            trial.until(name)

    said = trial.run("quick,wheel,lab", lab, ("unit", "rendered"))
    for name in ("unit", "rendered", "package"):
        assert said.count(f"pytest said: -m pytest {name} on no lab\n") == 1
    assert "Green: quick, wheel, lab, proofs" in said
    assert trial.removed == 2


def test_exercises_are_proven_beside_the_lab_on_one_of_their_own(trial: Trial) -> None:
    """`--only lab` proves them too: while its own stage lasts, where the computer has room for two labs."""
    said = trial.run("lab", lambda _: trial.until("proofs"), ())
    assert said.count(f"pytest said: -m pytest proofs on {own_labs.PROOFS}\n") == 1
    assert "Green: lab, proofs" in said
    assert own_labs.PROOFS in load.names()
    assert load.read(own_labs.PROOFS) == load.read("selftest").model_copy(update={"name": own_labs.PROOFS})


def test_no_lab_is_removed_from_under_the_proofs(trial: Trial) -> None:
    """Leftovers go before anything begins: the stage's own pytest, and the proofs beside it."""
    full_test.run(progress.Progress(progress.Style.PLAIN, out=trial.out), "lab")
    assert trial.proving == [False, True]


def test_without_room_for_two_labs_exercises_are_proven_after_it(trial: Trial) -> None:
    """The lab of the stage before is gone by then."""
    trial.patch.setattr(host, "memory", lambda: full_test.ROOM - 1)
    trial.patch.setattr(full_test, "_ended_well", lambda *words: trial.out.write(f"{words}\n"))
    said = trial.run("lab", lambda report: report.say("the lab"), ())
    assert said.index("\nthe lab\n") < said.index(f"'KUBELAB_LAB': '{own_labs.PROOFS}'")
    assert trial.removed == 3


def test_exercises_are_proven_after_red_unit_tests(trial: Trial) -> None:
    """A run that is red anyway still tells about them; it stays red."""
    with pytest.raises(errors.LabError, match="quick"):
        trial.run("quick,wheel,lab", lambda _: trial.until("proofs"), ("red",))
    assert not (trial.folder / "runs-package").exists()


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


@pytest.mark.parametrize("only", [*full_test.WITH_LAB, *full_test.LONG])
def test_a_run_with_a_lab_holds_the_labs(only: str, trial: Trial) -> None:
    """From its first stage, which needs none, to its end: a second run would take them from under it."""
    found = []

    def stage(_: progress.Progress) -> None:
        with pytest.raises(errors.LabError, match="whole test"), locks.tests():
            pytest.fail("a second run began")
        found.append(only)

    stages = {name: full_test.Stage(title=name, run=stage) for name in full_test.STAGES}
    trial.patch.setattr(full_test, "STAGES", stages)
    full_test.run(progress.Progress(progress.Style.PLAIN, out=trial.out), f"host,{only}")
    assert found == [only, only]
    assert trial.removed == 2


def test_a_run_without_a_lab_waits_for_none(trial: Trial) -> None:
    """`--only quick` runs beside a whole test."""
    with locks.tests():
        trial.run("quick", lambda _: None, ("unit",))
    assert (trial.folder / "runs-unit").exists()


def test_each_long_stage_has_its_turn_and_a_file_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits take them in turn, one a run; what did not run is said at the end, so no file may be forgotten."""
    found = []
    for turn in range(2 * len(full_test.LONG)):
        monkeypatch.setattr(git, "turn", lambda now=turn: now)
        *usual, long = full_test._chosen("")
        assert usual == list(full_test.USUAL)
        found.append(long)
    assert found == [*full_test.LONG, *full_test.LONG]
    for name in full_test.LONG:
        assert name in full_test.STAGES
        assert list((paths.ROOT / "tests").glob(f"*/test_{name}.py")), name
