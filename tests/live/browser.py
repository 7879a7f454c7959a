"""A thin driver of headless Chromium over its DevTools socket: real pages, real clicks, nothing left behind."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import websocket

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
    "--no-first-run", "--no-proxy-server", "--hide-scrollbars", "--force-color-profile=srgb",
    "--remote-debugging-port=0",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
START = 60.0
"""Seconds that Chromium may take to start on a computer with two busy cores; two are usual."""
INTERVAL = 0.1


class Page:
    """One open page. Every call waits for its answer at most `timeout` seconds."""

    def __init__(self, address: str, timeout: float = 60) -> None:
        """Connect to the page's DevTools socket."""
        self._socket = websocket.create_connection(
            address, timeout=timeout, suppress_origin=True, http_no_proxy=["127.0.0.1"]
        )
        self._number = 0
        self.problems: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        """Return the result of a DevTools method; keep what the page complained of meanwhile."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": values}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                assert "error" not in message, f"{method}: {message['error']}"
                return dict(message["result"])
            self._keep(message)

    def _keep(self, message: dict[str, Any]) -> None:
        if message["method"] == "Runtime.exceptionThrown":
            self.problems.append(str(message["params"]["exceptionDetails"].get("text")))
        elif message["method"] == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            entry = message["params"]["entry"]
            self.problems.append(f"{entry['text']} {entry.get('url', '')}".strip())

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def open(self, url: str) -> None:
        """Go to an address and wait until the page is loaded."""
        answer = self.call("Page.navigate", url=url)
        assert not answer.get("errorText"), f"{url}: {answer['errorText']}"
        self.until("location.href !== 'about:blank' && document.readyState === 'complete'")

    def until(self, expression: str, *, seconds: float = 30) -> Any:
        """Wait until a JavaScript expression is true; fail with what the page then shows."""
        end = time.monotonic() + seconds
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            assert time.monotonic() < end, f"never true: {expression}\nthe page shows: {self.text()[:1000]}"
            time.sleep(INTERVAL)

    def text(self) -> str:
        """Return what a person reads on the page."""
        return str(self.evaluate("document.body ? document.body.innerText : ''"))

    def click(self, selector: str) -> None:
        """Press the mouse where the element is, as a person does: what covers it gets the click."""
        place = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            " return {x: r.x + r.width / 2, y: r.y + r.height / 2}; })()"
        )
        assert place, f"there is no {selector} on the page"
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def write(self, text: str) -> None:
        """Type text where the cursor is."""
        self.call("Input.insertText", text=text)

    def resize(self, width: int, height: int) -> None:
        """Make the window as large as that, in CSS pixels; under 500 wide it is a telephone."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 500,
        )  # fmt: skip

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window: above 0 it scrolls sideways."""
        return int(self.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def screenshot(self, path: Path) -> None:
        """Save what the window shows as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def executable() -> str | None:
    """Return the Chromium of this computer, None if it has none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Chromium:
    """A running Chromium that opens pages."""

    def __init__(self, port: int) -> None:
        """Talk to the DevTools server on this port of the loopback."""
        self._base = f"http://127.0.0.1:{port}/json"
        self._session = requests.Session()
        self._session.trust_env = False

    @contextlib.contextmanager
    def page(self) -> Iterator[Page]:
        """Yield a new page of its own; it is closed afterwards."""
        row = self._session.put(f"{self._base}/new?about:blank", timeout=30).json()
        opened = Page(row["webSocketDebuggerUrl"])
        try:
            yield opened
        finally:
            opened.close()
            self._session.get(f"{self._base}/close/{row['id']}", timeout=30)


@contextlib.contextmanager
def chromium() -> Iterator[Chromium]:
    """Yield a new Chromium with an empty profile; both are gone afterwards, whatever happened."""
    program = executable()
    assert program, "no Chromium on this computer; type: ./run host.setup"
    profile = Path(tempfile.mkdtemp(prefix="kubelab-chromium-"))
    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
    )  # fmt: skip
    try:
        yield Chromium(_port(profile, process))
    finally:
        _end(process)
        shutil.rmtree(profile, ignore_errors=True)


def _port(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """Return the port of the DevTools server, once Chromium has written it down."""
    note = profile / "DevToolsActivePort"
    end = time.monotonic() + START
    while time.monotonic() < end:
        assert process.poll() is None, f"Chromium ended with exit code {process.returncode}"
        if note.exists() and "\n" in note.read_text(encoding="ascii"):
            return int(note.read_text(encoding="ascii").splitlines()[0])
        time.sleep(INTERVAL)
    raise AssertionError(f"Chromium was not ready in {START:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End Chromium and every process that it started: they are one process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
