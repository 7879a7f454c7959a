"""The address of a bundle as a person types it, and the digest that its file must have."""

from __future__ import annotations

import re
import shlex
import urllib.parse
from dataclasses import dataclass

from kubelab import errors
from kubelab.clients import download, web_client

DIGEST = re.compile(r"sha256=([0-9a-fA-F]{64})", re.ASCII)
ROW = re.compile(r"\\?([0-9a-fA-F]{64})(?:[ \t]+\*?(\S.*))?", re.ASCII)
"""One line of `sha256sum`."""
LARGEST = 64 << 10
"""Bytes of a .sha256 file."""
BESIDE = ".sha256"
USER = re.compile(r"//[^/@]*@")
"""A name, or a name and a password, in front of a host."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a bundle is, and its SHA-256 in hex; empty if only the server can say it."""

    url: str
    sha256: str

    @property
    def shown(self) -> str:
        """Return the address for people, without a query."""
        return web_client.shown(self.url)


def parse(wish: str) -> Address:
    """Return the address in a wish; raises `bundle-address`, and `bundle-undigested` for http without a digest."""
    url, _, digest = wish.strip().partition("#")
    written = urllib.parse.quote(url, safe="!$%&'()*+,-./:;=?@[]_~")
    try:
        parts = urllib.parse.urlsplit(written)
        flaw = _flaw(parts, digest)
    except ValueError as problem:
        flaw = str(problem)
    if flaw:
        place = USER.sub("//", web_client.shown(url))[:200]
        raise errors.LabError("bundle-address", f"no bundle can be at {place!a}", details=[flaw])
    typed = DIGEST.fullmatch(digest)
    if not typed and parts.scheme == "http":
        raise _undigested(written, "over plain http anybody on the way can change a file")
    return Address(url=written, sha256=typed[1].lower() if typed else "")


def _flaw(parts: urllib.parse.SplitResult, digest: str) -> str:
    """Return what is wrong with an address, nothing if it is well."""
    if parts.scheme not in web_client.SCHEMES:
        return f"{parts.scheme or 'nothing'}:// is not known here; http:// and https:// are, and a path without ://"
    if not parts.hostname or parts.port == 0:
        return "it names no host"
    if "%" in parts.netloc:
        return "its host has letters that no host's name has"
    if "@" in parts.netloc:
        return "it has a name or a password in it, which would be seen by others on this computer"
    if digest and not DIGEST.fullmatch(digest):
        return f"{digest[:80]!a} is no digest: sha256= and 64 digits of 0 to 9 and a to f"
    return ""


def _undigested(url: str, why: str) -> errors.LabError:
    place = web_client.shown(url)
    whole = shlex.quote(f"{place}#sha256=DIGEST")
    remedy = f"the same command with {whole}; where the bundle was made, sha256sum prints its DIGEST"
    return errors.LabError("bundle-undigested", f"no digest of {place} is known", cause=why, remedy=remedy)


def asked(address: Address) -> str:
    """Return the digest in the .sha256 file beside an https address; raises `bundle-undigested` if none is there."""
    parts = urllib.parse.urlsplit(address.url)
    beside = parts._replace(path=f"{parts.path}{BESIDE}").geturl()
    content = download.small(beside, LARGEST)
    if content is None:
        raise _undigested(address.url, f"no digest was typed, and there is no {web_client.shown(beside)}")
    name = urllib.parse.unquote(parts.path).rpartition("/")[2]
    rows = [row for line in content.decode("utf-8", "replace").splitlines() if (row := ROW.fullmatch(line.strip()))]
    named = [row for row in rows if (row[2] or "").rpartition("/")[2] == name]
    if len(named or rows) != 1:
        raise _undigested(address.url, f"{web_client.shown(beside)} does not say one digest for {name}")
    return (named or rows)[0][1].lower()
