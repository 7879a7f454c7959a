"""The page of an exercise in a real browser: read, checked, hinted at, with the keyboard alone and on a telephone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import browser
import pytest
import requests

from kubelab import paths, progress
from kubelab.exercises import attempt
from kubelab.grading import desk

LAB = os.environ.get("KUBELAB_LAB", "default")
EXERCISE = "rbac-robot"
PHONE = (360, 740)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the address of the page of an exercise that was begun for this test; it is stopped afterwards."""
    report = progress.Progress(progress.Style.PLAIN)
    where = paths.LabPaths(name=LAB)
    if attempt.load(where):
        desk.stop(LAB, report)
    desk.start(LAB, desk.Wish(exercise=EXERCISE, number=1), report)
    words = [sys.executable, "-m", "invoke", "exercise.open", "--lab", LAB, "--port", "0"]
    process = subprocess.Popen(words, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/[\w-]+/", said)
        assert found, said
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, "the page did not end well after Ctrl-C"
        desk.stop(LAB, report)


@pytest.fixture(scope="module")
def page() -> Iterator[browser.Page]:
    """Yield a page of a browser of the test's own."""
    with browser.chromium() as running, running.page() as opened:
        yield opened


def press(page: browser.Page, key: str, code: int = 0) -> None:
    """Press and release a key, as a keyboard does."""
    text = {"text": "\r"} if key == "Enter" else ({"text": key} if len(key) == 1 else {})
    for kind in ("keyDown", "keyUp"):
        more = text if kind == "keyDown" else {}
        page.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)


def test_task_and_live_checks_are_there(page: browser.Page, url: str) -> None:
    """The task is shown with commands to copy, and every check has its verdict without anybody asking."""
    page.open(url)
    page.until("document.querySelectorAll('#checks li').length >= 7", seconds=60)
    assert "service account" in page.text()
    assert page.evaluate("document.querySelectorAll('#checks li.failed').length") >= 1
    assert not page.problems


def test_keyboard_alone_checks_and_pays_for_a_hint(page: browser.Page, url: str) -> None:
    """`c` keeps a check; `h` says a price, Tab and Enter pay it, and the hint is there; Tab reaches every control."""
    page.open(url)
    page.until("document.querySelectorAll('#checks li').length >= 7", seconds=60)
    press(page, "c", 67)
    page.until("document.activeElement.id === 'check' && !document.querySelector('#check').disabled", seconds=60)
    press(page, "h", 72)
    page.until("document.querySelector('#pay').open")
    assert "costs 1 points" in page.text()
    page.until("document.activeElement.id === 'yes'")
    press(page, "Enter", 13)
    page.until("document.querySelectorAll('#hints > div').length === 1", seconds=60)
    reached = set()
    for _ in range(12):
        press(page, "Tab", 9)
        reached.add(page.evaluate("document.activeElement.id"))
    assert {"check", "live", "hint"} <= reached
    kept = desk.sitting(LAB).attempt
    assert len(kept.checks) == 1
    assert [hint.price for hint in kept.hints] == [1]


def test_telephone_shows_everything(page: browser.Page, url: str) -> None:
    """At 360 pixels nothing has to be scrolled sideways, and nothing is loaded from elsewhere."""
    page.resize(*PHONE)
    page.open(url)
    page.until("document.querySelectorAll('#checks li').length >= 7", seconds=60)
    assert page.overflow() <= 0
    assert page.evaluate("performance.getEntriesByType('resource').every(r => r.name.startsWith(location.origin))")
    if os.environ.get("KUBELAB_SCREENSHOTS"):
        page.screenshot(paths.ROOT / "docs" / "exercise-360.png")


def test_nobody_else_is_answered(url: str) -> None:
    """Without the token, through another host's name, or from another page, there is nothing."""
    base, token = url.rstrip("/").rsplit("/", 1)
    ask = requests.Session()
    ask.trust_env = False
    assert ask.get(f"{base}/", timeout=5).status_code == 404
    assert ask.get(f"{base}/{token[:-1]}x/state", timeout=5).status_code == 404
    assert ask.get(f"{url}state", headers={"Host": "evil.example"}, timeout=5).status_code == 404
    assert ask.post(f"{url}hint", headers={"Origin": "http://evil.example"}, timeout=5).status_code == 403
