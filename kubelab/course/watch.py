"""The teacher's side of watching over HTTP: summaries come in, and a page shows the class's state.

It takes only what a student of the course signed, and sends nothing to a student's computer. A sender has a few seconds
for its whole request; when all connections are taken the oldest gives way. A class that sends at once takes
milliseconds each, so the oldest is never one of theirs.
"""

from __future__ import annotations

import http.server
import re
import secrets
import socket
import threading
import time
from typing import Any

from kubelab import errors
from kubelab.course import board as boards
from kubelab.ui import web_handler

Board = boards.Board
Rejected = boards.Rejected

PATIENCE = 10.0
"""Seconds of a connection from its first byte to its last, however they are spread."""
CONNECTIONS = 256
"""Connections at once, each with a thread. A class of 200 that sends at the same moment fits."""
WAITING = 1024
"""Connections that may wait in the kernel until they are taken; the system's own limit may be lower."""
LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)


class Server(http.server.ThreadingHTTPServer):
    """A server with bounded connections."""

    request_queue_size = WAITING

    def __init__(self, *given: Any) -> None:
        """Bind and listen."""
        self.held: dict[socket.socket, float] = {}
        self.guard = threading.Lock()
        super().__init__(*given)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin with a connection; with one too many, end the oldest."""
        with self.guard:
            self.held[request] = time.monotonic()
            if len(self.held) > CONNECTIONS:
                oldest = next(iter(self.held))
                del self.held[oldest]
                _end(oldest)
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """End expired connections, twice a second and after every new one."""
        late = time.monotonic() - PATIENCE
        with self.guard:
            for request in [one for one, begun in self.held.items() if begun < late]:
                _end(request)

    def shutdown_request(self, request: Any) -> None:
        """Forget a finished connection."""
        with self.guard:
            self.held.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report nothing about a sender that went away: its student's own terminal shows the result."""


def _end(request: socket.socket) -> None:
    """End a connection from another thread: its reader or writer gets an error at once."""
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is over already


def server(board: boards.Board, address: str, port: int, secret: str) -> Server:
    """Return a server bound to exactly that address; the page is at `/SECRET/`, messages go to `/summary`.

    Raises `watch-address` if this computer has no such address or the port is taken.
    """

    class Handler(_Handler):
        pass

    Handler.board, Handler.secret = board, secret
    try:
        return Server((address, port), Handler)
    except (OSError, OverflowError) as problem:
        raise errors.LabError("watch-address", f"cannot listen on {address}:{port}", details=[problem]) from problem


def new_secret() -> str:
    """Return the secret of the page's address, so that only its receivers see the class."""
    return secrets.token_urlsafe(9)


class _Handler(web_handler.Handler):
    board: boards.Board
    secret: str
    timeout = PATIENCE

    def do_GET(self) -> None:
        if not self.knows(self.path.rstrip("/"), f"/{self.secret}"):
            self.answer(404, web_handler.TEXT, b"nothing here\n")
            return
        self.answer(200, web_handler.HTML, self.board.html().encode())

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/summary" or not LENGTH.fullmatch(length) or int(length) > boards.LARGEST:
            self.close_connection = True
            code = 413 if length.isascii() and length.isdecimal() else 400
            self.answer(code, web_handler.TEXT, b"no summary, or too large\n")
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        message = self.rfile.read(int(length))
        try:
            self.board.take(message, token)
        except Rejected as problem:
            self.answer(403, web_handler.TEXT, f"{problem}\n".encode())
            return
        self.answer(204, web_handler.TEXT, b"")
