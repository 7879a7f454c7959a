"""The teacher's side of watching over HTTP: summaries come in, and a page shows the class's state.

Nothing but what a student of the course signed is taken; nothing is ever sent to a student's computer. A sender has a
few seconds for its whole request, and where all connections are taken the oldest gives way: a class that sends at once
takes milliseconds each, so it is never one of theirs.
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
"""Seconds that a connection has from its first byte to its last, however it spreads them."""
CONNECTIONS = 256
"""Connections at once, each with a thread. A class of 200 that sends at the same moment fits."""
WAITING = 1024
"""Connections that the kernel lets wait until they are taken; the system's own limit may be lower."""
LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)


class Server(http.server.ThreadingHTTPServer):
    """A server whose connections are counted and have an end."""

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
        """End, twice a second and after every new one, the connections that have had their time."""
        late = time.monotonic() - PATIENCE
        with self.guard:
            for request in [one for one, begun in self.held.items() if begun < late]:
                _end(request)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that is over."""
        with self.guard:
            self.held.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a sender that went away: its student reads on the own terminal what became of it."""


def _end(request: socket.socket) -> None:
    """End a connection from another thread: who reads from it or writes to it gets an error at once."""
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
    """Return what the page's address holds, so that only who was told it sees the class."""
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
