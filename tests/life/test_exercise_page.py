"""The page of an exercise in a real browser, opened as a student does: at 360 pixels, and by keyboard alone."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import browser
import pytest
from acts import Home

from kubelab import paths
from kubelab.converge import session
from kubelab.exercises import attempt, commands, scripts, setup
from kubelab.ui import progress

EXERCISE = "audit-who"
PHONE = (360, 740)
TABS = 60
"""Presses of Tab within which every part of the page has been reached."""
KEYS = {"Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "c": ("KeyC", 67, "c"), "h": ("KeyH", 72, "h")}
FOCUSED = "(e => e === document.body ? '' : e.getAttribute('aria-label') || e.innerText || '')(document.activeElement)"
VERDICTS = "[...document.querySelectorAll('#checks li b')].map(e => e.textContent)"


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Chromium]:
    """Yield one browser for this file."""
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def address(home: Home) -> Iterator[str]:
    """Yield the address of the page of an exercise that begins for this file; afterwards nothing runs or is kept."""
    home.word("exercise.start", EXERCISE, "--variant", "1")
    words = [sys.executable, "-m", "invoke", "exercise.open", "--lab", home.name]
    process = subprocess.Popen(words, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        line = next(iter(process.stdout))
        found = re.search(r"http://127\.0\.0\.1:\d+/[\w-]+/", line)
        assert found, line
        yield found[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, "it did not end well after Ctrl-C"
    finally:
        process.kill()
        process.wait()
        with session.held(home.name, progress.Progress(progress.Style.PLAIN)) as held:
            commands.stop(held)
        attempt.forget(home.where)


@pytest.fixture
def page(chromium: browser.Chromium, address: str) -> Iterator[browser.Page]:
    """Yield the page, opened anew on a telephone, with its first look done."""
    with chromium.page() as opened:
        opened.resize(*PHONE)
        opened.open(address)
        opened.until(f"{VERDICTS}.length >= 3")
        yield opened


def press(page: browser.Page, name: str) -> None:
    """Press a key, as the keyboard does."""
    code, number, text = KEYS[name]
    values = {"key": name, "code": code, "windowsVirtualKeyCode": number}
    page.call("Input.dispatchKeyEvent", type="keyDown", **values, **({"text": text} if text else {}))
    page.call("Input.dispatchKeyEvent", type="keyUp", **values)


def tab_to(page: browser.Page, label: str) -> None:
    """Go on with Tab until what is called so has the focus; it must be seen to have it."""
    for _ in range(TABS):
        press(page, "Tab")
        if label in str(page.evaluate(FOCUSED)):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {label} has the focus"
            return
    raise AssertionError(f"Tab does not reach {label}")


def begun(home: Home) -> attempt.Attempt:
    """Return the attempt as it is kept."""
    found = attempt.load(home.where)
    assert found
    return found


def test_task_checks_and_hints_fit_a_telephone(page: browser.Page, home: Home) -> None:
    """Task, every check with its state, the hint's price: all there, nothing scrolls sideways, nothing complains."""
    scene = setup.scene_of(home.lab, home.where, begun(home))
    text = page.text()
    assert scene.exercise.spec.title in text
    assert scene.value("item") in page.evaluate("document.querySelector('#task').innerText")
    rows = len(scene.exercise.spec.goals) + len(scene.exercise.spec.guards) + len(scene.exercise.spec.stability)
    assert page.evaluate(f"{VERDICTS}.length") == rows
    assert f"0 of {scene.exercise.spec.full} points" in text
    assert f"costs {scene.exercise.spec.hints[0].price} points" in text
    assert page.evaluate("window.innerWidth") == PHONE[0]
    assert page.overflow() <= 0
    assert not page.problems


def test_page_loads_nothing_from_elsewhere(page: browser.Page) -> None:
    """Every address that it asked is its own: it works in a room without a network."""
    names = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert names
    origin = page.evaluate("location.origin")
    assert all(name.startswith((origin, "data:")) for name in names), names


def test_commands_are_copied_by_keyboard(page: browser.Page) -> None:
    """Every command has a button that Tab reaches; Enter puts exactly that command where it can be pasted."""
    blocks = page.evaluate("document.querySelectorAll('#task pre').length")
    assert blocks == page.evaluate("document.querySelectorAll('#task pre button').length")
    page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    tab_to(page, "Copy: ")
    press(page, "Enter")
    page.until("document.activeElement.textContent === 'Copied'")
    wanted = page.evaluate("document.querySelector('#task pre code').innerText")
    assert page.evaluate("navigator.clipboard.readText()").strip() == wanted.strip()


def test_hint_is_paid_by_keyboard_after_its_price_was_said(page: browser.Page, home: Home) -> None:
    """`h` says the price and takes nothing; only Enter on the button pays, and the hint is there to read."""
    press(page, "h")
    page.until("document.querySelector('#pay').open")
    assert "costs 1 points" in page.evaluate("document.querySelector('#price').textContent")
    assert not begun(home).hints
    tab_to(page, "Pay and read")
    press(page, "Enter")
    page.until("document.querySelectorAll('#hints > div').length === 1")
    assert [row.price for row in begun(home).hints] == [1]
    page.until("document.querySelector('#points').textContent.includes('less 1 for hints')")


def test_check_turns_green_when_the_work_is_done(page: browser.Page, home: Home) -> None:
    """The live look shows the work by itself; `c` keeps the result, and the focus stays where the next press is."""
    scene = setup.scene_of(home.lab, home.where, begun(home))
    scripts.run(scene, scene.exercise.folder / "solution.sh")
    page.until(f"{VERDICTS}.every(text => text.includes('passed'))", seconds=90)
    assert not begun(home).checks
    press(page, "c")
    page.until("document.activeElement.id === 'check' && !document.activeElement.disabled", seconds=60)
    (kept,) = begun(home).checks
    assert kept.points == kept.full
    assert not page.problems
