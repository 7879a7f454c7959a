"""The teacher's side of watching: summaries come in over HTTP or from a folder, and a page shows the class's state.

Nothing but what a student of the course signed is taken; nothing is ever sent to a student's computer.
"""

from __future__ import annotations

import hmac
import http.server
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pydantic

from kubelab import atomic, errors
from kubelab.course import keys, page, plan, shape, submission

LARGEST = 64 << 10
"""Bytes of a message; one of twenty exercises has 3 KB."""
PATIENCE = 10.0
"""Seconds that a connection may say nothing."""


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


Points = Annotated[int, pydantic.Field(ge=0, le=10_000)]


class Progress(_Strict):
    """How far one student is with one exercise."""

    points: Points
    full: Points
    hints: Points
    started: str
    running: bool
    done: bool


class Summary(_Strict):
    """What a student sends."""

    course: str
    student: str
    at: str
    exercises: dict[str, Progress]


class _Message(_Strict):
    summary: str
    signature: str


class Rejected(ValueError):
    """A message that is not taken; the text says why."""


@dataclass(kw_only=True)
class Board:
    """The newest summary of every student; in `store`, too, if there is one, so that a restart knows it."""

    course: plan.Course
    key: bytes
    store: Path | None = None
    known: dict[str, Summary] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: bytes, token: str | None) -> Summary:
        """Take a message; `token` is what came with it (None: it lay in a folder). Raises `Rejected`."""
        found = self._verified(message)
        if token is not None and not hmac.compare_digest(token.encode(), keys.token(self.key, found.student).encode()):
            raise Rejected("the token is not this student's")
        with self.lock:
            before = self.known.get(found.student)
            if before is None or _time(before) <= _time(found):
                self.known[found.student] = found
                self._keep(found, message)
        return found

    def look(self, folder: Path) -> int:
        """Take what lies in a folder; return how many files were no valid messages."""
        bad = 0
        for file in sorted(folder.glob("*.json"))[: 2 * len(self.course.students) + 10]:
            try:
                with file.open("rb") as source:
                    self.take(source.read(LARGEST + 1), None)
            except (OSError, Rejected):
                bad += 1
        return bad

    def html(self) -> str:
        """Return the page of the class's state now."""
        with self.lock:
            known: Mapping[str, Summary] = dict(self.known)
        return page.render("watch.html", {"course": self.course, "known": known})

    def _verified(self, message: bytes) -> Summary:
        if len(message) > LARGEST:
            raise Rejected("too large")
        try:
            outer = _Message.model_validate_json(message)
            found = Summary.model_validate_json(outer.summary)
            signature = bytes.fromhex(outer.signature)
        except ValueError as problem:
            raise Rejected("no summary") from problem
        if found.course != self.course.id or found.student not in self.course.roll:
            raise Rejected("not of this course")
        if not keys.valid(keys.signing(self.key, found.student).public_key(), signature, outer.summary.encode()):
            raise Rejected("not signed by this student")
        if submission.moment(found.at) is None or len(found.exercises) > len(self.course.assignments):
            raise Rejected("no summary of this course")
        return found

    def _keep(self, found: Summary, message: bytes) -> None:
        if self.store and shape.STUDENT.fullmatch(found.student):
            atomic.write(self.store / f"{found.student}.json", message, ident="course-unwritable", durable=False)


def _time(found: Summary) -> str:
    at = submission.moment(found.at)
    return at.isoformat() if at else ""


def server(board: Board, address: str, port: int, secret: str) -> http.server.ThreadingHTTPServer:
    """Return a server bound to exactly that address; the page is at `/SECRET/`, messages go to `/summary`.

    Raises `watch-address` if this computer has no such address or the port is taken.
    """

    class Handler(_Handler):
        pass

    Handler.board, Handler.secret = board, secret
    try:
        return http.server.ThreadingHTTPServer((address, port), Handler)
    except OSError as problem:
        raise errors.LabError("watch-address", f"cannot listen on {address}:{port}", details=[problem]) from problem


def new_secret() -> str:
    """Return what the page's address holds, so that only who was told it sees the class."""
    return secrets.token_urlsafe(9)


class _Handler(http.server.BaseHTTPRequestHandler):
    board: Board
    secret: str
    timeout = PATIENCE
    server_version, sys_version = "kubelab", ""

    def do_GET(self) -> None:
        if self.path.rstrip("/") != f"/{self.secret}":
            self._answer(404, "text/plain", b"nothing here\n")
            return
        self._answer(200, "text/html; charset=utf-8", self.board.html().encode())

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/summary" or not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True
            self._answer(413 if length.isdecimal() else 400, "text/plain", b"no summary, or too large\n")
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            self.board.take(self.rfile.read(int(length)), token)
        except Rejected as problem:
            self._answer(403, "text/plain", f"{problem}\n".encode())
            return
        self._answer(204, "text/plain", b"")

    def _answer(self, code: int, kind: str, content: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who asked what is nobody's business."""
