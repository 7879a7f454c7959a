"""The HTTP handler of every page that kubelab serves: one set of headers on every answer, a secret, no log."""

from __future__ import annotations

import hmac
import http.server
import re
from collections.abc import Mapping

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""Nothing from elsewhere: a page works without a network, and text of others in it can load nothing."""
UNWANTED = 1 << 16
"""The most bytes of a body that is read only to be dropped."""
SILENCE = 10.0
"""Seconds without a byte after which a connection ends."""
LENGTH = re.compile(r"[0-9]{1,9}", re.ASCII)
HTML, TEXT, JSON = "text/html; charset=utf-8", "text/plain", "application/json"


class Handler(http.server.BaseHTTPRequestHandler):
    """What a page's handler builds on. `policy` may allow the page more, such as its own script."""

    server_version, sys_version = "kubelab", ""
    policy = POLICY
    timeout = SILENCE

    def body(self, most: int = UNWANTED) -> bytes | None:
        """Return the request's body, empty if it has none; read it before every answer, wanted or not.

        On a connection that is kept, an unread body would be taken for the next request. None for a body of more than
        `most` bytes or without one plain length: it is not read, and the connection ends with the answer.
        """
        told = self.headers.get_all("Content-Length", ["0"])
        plain = len(told) == 1 and LENGTH.fullmatch(told[0]) and "Transfer-Encoding" not in self.headers
        if not plain or int(told[0]) > most:
            self.close_connection = True
            return None
        return self.rfile.read(int(told[0]))

    def answer(self, status: int, kind: str, content: bytes) -> None:
        """Send a whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """End the headers of any answer, of `send_error` too, with those that keep others out."""
        for name, value in {**HEADERS, "Content-Security-Policy": self.policy}.items():
            self.send_header(name, value)
        super().end_headers()

    @staticmethod
    def knows(given: str, secret: str) -> bool:
        """Return whether a request has the secret of the page's address; how long this takes tells nothing of it."""
        return hmac.compare_digest(given.encode(), secret.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the terminal is the user's, and the requests are private."""
