"""A server for a whole class: connections are bounded, and the one that moved nothing for longest gives way."""

from __future__ import annotations

import http.server
import socket
import socketserver
import threading
import time
from typing import Any

PATIENCE = 10.0
"""Seconds of a connection until it is ended, if its handler never says that it moves on."""
CONNECTIONS = 256
"""Connections at once, each with a thread. A class of 200 that sends at the same moment fits."""
WAITING = 1024
"""Connections that may wait in the kernel until they are taken; the system's own limit may be lower."""


class Server(http.server.ThreadingHTTPServer):
    """A server with bounded connections; a handler that sends for long calls `stir` now and then."""

    request_queue_size = WAITING
    patience = PATIENCE

    def __init__(self, *given: Any) -> None:
        """Bind and listen."""
        self.held: dict[socket.socket, float] = {}
        self.guard = threading.Lock()
        super().__init__(*given)

    def server_bind(self) -> None:
        """Bind without asking for this computer's name: without a network that takes many seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin with a connection; with one too many, end the one that moved nothing for longest."""
        with self.guard:
            self.held[request] = time.monotonic()
            if len(self.held) > CONNECTIONS:
                oldest = next(iter(self.held))
                del self.held[oldest]
                _end(oldest)
        super().process_request(request, client_address)

    def stir(self, request: socket.socket) -> None:
        """Let a connection's time begin anew."""
        with self.guard:
            if self.held.pop(request, None) is not None:
                self.held[request] = time.monotonic()

    def service_actions(self) -> None:
        """End expired connections, twice a second and after every new one."""
        late = time.monotonic() - self.patience
        with self.guard:
            for request in [one for one, begun in self.held.items() if begun < late]:
                _end(request)

    def shutdown_request(self, request: Any) -> None:
        """Forget a finished connection."""
        with self.guard:
            self.held.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report nothing about a client that went away: its own terminal shows the result."""


def _end(request: socket.socket) -> None:
    """End a connection from another thread: its reader or writer gets an error at once."""
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is over already
