"""Each exercise word opens the lab and the attempt once, and holds the lab's lock if it changes the lab."""

from __future__ import annotations

import contextlib
import signal
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import Computer

from kubelab import errors, model, paths
from kubelab.converge import session
from kubelab.course import pack_mode
from kubelab.exercises import attempt, grade, library, register, scene, scripts, setup, web_page
from kubelab.state import locks
from kubelab.tasks import namespace

NAME = "data-survives"
"""An exercise whose check restarts something, and that has a hint."""
APART = {
    "list": "reads what is finished",
    "new": "writes a folder for an author",
    "prove": "opens an attempt for each variant",
    "share": "reads the attempts of every lab",
    "submit": "reads the attempts of every lab",
}
"""Words that are about no attempt that runs."""
CHANGES: dict[str, dict[str, Any]] = {
    "start": {"exercise": NAME}, "reset": {}, "solve": {"yes": True}, "stop": {}, "check": {},
}  # fmt: skip
"""Words that change the lab, with what is typed: `check` once every goal holds."""
LOOKS: dict[str, dict[str, Any]] = {
    "check --quick": {"quick": True}, "check --quick --json": {"quick": True, "json": True},
    "hint --yes": {"yes": True}, "hint --all": {"all": True}, "show": {}, "open": {},
}  # fmt: skip
"""Words that only look at it."""


class Doors:
    """A lab whose doors are counted."""

    def __init__(self) -> None:
        """Begin with none opened."""
        self.labs, self.attempts, self.held = 0, 0, set[bool]()
        self.keeping = False

    def acts(self, result: object = None) -> Callable[..., Any]:
        """Return something that changes the lab, and notes whether its lock is held."""

        def act(*_: object, **__: object) -> object:
            try:
                with locks.lab("default"):
                    self.held.add(False)
            except errors.LabError:
                self.held.add(True)
            return result() if callable(result) else result

        return act


def begun() -> attempt.Attempt:
    """Return an attempt that runs."""
    return attempt.Attempt(
        exercise=NAME, digest="d", lab="default", seed="s", variant=1, full=1, started="2026-11-10T09:00:00+00:00",
        ready="2026-11-10T09:00:10+00:00",
    )  # fmt: skip


def verdicts() -> attempt.Check:
    """Return a check that saw every goal reached."""
    return attempt.Check(at="2026-11-10T09:30:00+00:00", verdicts=(), points=1, full=1)


@pytest.fixture
def doors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doors:
    """Return the doors of a lab in which an exercise runs; nothing behind them is real."""
    Computer.made(tmp_path, monkeypatch)
    found, where = Doors(), paths.LabPaths(name="default")
    (where.keys / f"{scene.GRADER}.crt").parent.mkdir(parents=True)
    for path in (where.keys / f"{scene.GRADER}.crt", where.kubeconfig):
        path.touch()
    attempt.save(where, begun())
    open_lab, load, locked = session.open_lab, attempt.load, register.locked

    def opened(name: str, **options: bool) -> tuple[model.Lab, paths.LabPaths]:
        found.labs += 1
        return open_lab(name, **options)

    def loaded(places: paths.LabPaths) -> attempt.Attempt | None:
        found.attempts += not found.keeping  # what the register reads to write it again is no opening
        return load(places)

    @contextlib.contextmanager
    def keeping(places: paths.LabPaths) -> Iterator[None]:
        with locked(places):
            found.keeping = True
            yield
            found.keeping = False

    monkeypatch.setattr(session, "open_lab", opened)
    monkeypatch.setattr(register, "locked", keeping)
    monkeypatch.setattr(register, "still", lambda _, one: one)
    monkeypatch.setattr(attempt, "load", loaded)
    for name in ("begin", "reset", "stop"):
        monkeypatch.setattr(setup, name, found.acts(begun))
    monkeypatch.setattr(scripts, "run", found.acts())
    looked = found.acts(verdicts)
    monkeypatch.setattr(grade, "check", lambda *_, stability=True: looked() if stability else verdicts())
    monkeypatch.setattr(grade, "unseen", lambda _: ())
    server = types.SimpleNamespace(server_port=1, serve_forever=str, shutdown=str, server_close=str)
    monkeypatch.setattr(web_page, "_server", lambda *_: server)
    monkeypatch.setattr(signal, "sigwait", lambda _: None)
    return found


def typed(word: str, values: dict[str, Any]) -> None:
    """Type an exercise word about the default lab; what it ends with is its own affair."""
    with contextlib.suppress(SystemExit):
        namespace.collection(["exercise.list"])[f"exercise.{word.partition(' ')[0]}"].body(
            None, lab="default", **values
        )


def test_every_word_is_looked_at() -> None:
    """A new word is put into one of the tables, or this is red."""
    known = {name.partition(".")[2] for name in namespace.collection(["exercise.list"]).task_names}
    assert known == {word.split()[0] for word in (*APART, *CHANGES, *LOOKS)}
    assert any(row.acts for row in library.find(NAME).spec.stability) and library.find(NAME).spec.hints


@pytest.mark.parametrize("word", [*CHANGES, *LOOKS])
def test_a_word_opens_lab_and_attempt_once(doors: Doors, word: str) -> None:
    """It passes them down; only the register reads an attempt once more, to write it."""
    typed(word, {**CHANGES, **LOOKS}[word])
    assert doors.labs == 1 and doors.attempts == (0 if word == "start" else 1), "setup.begin refuses a second one"
    assert doors.held == ({True} if word in CHANGES else set())


@pytest.mark.parametrize("word", CHANGES)
def test_what_changes_the_lab_is_refused_while_another_run_holds_it(
    doors: Doors, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is done to it; all but a check are told so before they look."""
    with locks.lab("default"):
        typed(word, CHANGES[word])
    assert "lab-locked" in capsys.readouterr().err
    assert not doors.held and (word == "check" or not doors.labs)


@pytest.mark.parametrize("word", LOOKS)
def test_what_only_looks_waits_for_nobody(doors: Doors, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The lab is in use by another run, and it is looked at all the same."""
    with locks.lab("default"):
        typed(word, LOOKS[word])
    assert not capsys.readouterr().err and doors.labs == 1


@pytest.mark.parametrize("word", [*web_page.GETS, *web_page.POSTS])
def test_a_request_of_the_page_opens_them_once(doors: Doors, word: str) -> None:
    """The page stays while words change the lab: each request opens it anew, and once."""
    {**web_page.GETS, **web_page.POSTS}[word](web_page._sitting("default"))
    assert (doors.labs, doors.attempts) == (1, 1)


def test_a_check_on_the_page_keeps_what_the_word_keeps(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows `exercise.check` in a pack follows the page's button, too."""
    given: list[object] = []
    monkeypatch.setattr(web_page, "keep", lambda *_, then, **__: given.append(then))
    typed("open", {})
    assert given == [pack_mode.keep] and not doors.held
