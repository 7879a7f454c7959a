"""The lab's pages in a real browser, opened with the words that a person types."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import browser
import pytest

from kubelab import checks, model, pages, paths
from kubelab.converge import session

pytestmark = pytest.mark.xdist_group("browser")  # one browser, not one a worker
LAB = os.environ.get("KUBELAB_LAB", "default")
STATIC_PODS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
SCREENSHOTS = paths.ROOT / pages.START
PHONE = (360, 740)
DESK = (1280, 800)
TALL = (1500, 1160)
"""Wide enough for a dashboard's table, high enough for all pods of kube-system."""


@pytest.fixture(scope="module")
def lab() -> model.Lab:
    """Return the lab under test."""
    return session.open_lab(LAB)[0]


@pytest.fixture(scope="module")
def guestbook(lab: model.Lab) -> Iterator[str]:
    """Yield the address of the guestbook as guestbook.open says it."""
    assert model.Addon.GUESTBOOK in lab.addons, f"lab {lab.name} has no guestbook to look at"
    with opened("guestbook.open") as url:
        yield url


@pytest.fixture(scope="module")
def dashboard(lab: model.Lab) -> Iterator[str]:
    """Yield the address of the dashboard as dashboard.open says it."""
    assert model.Addon.DASHBOARD in lab.addons, f"lab {lab.name} has no dashboard to look at"
    with opened("dashboard.open") as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Chromium]:
    """Yield one browser for this file: starting it takes longer than most tests."""
    with browser.chromium() as running:
        yield running


@pytest.fixture
def page(chromium: browser.Chromium) -> Iterator[browser.Page]:
    """Yield a page of the test's own."""
    with chromium.page() as opened_page:
        yield opened_page


@contextlib.contextmanager
def opened(word: str) -> Iterator[str]:
    """Run a task that opens a page, yield the address that it prints, and end it with Ctrl-C."""
    words = [sys.executable, "-m", "invoke", word, "--lab", LAB, "--port", "0"]
    process = subprocess.Popen(words, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert found, f"{word} gave no address on the loopback: {said}"
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, f"{word} did not end well after Ctrl-C"


def keep_picture(page: browser.Page, name: str) -> None:
    """Save a picture for docs/, only when it was asked for with KUBELAB_SCREENSHOTS."""
    if os.environ.get("KUBELAB_SCREENSHOTS"):
        page.screenshot(SCREENSHOTS / name)


def write(page: browser.Page, url: str, message: str) -> None:
    """Write a message into the page as a person does, and wait until it is there."""
    page.open(url)
    page.click("#message")
    page.write(message)
    page.click("#send")
    shown = "[...document.querySelectorAll('#entries li p')].map(p => p.textContent)"
    page.until(f"{shown}.includes({message!r})")
    page.until("document.querySelector('#status').textContent.includes('was kept')")


@pytest.mark.addon(model.Addon.GUESTBOOK)
@pytest.mark.red_by("frontend-selector", depends_on="guestbook")
def test_message_written_in_the_page_is_seen(page: browser.Page, guestbook: str) -> None:
    """A person writes a message, sees it, and still sees it in a page that was opened anew."""
    page.resize(*DESK)
    message = f"Hello from a browser, {uuid.uuid4()}"
    write(page, guestbook, message)
    keep_picture(page, "guestbook.png")
    page.open(guestbook)
    page.until(f"document.body.innerText.includes({message!r})")
    assert not page.problems


@pytest.mark.addon(model.Addon.GUESTBOOK)
@pytest.mark.red_by("frontend-selector", depends_on="guestbook")
def test_guestbook_fits_a_telephone(page: browser.Page, guestbook: str) -> None:
    """At 360 pixels nothing scrolls sideways, not even with a word of 200 letters; the button is wide enough to hit."""
    page.resize(*PHONE)
    write(page, guestbook, f"{uuid.uuid4()} {'x' * 200}")
    assert page.evaluate("window.innerWidth") == PHONE[0]
    assert page.overflow() <= 0
    assert page.evaluate("document.querySelector('#send').getBoundingClientRect().height") >= 40
    write(page, guestbook, f"Hello from a telephone, {uuid.uuid4()}")
    keep_picture(page, "guestbook-360.png")
    assert not page.problems


@pytest.mark.addon(model.Addon.GUESTBOOK)
@pytest.mark.red_by("frontend-selector", depends_on="guestbook")
def test_markup_in_a_message_stays_text(page: browser.Page, guestbook: str) -> None:
    """A message with HTML in it is shown as it was written and runs nothing."""
    write(page, guestbook, f'<img src=x onerror="window.broken=1"><b>{uuid.uuid4()}</b>')
    assert page.evaluate("window.broken === undefined && !document.querySelector('#entries img, #entries b')")


@pytest.mark.addon(model.Addon.GUESTBOOK)
@pytest.mark.red_by("frontend-selector", depends_on="guestbook")
def test_guestbook_loads_nothing_from_elsewhere(page: browser.Page, guestbook: str) -> None:
    """Every file of the page comes from the guestbook itself: it works without the internet."""
    page.open(guestbook)
    names = page.until("performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in names if not name.startswith(guestbook)] == []


@pytest.mark.addon(model.Addon.DASHBOARD)
@pytest.mark.red_by("dashboard-role-gone", depends_on="dashboard")
def test_dashboard_shows_every_node(page: browser.Page, dashboard: str, lab: model.Lab) -> None:
    """The page of nodes names all of the lab's nodes, and each is Ready."""
    page.open(f"{dashboard}clusters/local/nodes")
    rows = page.until("[...document.querySelectorAll('main tr, table tr')].map(r => r.innerText)")
    for node in lab.nodes:
        row = [text for text in rows if node.name in text]
        assert row, f"{node.name} is not in the dashboard"
        assert "Ready" in row[0]
        assert "NotReady" not in row[0]


@pytest.mark.addon(model.Addon.DASHBOARD)
@pytest.mark.red_by("dashboard-role-gone", depends_on="dashboard")
def test_dashboard_shows_the_control_plane(page: browser.Page, dashboard: str, lab: model.Lab) -> None:
    """The pods of API server, controller-manager, scheduler and kube-proxy are in the page, and run."""
    page.resize(*TALL)
    page.open(f"{dashboard}clusters/local/namespaces/kube-system/pods")
    rows = page.until("[...document.querySelectorAll('main tr, table tr')].map(r => r.innerText)")
    wanted = {name for name in checks.static_pod_names(lab) if name.startswith(STATIC_PODS)}
    assert len(wanted) == len(lab.nodes) + 3 * len(lab.control_plane)
    for name in sorted(wanted):
        row = [text for text in rows if name in text]
        assert row, f"{name} is not in the dashboard"
        assert "Running" in row[0]
    keep_picture(page, "dashboard.png")


@pytest.mark.red_by("browser-leaves-something", depends_on="nothing")
def test_nothing_is_left_of_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver ends Chromium and removes its profile, also when a test fails in the middle."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ZeroDivisionError), browser.chromium() as running, running.page() as opened_page:
        assert opened_page.evaluate("1 + 1") == 2
        assert list(tmp_path.iterdir())
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
    left = subprocess.run(["pgrep", "--full", str(tmp_path)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
