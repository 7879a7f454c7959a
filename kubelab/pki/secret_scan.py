"""Finds what must never leave a lab's folder: by the shape of a key, and by the lab's own keys."""

from __future__ import annotations

import base64
import contextlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kubelab import paths

PEM_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
PEM_BLOCK = re.compile(PEM_KEY.pattern + rb".{0,8192}?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z)", re.DOTALL)
ENCODED_KEY = re.compile(rb"(?:client-key-data|\bkey-data)[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9+/]{40,}")
JWT = re.compile(rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}")
BEARER = re.compile(rb"(?i)\b(authorization:\s*(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}")
LOGIN = re.compile(rb"(\w://[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)")
"""A name and a password in an address: that of a proxy, or of a mirror."""
MASKED = b"(token left out)"
SHORTEST = 24
"""Bytes that tell a line of a key's body from chance: 18 random bytes as base64."""
OPENSSH_HEAD = b"b3BlbnNzaC1rZXktdjEA"
"""The first line of every ed25519 key that OpenSSH wrote: it identifies none."""
RAW_KEY = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.)\x02\x01\x01\x04[\x20\x30\x42]|\x02\x01\x00\x30.\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
    rb"|\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x82|\x30\x82..\x02\x01\x00\x02\x82"
    rb"|\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22|openssh-key-v1\x00",
    re.DOTALL,
)
"""Private keys as bytes: EC, PKCS#8 of EC and of RSA, RSA, Ed25519, OpenSSH."""
DER_KEY = re.compile(rb"\bMHcCAQ[A-Za-z0-9+/]{40}")
ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
HALF_JWT = re.compile(rb"\beyJhbGciOi[A-Za-z0-9_-]{6,}")
DEEP = 3
"""How many layers of base64 over a key are undone."""
DIGEST = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})")
"""What logs often contain, and is no base64."""
GZIP = b"\x1f\x8b\x08"
MEMBERS, MOST = 50, 1 << 20
"""How many gzip members inside a file are read, and how many bytes of each."""
SECRET_NAMES = re.compile(r"kubeconfig$|\.kubeconfig$|\.key$|^encryption\.yaml$|^ssh_host_\w+_key$|^id_\w+$|token")


def secret_file(path: PurePosixPath) -> bool:
    """Return whether a rendered file holds a secret by its name: a key, a kubeconfig, the encryption configuration."""
    return bool(SECRET_NAMES.search(path.name))


def masked(content: bytes) -> bytes:
    """Return the content without bearer tokens, which some programs print."""
    return BEARER.sub(rb"\g<1>" + MASKED, JWT.sub(MASKED, content))


def without_logins(content: bytes) -> bytes:
    """Return the content without the passwords in addresses: a person's own, of a proxy or of a mirror."""
    return LOGIN.sub(rb"\g<1>" + MASKED, content)


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Finds keys of any origin, and these: name of a secret to the byte strings that identify it."""

    known: tuple[tuple[str, tuple[bytes, ...]], ...] = field(repr=False)

    @classmethod
    def of(cls, where: paths.LabPaths) -> Scan:
        """Return a scan for every key under the lab's keys/, the encryption key included."""
        files = sorted(path for path in where.keys.rglob("*") if path.is_file() and _private(path))
        return cls(known=tuple((str(path.relative_to(where.keys)), _marks(path.read_bytes())) for path in files))

    def found(self, content: bytes) -> tuple[str, ...]:
        """Return the secrets in the content, in words; empty if none."""
        shapes = (("a private key", PEM_KEY), ("a kubeconfig's key", ENCODED_KEY), ("a token", JWT))
        words = [name for name, shape in shapes if shape.search(content)]
        words += [f"keys/{name}" for name, marks in self.known if any(mark in content for mark in marks)]
        return tuple(words)

    def cut(self, content: bytes) -> bytes:
        """Return a content without keys, and without the lines with anything else of `found`."""
        content = PEM_BLOCK.sub(MASKED, masked(content))
        if not self.found(content):
            return content
        lines = content.splitlines(keepends=True)
        return b"".join(MASKED + b"\n" if self.found(line) else line for line in lines)

    def hidden(self, content: bytes) -> tuple[str, ...]:
        """Return what `found` does, also inside nested base64, gzip and UTF-16, and across cut lines."""
        words: list[str] = []
        for view in _views(content):
            words += self.found(view)
            shapes = ((DER_KEY, "a private key"), (RAW_KEY, "a private key"), (HALF_JWT, "a token"))
            words += [name for shape, name in shapes if shape.search(view)]
        return tuple(dict.fromkeys(words))


def _private(path: Path) -> bool:
    return path.suffix not in (".crt", ".pub")


def _marks(content: bytes) -> tuple[bytes, ...]:
    """Return what identifies a key: the lines of its body, and each line once more in base64.

    The last line of several is left out: it holds the public half, which every certificate shows.
    """
    lines = [line.strip() for line in content.splitlines()]
    body = [line for line in lines if line and not line.startswith((b"-----", OPENSSH_HEAD))]
    secret = [line for line in (body[:-1] or body) if len(line) >= SHORTEST]
    return tuple(mark for line in secret for mark in (line, *_encoded(line)))


def _encoded(line: bytes) -> list[bytes]:
    """Return the middle of the line's base64, for each of its three possible alignments."""
    return [base64.b64encode(b"\0" * offset + line)[4:-4] for offset in range(3)]


def _views(content: bytes, deep: int = DEEP) -> Iterator[bytes]:
    """Yield a content as it is, without line ends and zeros, and the contents of its gzip and base64, `deep` times."""
    plain = [content]
    if b"\0" in content:  # UTF-16
        plain.append(content.replace(b"\0", b""))
    plain += [joined for each in plain if (joined := each.translate(None, b"\r\n")) != each]
    yield from plain
    if not deep:
        return
    for inner in _packed(content):
        yield from _views(inner, deep - 1)
    for each in plain:
        for run in set(ENCODED.findall(each)):
            if DIGEST.fullmatch(run):
                continue
            with contextlib.suppress(ValueError):
                whole = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
                yield from _views(base64.b64decode(whole + b"=" * (-len(whole) % 4)), deep - 1)


def _packed(content: bytes) -> Iterator[bytes]:
    """Yield the beginning of the first gzip members anywhere in a content."""
    start, left = content.find(GZIP), MEMBERS
    while start >= 0 and left:
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content[start:], MOST)
        start, left = content.find(GZIP, start + 1), left - 1
