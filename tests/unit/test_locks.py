"""A lab has one run at a time; a second run, of any checkout, names the first one at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import Computer

from kubelab import errors, paths
from kubelab.state import locks

HOLD = "from kubelab.state import locks\nwith locks.lab('mine'):\n print('held', flush=True)\n input()"


@pytest.fixture(autouse=True)
def _computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Computer.made(tmp_path, monkeypatch)


def test_another_process_is_told_who_holds_it() -> None:
    """While it still runs: command, process, since when, and from where; afterwards the lock is free."""
    words = [sys.executable, "-c", HOLD, "lab.up", "--lab", "mine"]
    with subprocess.Popen(words, cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with pytest.raises(errors.LabError) as caught, locks.lab("mine"):
            pass
        assert first.poll() is None, "it was waited for"
        (told,) = caught.value.details
        assert f"process {first.pid}" in told
        assert "`lab.up --lab mine`" in told
        assert str(paths.ROOT) in told
        first.communicate("\n")
    with locks.lab("mine"):
        pass


def test_a_killed_holder_leaves_the_lock_free() -> None:
    """The system lets go of it; what the holder wrote about itself is not believed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=paths.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        first.stdout.readline()
        first.kill()
    assert (paths.cache() / "locks/lab-mine.holder").exists()
    with locks.lab("mine"):
        pass
    assert not (paths.cache() / "locks/lab-mine.holder").exists()


def test_two_labs_do_not_wait_for_each_other() -> None:
    """Each has a lock of its own."""
    with locks.lab("one"), locks.lab("two"):
        assert len(list((paths.cache() / "locks").glob("*.holder"))) == 2


def test_a_failed_run_lets_go() -> None:
    """Whatever ended it."""
    with pytest.raises(ZeroDivisionError), locks.lab("mine"):
        raise ZeroDivisionError
    with locks.lab("mine"):
        pass


def test_a_holder_that_has_only_just_begun() -> None:
    """It has the lock and has not said who it is yet."""
    with locks.lab("mine"):
        (paths.cache() / "locks/lab-mine.holder").unlink()
        with pytest.raises(errors.LabError) as caught, locks.lab("mine"):
            pass
    assert caught.value.details == ("by another run that has only just begun",)
