"""The server of an exercise's page answers only its own page, and only with the token."""

from __future__ import annotations

import dataclasses
import signal
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import requests

from kubelab import errors, paths
from kubelab.exercises import commands, web_page

TOKEN = "a-token-of-the-test"  # noqa: S105 (no secret: the test's own)


def refuse(_: str) -> dict[str, object]:
    """Raise what a page is told when no exercise runs."""
    raise errors.LabError("exercise-absent", "no exercise runs")


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the address of a server whose answers are the test's own; signals are as before afterwards."""
    monkeypatch.setitem(web_page.GETS, "state", lambda now: {"lab": now.session.where.name})
    monkeypatch.setitem(web_page.GETS, "look", refuse)
    monkeypatch.setitem(web_page.POSTS, "hint", lambda _: {"hint": "look"})
    monkeypatch.setattr(
        web_page, "_sitting", lambda name: SimpleNamespace(session=SimpleNamespace(where=paths.LabPaths(name=name)))
    )
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    monkeypatch.setattr(commands, "check", lambda now, *, then: SimpleNamespace(found=then(now)))
    monkeypatch.setattr(dataclasses, "asdict", lambda found: found)
    server = web_page._server("unit", TOKEN, 0, lambda now: {"followed": now.session.where.name})  # type: ignore[arg-type]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.fixture
def ask() -> requests.Session:
    """Return a session that uses no proxy."""
    session = requests.Session()
    session.trust_env = False
    return session


def test_page_is_whole_and_loads_nothing(base: str, ask: requests.Session) -> None:
    """The page comes with a policy that forbids everything from elsewhere, and names no other address."""
    reply = ask.get(f"{base}/{TOKEN}/", timeout=5)
    assert reply.status_code == 200
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "http://" not in reply.text
    assert "https://" not in reply.text


def test_token_and_host_are_asked_for(base: str, ask: requests.Session) -> None:
    """Without the token, with a wrong one, or through another host's name there is nothing."""
    assert ask.get(f"{base}/{TOKEN}/state", timeout=5).json() == {"lab": "unit"}
    for path in ("/", "/state", f"/{TOKEN}x/state", "/../../etc/passwd"):
        assert ask.get(f"{base}{path}", timeout=5).status_code == 404
    assert ask.get(f"{base}/{TOKEN}/state", headers={"Host": "evil.example"}, timeout=5).status_code == 404


def test_other_pages_cannot_press_buttons(base: str, ask: requests.Session) -> None:
    """A hint is taken by POST from the page itself: not by GET, not from another origin."""
    address = f"{base}/{TOKEN}/hint"
    assert ask.get(address, timeout=5).status_code == 404
    assert ask.post(address, headers={"Origin": "http://evil.example"}, timeout=5).status_code == 403
    assert ask.post(address, headers={"Origin": base}, timeout=5).json() == {"hint": "look"}


def test_a_check_by_the_button_is_followed_as_one_by_the_word(base: str, ask: requests.Session) -> None:
    """In a pack it keeps the lab's difference, as exercise.check does: the page hands on what follows a check."""
    assert ask.post(f"{base}/{TOKEN}/check", timeout=5).json() == {"followed": "unit"}


def test_error_is_told_in_words(base: str, ask: requests.Session) -> None:
    """What went wrong reaches the page with what to type."""
    reply = ask.get(f"{base}/{TOKEN}/look", timeout=5)
    assert reply.status_code == 409
    assert "exercise.start" in reply.json()["what"]


def test_taken_port_is_said(base: str) -> None:
    """A port that is in use is an error of ours."""
    with pytest.raises(errors.LabError) as raised:
        web_page._server("unit", TOKEN, int(base.rpartition(":")[2]), commands.nothing)
    assert raised.value.ident == "port-taken"


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_is_none_is_said(port: int) -> None:
    """A number that no port has was a traceback."""
    with pytest.raises(errors.LabError) as raised:
        web_page._server("unit", TOKEN, port, commands.nothing)
    assert raised.value.ident == "port-taken"
