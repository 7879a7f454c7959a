"""A tunnel to addresses that only a box can reach: ssh's SOCKS proxy, started again whenever it ends."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading

from kubelab import model, paths

LONELY = ("ControlMaster=no", "ControlPath=none", "ServerAliveInterval=2", "ServerAliveCountMax=2", "ConnectTimeout=3",
          "ExitOnForwardFailure=yes", "BatchMode=yes")  # fmt: skip
"""Options for a separate connection that notices when the box is gone."""


class Unreached(Exception):
    """The tunnel has no way now: the box is down, or the address does not answer from it."""


class Tunnel:
    """Connections made inside one box; used as a context manager."""

    def __init__(self, where: paths.LabPaths, machine: model.Machine) -> None:
        """Choose a free port here."""
        self.machine = machine
        self._port = _free_port()
        options = [word for option in LONELY for word in ("-o", option)]
        place = f"127.0.0.1:{self._port}"
        self._command = ["ssh", "-F", str(where.ssh_config), *options, "-N", "-D", place, machine.name]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"tunnel {machine.name}", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Tunnel:
        """Open the tunnel."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._over.set()
        if self._process:
            self._process.terminate()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.is_set():
            quiet = subprocess.DEVNULL
            self._process = subprocess.Popen(self._command, stdin=quiet, stdout=quiet, stderr=quiet)
            self._process.wait()
            self._over.wait(0.5)

    def connect(self, address: str, port: int, timeout: float = 2) -> socket.socket:
        """Return a connection from the box to an IPv4 address; raise `Unreached` if there is none in time."""
        try:
            way = socket.create_connection(("127.0.0.1", self._port), timeout)
            way.settimeout(timeout)
            way.sendall(b"\5\1\0")
            chosen = exactly(way, 2)
            way.sendall(b"\5\1\0\1" + socket.inet_aton(address) + struct.pack(">H", port))
            if chosen != b"\5\0" or exactly(way, 10)[1] != 0:
                way.close()
                raise Unreached(f"from {self.machine.name} nothing answers at {address}:{port}")
        except OSError as problem:
            raise Unreached(f"{self.machine.name}: {problem}") from problem
        return way


def exactly(way: socket.socket, count: int) -> bytes:
    """Return `count` bytes of a connection; raise `Unreached` if it ends or takes too long."""
    found = b""
    while len(found) < count:
        try:
            more = way.recv(count - len(found))
        except OSError as problem:
            raise Unreached(str(problem)) from problem
        if not more:
            raise Unreached("the connection ended")
        found += more
    return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
