"""What must never leave a lab's folder: recognised by the shape of a key, and by the lab's own keys themselves."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kubelab import paths

PEM_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
ENCODED_KEY = re.compile(rb"(?:client-key-data|\bkey-data)[\"']?\s*[:=]\s*[\"']?[A-Za-z0-9+/]{40,}")
JWT = re.compile(rb"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}")
BEARER = re.compile(rb"(?i)\b(authorization:\s*(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}")
MASKED = b"(token left out)"
SHORTEST = 24
"""Bytes from which a line of a key's body is told from chance: 18 random bytes as base64."""
OPENSSH_HEAD = b"b3BlbnNzaC1rZXktdjEA"
"""The first line of every ed25519 key that OpenSSH wrote: it tells nothing."""
SECRET_NAMES = re.compile(r"kubeconfig$|\.kubeconfig$|\.key$|^encryption\.yaml$|^ssh_host_\w+_key$|^id_\w+$|token")


def secret_file(path: PurePosixPath) -> bool:
    """Return whether a rendered file holds a secret by its name: a key, a kubeconfig, the encryption configuration."""
    return bool(SECRET_NAMES.search(path.name))


def masked(content: bytes) -> bytes:
    """Return the content without bearer tokens, which programs do print at times."""
    return BEARER.sub(rb"\g<1>" + MASKED, JWT.sub(MASKED, content))


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Looks for keys of any origin, and for these: name of a secret to the byte strings that give it away."""

    known: tuple[tuple[str, tuple[bytes, ...]], ...] = field(repr=False)

    @classmethod
    def of(cls, where: paths.LabPaths) -> Scan:
        """Return the scan that knows every key under the lab's keys/, the encryption key included."""
        files = sorted(path for path in where.keys.rglob("*") if path.is_file() and _private(path))
        return cls(known=tuple((str(path.relative_to(where.keys)), _marks(path.read_bytes())) for path in files))

    def found(self, content: bytes) -> tuple[str, ...]:
        """Return what secrets the content holds, in words; empty if none."""
        shapes = (("a private key", PEM_KEY), ("a kubeconfig's key", ENCODED_KEY), ("a token", JWT))
        words = [name for name, shape in shapes if shape.search(content)]
        words += [f"keys/{name}" for name, marks in self.known if any(mark in content for mark in marks)]
        return tuple(words)


def _private(path: Path) -> bool:
    return path.suffix not in (".crt", ".pub")


def _marks(content: bytes) -> tuple[bytes, ...]:
    """Return what gives a key away: the lines of its body, and each line once more in base64.

    The last line of several is left out: it holds the public half, which certificates show to everybody.
    """
    lines = [line.strip() for line in content.splitlines()]
    body = [line for line in lines if line and not line.startswith((b"-----", OPENSSH_HEAD))]
    secret = [line for line in (body[:-1] or body) if len(line) >= SHORTEST]
    return tuple(mark for line in secret for mark in (line, *_encoded(line)))


def _encoded(line: bytes) -> list[bytes]:
    """Return the middle of the line's base64, for each of the three ways in which it may be aligned."""
    return [base64.b64encode(b"\0" * offset + line)[4:-4] for offset in range(3)]
