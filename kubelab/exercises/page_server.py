"""Serves a page and what its script asks for, on this computer's loopback to one token."""

from __future__ import annotations

import errno
import http.server
import json
import secrets
import signal
import threading
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kubelab import errors
from kubelab.lab import port_forward
from kubelab.ui import progress, web_handler

POLICY = f"{web_handler.POLICY}; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"
"""The page has a script, which asks this server."""
Server = http.server.ThreadingHTTPServer
Answers = Mapping[str, Callable[[], dict[str, Any]]]
"""The last part of a request's path to what answers it."""


def token() -> str:
    """Return a new secret for a page's address."""
    return secrets.token_urlsafe(16)


def keep(server: Server, secret: str, what: str, *, browser: bool, report: progress.Progress) -> None:
    """Say where a page is, and serve it until Ctrl-C."""
    url = f"http://{port_forward.LOOPBACK}:{server.server_port}/{secret}/"
    report.say(f"{what} is at {url} (Ctrl-C ends)")
    report.event("open", url=url)
    if browser:
        webbrowser.open(url)
    thread = threading.Thread(target=server.serve_forever, name=f"page of {what}", daemon=True)
    thread.start()
    try:
        signal.sigwait([signal.SIGINT, signal.SIGTERM])
    except KeyboardInterrupt:
        pass
    finally:
        server.shutdown()
        server.server_close()


def bound(handling: type[web_handler.Handler], port: int) -> Server:
    """Return a server at a port (0: any free one) that does not serve yet; raise `port-taken`, also for no port.

    From now on Ctrl-C and SIGTERM are held back from this thread: `keep`, which has to follow, waits for them.
    """
    chosen = port_forward.free_port(port) if port else 0
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.pthread_sigmask(signal.SIG_BLOCK, [sign])
    try:
        found = Server((port_forward.LOOPBACK, chosen), handling)
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        raise errors.LabError("port-taken", f"port {port} is in use on {port_forward.LOOPBACK}") from problem
    found.daemon_threads = True
    return found


def handler(page: Path, secret: str, *, gets: Answers, posts: Answers) -> type[web_handler.Handler]:
    """Return the handler of a page: the file itself, and the answers to its script."""

    class Handler(web_handler.Handler):
        """Answers requests with the token; any other finds nothing here."""

        protocol_version = "HTTP/1.1"
        policy = POLICY

        def do_GET(self) -> None:
            """Answer with the page or one of its JSON documents."""
            self._answer(gets)

        def do_POST(self) -> None:
            """Carry out a button's request."""
            self._answer(posts)

        def _answer(self, words: Answers) -> None:
            if self.body() is None:
                self.answer(413, web_handler.TEXT, b"no request of this page has a body\n")
                return
            origin = self.headers.get("Origin", "")
            if words is posts and origin and origin != f"http://{self.headers.get('Host')}":
                self.answer(403, web_handler.JSON, b"{}")
                return
            given, _, word = self.path.lstrip("/").partition("/")
            # The host's name is looked at, too: a page from elsewhere cannot come in through a name of its own.
            here = self.headers.get("Host", "").startswith((f"{port_forward.LOOPBACK}:", "localhost:"))
            if not here or not self.knows(given, secret):
                self.answer(404, web_handler.TEXT, b"not found\n")
            elif word == "" and words is gets:
                self.answer(200, web_handler.HTML, page.read_bytes())
            elif word in words:
                self._json(words[word])
            else:
                self.answer(404, web_handler.TEXT, b"not found\n")

        def _json(self, work: Callable[[], dict[str, Any]]) -> None:
            try:
                status, answer = 200, work()
            except errors.LabError as problem:
                status, answer = 409, {"error": problem.ident, "what": f"{problem.what}; type: {problem.remedy}"}
            self.answer(status, web_handler.JSON, json.dumps(answer).encode())

    return Handler
