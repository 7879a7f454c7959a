"""Serves one bundle over http to a class: whole, or the part that a computer lacks, to many at once.

The digest in the printed line protects the file: the server has no secret, and takes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kubelab import errors
from kubelab.components import bundle_manifest, unbundle
from kubelab.files import bounded
from kubelab.ui import amounts, progress, web_handler, web_server

CHUNK = 1 << 16
SILENCE = 30.0
"""Seconds in which a computer must send its request, or take the next chunk; one that goes on later loses nothing."""
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
KIND = "application/gzip"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An opened bundle: its name in the address, bytes, SHA-256. A file that takes its name later is not served."""

    name: str
    content: IO[bytes]
    size: int
    sha256: str

    @property
    def path(self) -> str:
        """Return the path of its address."""
        return f"/{urllib.parse.quote(self.name)}"

    @property
    def tag(self) -> str:
        """Return its ETag: who goes on later is sure to get the rest of the same file."""
        return f'"{self.sha256}"'

    def line(self, address: str, port: int) -> str:
        """Return what students type."""
        return f"./run lab.up --bundle {shlex.quote(f'http://{address}:{port}{self.path}#sha256={self.sha256}')}"

    def part(self, begin: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `begin` to before `end`; many may read at once."""
        while begin < end and (data := os.pread(self.content.fileno(), min(CHUNK, end - begin), begin)):
            yield data
            begin += len(data)


def serve(file: Path, bind: str, port: int, address: str, report: progress.Progress) -> None:
    """Serve a bundle until Ctrl-C, and say what students type, with an address under which they reach `bind`.

    Raises `bundle-damaged` for a file that is no bundle, and `serve-address`.
    """
    with offered(file, report) as offer, server(offer, bind, port, report.say) as found:
        report.say("students type, in their checkout:")
        report.say(f"  {offer.line(address, found.server_port)}")
        report.say(f"everybody who reaches {bind} may fetch {amounts.human(offer.size)}; Ctrl-C ends it")
        with contextlib.suppress(KeyboardInterrupt):
            found.serve_forever()
    report.say("\nended")


@contextlib.contextmanager
def offered(file: Path, report: progress.Progress) -> Iterator[Offer]:
    """Yield an opened bundle with its digest.

    Raises `bundle-damaged` for a file that is none, or is not the one of the digest beside it: half a file that is
    served is found only at the end of every download.
    """
    unbundle.read(file)
    with file.open("rb") as content:
        with report.phase("digest") as phase:
            size = os.fstat(content.fileno()).st_size
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            phase.done(amounts.human(size))
        _refuse_other(file, digest)
        yield Offer(name=file.name, content=content, size=size, sha256=digest)


def _refuse_other(file: Path, digest: str) -> None:
    beside = bundle_manifest.beside(file)
    said = bounded.text(beside)[:64]
    if re.fullmatch("[0-9a-f]{64}", said) and said != digest:
        again = shlex.join(["rm", str(beside)])
        remedy = f"copy both again from where they were made; or, if {beside.name} is of another file: {again}"
        why = f"its digest is {digest}; {beside.name} beside it says {said}"
        raise errors.LabError("bundle-damaged", f"{file} is damaged, and is not served", details=[why], remedy=remedy)


def server(offer: Offer, bind: str, port: int, tell: Callable[[str], None]) -> web_server.Server:
    """Return a server bound to exactly that address; raises `serve-address` if that cannot be."""
    handler = type("Handler", (_Handler,), {"offer": offer, "tell": staticmethod(tell), "whole": set()})
    try:
        return _Server((bind, port), handler)
    except (OSError, OverflowError) as problem:
        raise errors.LabError("serve-address", f"cannot listen on {bind}:{port}", details=[problem]) from problem


class _Server(web_server.Server):
    patience = SILENCE


class _Handler(web_handler.Handler):
    offer: Offer
    tell: Callable[[str], None]
    whole: set[str]
    server: _Server
    timeout = SILENCE

    def do_GET(self) -> None:
        self._send(body=True)

    def do_HEAD(self) -> None:
        self._send(body=False)

    def _send(self, *, body: bool) -> None:
        self.body()
        if self.path.partition("?")[0] != self.offer.path:
            self.answer(404, web_handler.TEXT, f"only {self.offer.path} is here\n".encode())
            return
        begin, end = self._wanted() or (0, self.offer.size)
        fits = begin < end
        self.send_response(416 if not fits else 206 if self._wanted() else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", self.offer.tag)
        self.send_header("Content-Type", KIND)
        self.send_header("Content-Length", str(max(0, end - begin)))
        if self._wanted():
            place = f"{begin}-{end - 1}" if fits else "*"
            self.send_header("Content-Range", f"bytes {place}/{self.offer.size}")
        self.end_headers()
        if body and fits:
            self._write(begin, end)

    def _wanted(self) -> tuple[int, int] | None:
        """Return the asked part, which is empty if the bundle ends before it; None for the whole bundle."""
        asked = RANGE.fullmatch(self.headers.get("Range", ""))
        size = self.offer.size
        if not asked or self.headers.get("If-Range", self.offer.tag) != self.offer.tag:
            return None
        first, last = asked[1], asked[2]
        if first:
            begin, end = int(first), min(size, int(last) + 1) if last else size
            return (begin, end) if begin < end or begin >= size else None
        return (max(0, size - int(last)), size) if last else None

    def _write(self, begin: int, end: int) -> None:
        for data in self.offer.part(begin, end):
            self.wfile.write(data)
            self.server.stir(self.connection)
        if end == self.offer.size:
            self.whole.add(self.client_address[0])
            self.tell(f"  {self.client_address[0]} has the last byte; computers so far: {len(self.whole)}")
