"""A word opens its lab once, under the lab's lock if it changes the lab."""

from __future__ import annotations

from pathlib import Path

import labs_data
import pytest
from fakes import Computer, report

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.state import locks


@pytest.fixture(autouse=True)
def _computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Computer.made(tmp_path, monkeypatch)


def test_the_lock_is_held_before_the_lab_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the lab file is read another run cannot begin; it can once the word is done, however it ends."""
    seen = []

    def read(name: str, *, claim: bool) -> object:
        with pytest.raises(errors.LabError, match="in use"), locks.lab(name):
            pass
        seen.append(claim)
        return labs_data.lab(), paths.LabPaths(name=name)

    monkeypatch.setattr(session, "open_lab", read)
    for claim in (True, False):
        with pytest.raises(KeyboardInterrupt), session.held("default", report()[0], claim=claim) as held:
            assert (held.lab.name, held.where) == ("default", paths.LabPaths(name="default"))
            raise KeyboardInterrupt
        with locks.lab("default"):
            pass
    assert seen == [True, False]


def test_a_second_run_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told that the lab is in use, and has read neither the lab file nor what is there of the lab."""
    monkeypatch.setattr(session, "open_lab", lambda *_, **__: pytest.fail("the lab was opened"))
    monkeypatch.setattr(session, "rendered", lambda *_: pytest.fail("the lab was looked at"))
    with locks.lab("default"):
        for hold in (session.held("default", report()[0], rendered=True), session.held_places("default")):
            with pytest.raises(errors.LabError, match="in use"), hold:
                pass


def test_who_only_looks_needs_no_lock() -> None:
    """A lab is opened while another run holds it; one that was never rendered is refused where that counts."""
    with locks.lab("default"):
        assert session.opened("default").lab.name == "default"
        with pytest.raises(errors.LabError, match="has not been brought up"):
            session.opened("default", rendered=True)


def test_a_name_that_is_no_labs_makes_no_file() -> None:
    """The name is refused before a lock of that name is made: it would lie outside the folder of locks."""
    with pytest.raises(errors.LabError, match="no lab"), session.held_places("../../mine"):
        pass
    assert not (paths.cache() / "locks").exists()
