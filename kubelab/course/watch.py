"""The teacher's side of watching over HTTP: summaries come in, and a page shows the class's state.

It takes only what a student of the course signed, and sends nothing to a student's computer. A sender has a few seconds
for its whole request; when all connections are taken the oldest gives way. A class that sends at once takes
milliseconds each, so the oldest is never one of theirs.
"""

from __future__ import annotations

import secrets

from kubelab import errors
from kubelab.course import board as boards
from kubelab.ui import web_handler, web_server

Board = boards.Board
Rejected = boards.Rejected


def server(board: boards.Board, address: str, port: int, secret: str) -> web_server.Server:
    """Return a server bound to exactly that address; the page is at `/SECRET/`, messages go to `/summary`.

    Raises `watch-address` if this computer has no such address or the port is taken.
    """

    class Handler(_Handler):
        pass

    Handler.board, Handler.secret = board, secret
    try:
        return web_server.Server((address, port), Handler)
    except (OSError, OverflowError) as problem:
        raise errors.LabError("watch-address", f"cannot listen on {address}:{port}", details=[problem]) from problem


def new_secret() -> str:
    """Return the secret of the page's address, so that only its receivers see the class."""
    return secrets.token_urlsafe(9)


class _Handler(web_handler.Handler):
    board: boards.Board
    secret: str
    timeout = web_server.PATIENCE

    def do_GET(self) -> None:
        self.body()
        if not self.knows(self.path.rstrip("/"), f"/{self.secret}"):
            self.answer(404, web_handler.TEXT, b"nothing here\n")
            return
        self.answer(200, web_handler.HTML, self.board.html().encode())

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        message = self.body(boards.LARGEST)
        if self.path != "/summary" or not length or message is None:
            code = 413 if length.isascii() and length.isdecimal() else 400
            self.answer(code, web_handler.TEXT, b"no summary, or too large\n")
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            self.board.take(message, token)
        except Rejected as problem:
            self.answer(403, web_handler.TEXT, f"{problem}\n".encode())
            return
        self.answer(204, web_handler.TEXT, b"")
