"""What lands on a box: a path, its content and what must be restarted when it changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One file on a box. `restarts` names the systemd units that read it."""

    path: str
    content: bytes
    mode: int = 0o644
    owner: str = "root:root"
    restarts: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def secret(self) -> bool:
        """Return whether nobody but the owner may read it: such a file never enters an archive or a log."""
        return self.mode & 0o077 == 0


@dataclass(frozen=True, kw_only=True)
class Link:
    """One symbolic link on a box: how software from the mounted cache gets its usual name."""

    path: str
    target: str
    restarts: tuple[str, ...] = ()
