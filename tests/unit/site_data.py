"""A web server on loopback that does to each request what its test lists: breaks off, lies, leads elsewhere."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import http.server
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

RANGE = re.compile(r"bytes=(\d+)-")


HEEDFUL = ("env", "--default-signal=INT")
"""In front of a program that gets Ctrl-C: it would ignore it where this suite was started in the background."""


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a server does with one request.

    `until` is where in the file the connection breaks off, `says` the announced bytes more or fewer than there are.
    """

    content: bytes = b""
    status: int = 200
    tag: str = ""
    until: int | None = None
    says: int = 0
    knows_range: bool = True
    is_heedless: bool = False
    """Gives the rest of its file whatever If-Range says."""
    places: int = 0
    """How far the told begin of a part is from the true one."""
    to: str = ""
    holds: float = 0
    """Seconds that the connection stays open after the last byte that is sent."""
    measured: bool = True


@dataclass(kw_only=True)
class Site:
    """A running server: its address, and what it was asked for, one row a request."""

    url: str
    replies: dict[str, list[Reply]]
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def ranges(self) -> list[str]:
        """Return the ranges of the requests so far, empty for the whole file."""
        return [headers.get("Range", "") for _, headers in self.asked]

    def reply(self, path: str) -> Reply:
        """Return what is done now; the last one of a path is done again and again."""
        rows = self.replies.get(path, [Reply(status=404)])
        return rows.pop(0) if len(rows) > 1 else rows[0]


class Handler(http.server.BaseHTTPRequestHandler):
    """Does what its site says."""

    site: Site

    def do_GET(self) -> None:
        """Answer, break off, lie."""
        self.site.asked.append((self.path, dict(self.headers)))
        reply = self.site.reply(self.path)
        asked = RANGE.fullmatch(self.headers.get("Range", "")) if reply.status == 200 else None
        same = reply.is_heedless or self.headers.get("If-Range", reply.tag) == reply.tag
        begin = int(asked[1]) if asked and reply.knows_range and same else 0
        whole = len(reply.content)
        if asked and begin >= whole:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{whole}")
            self.end_headers()
            return
        self.send_response(206 if begin else reply.status)
        if begin:
            self.send_header("Content-Range", f"bytes {begin + reply.places}-{whole - 1}/{whole}")
        if reply.measured:
            self.send_header("Content-Length", str(whole - begin + reply.says))
        for name, value in {"ETag": reply.tag, "Location": reply.to}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.content[begin : reply.until])
        self.wfile.flush()
        time.sleep(reply.holds)

    def do_CONNECT(self) -> None:
        """Be a proxy to a server that speaks https."""
        self.site.asked.append((self.path, dict(self.headers)))
        host, _, port = self.path.partition(":")
        self.send_response(200)
        self.end_headers()
        with socket.create_connection((host, int(port))) as there:
            back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
            back.start()
            _pump(self.connection, there)
            back.join()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until it ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def site(replies: Mapping[str, list[Reply]], certificate: Path | None = None) -> Iterator[Site]:
    """Run a server with a list of replies for each path; with a certificate it speaks https."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scheme = "https" if certificate else "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found = Site(url=f"{scheme}://127.0.0.1:{server.server_port}", replies={**replies})
    server.RequestHandlerClass = type("Bound", (Handler,), {"site": found})
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> Path:
    """Return a file with a key and a certificate of 127.0.0.1, which is its own authority."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "unit")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    begin = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    begin = begin.serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
    begin = begin.not_valid_after(now + datetime.timedelta(days=1)).add_extension(address, critical=False)
    made = begin.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "site.pem"
    file.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return file
