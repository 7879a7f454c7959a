"""The page of the running exercise: task, live checks and hints, served on this computer's loopback to one token."""

from __future__ import annotations

import dataclasses
import errno
import functools
import http.server
import json
import secrets
import signal
import threading
import webbrowser
from collections.abc import Callable
from typing import Any

import markdown_it

from kubelab import errors, paths
from kubelab.converge import session
from kubelab.exercises import commands
from kubelab.lab import pausing, port_forward
from kubelab.ui import progress, web_handler

PAGE = paths.TEMPLATES / "exercise" / "page.html"
POLICY = f"{web_handler.POLICY}; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"
"""The page has a script, which asks this server."""


def keep(name: str, *, port: int, browser: bool, report: progress.Progress, then: commands.Then) -> None:
    """Serve the page of the exercise that runs in a lab until Ctrl-C; raise `port-taken`, `exercise-absent`.

    `then` follows each check that its button makes.
    """
    _sitting(name)
    token = secrets.token_urlsafe(16)
    server = _server(name, token, port, then)
    url = f"http://{port_forward.LOOPBACK}:{server.server_port}/{token}/"
    report.say(f"the exercise is at {url} (Ctrl-C ends)")
    report.event("open", url=url)
    if browser:
        webbrowser.open(url)
    thread = threading.Thread(target=server.serve_forever, name="exercise page", daemon=True)
    thread.start()
    try:
        signal.sigwait([signal.SIGINT, signal.SIGTERM])
    except KeyboardInterrupt:
        pass
    finally:
        server.shutdown()
        server.server_close()


def _server(name: str, token: str, port: int, then: commands.Then) -> http.server.ThreadingHTTPServer:
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.pthread_sigmask(signal.SIG_BLOCK, [sign])
    try:
        found = http.server.ThreadingHTTPServer((port_forward.LOOPBACK, port), _handler(name, token, then))
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        raise errors.LabError("port-taken", f"port {port} is in use on {port_forward.LOOPBACK}") from problem
    found.daemon_threads = True
    return found


def _sitting(name: str) -> commands.Sitting:
    """Open the attempt for one request: the page stays while words change attempt and lab."""
    pausing.resume(name, settle=True)
    return commands.sitting(session.opened(name, progress.Progress.silent()))


def state(now: commands.Sitting) -> dict[str, Any]:
    """Return the page's data beside the verdicts."""
    spec = now.scene.exercise.spec
    try:
        following = dataclasses.asdict(commands.offer(now))
    except errors.LabError:
        following = None
    return {
        "exercise": spec.id, "title": spec.title, "minutes": spec.minutes, "started": now.attempt.started[:16],
        "task": html(now.scene.text("task.md")), "hints": [html(text) for text in commands.taken(now)],
        "next": following, "price": now.attempt.price,
    }  # fmt: skip


def html(text: str) -> str:
    """Return Markdown as HTML; HTML in it stays text, and outside links stay words."""
    reader = (
        markdown_it.MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image", "autolink"])
    )
    return str(reader.render(text))


def _look(now: commands.Sitting) -> dict[str, Any]:
    return dataclasses.asdict(commands.judge_now(now))


def _check(now: commands.Sitting, then: commands.Then = commands.nothing) -> dict[str, Any]:
    return dataclasses.asdict(commands.check(now, then=then).found)


def _hint(now: commands.Sitting) -> dict[str, Any]:
    return {"hint": html(commands.hint(now, pay=True))}


Word = Callable[[commands.Sitting], dict[str, Any]]
GETS: dict[str, Word] = {"state": state, "look": _look}
POSTS: dict[str, Word] = {"check": _check, "hint": _hint}


def _handler(name: str, token: str, then: commands.Then) -> type[web_handler.Handler]:
    posts: dict[str, Word] = {**POSTS, "check": functools.partial(_check, then=then)}

    class Handler(web_handler.Handler):
        """Answers requests with the token; any other finds nothing here."""

        protocol_version = "HTTP/1.1"
        policy = POLICY

        def do_GET(self) -> None:
            """Answer with the page or one of its JSON documents."""
            self._answer(GETS)

        def do_POST(self) -> None:
            """Carry out a button's request."""
            origin = self.headers.get("Origin", "")
            if origin and origin != f"http://{self.headers.get('Host')}":
                self.answer(403, web_handler.JSON, b"{}")
                return
            self._answer(posts)

        def _answer(self, words: dict[str, Word]) -> None:
            given, _, word = self.path.lstrip("/").partition("/")
            # The host's name is looked at, too: a page from elsewhere cannot come in through a name of its own.
            here = self.headers.get("Host", "").startswith((f"{port_forward.LOOPBACK}:", "localhost:"))
            if not here or not self.knows(given, token):
                self.answer(404, web_handler.TEXT, b"not found\n")
            elif word == "" and words is GETS:
                self.answer(200, web_handler.HTML, PAGE.read_bytes())
            elif word in words:
                self._json(words[word])
            else:
                self.answer(404, web_handler.TEXT, b"not found\n")

        def _json(self, work: Word) -> None:
            try:
                status, answer = 200, work(_sitting(name))
            except errors.LabError as problem:
                status, answer = 409, {"error": problem.ident, "what": f"{problem.what}; type: {problem.remedy}"}
            self.answer(status, web_handler.JSON, json.dumps(answer).encode())

    return Handler
