"""What lands on a box: a path, its content and what must be restarted when it changes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

PLAIN = re.compile(
    r"/etc/kubernetes/manifests/[^/]+\.yaml|/etc/systemd/system/[^/]+\.service|/etc/cni/net\.d/[^/]+\.conflist"
    r"|/etc/kubernetes/(kubelet|kube-proxy)/config\.yaml|/etc/kubernetes/kube-apiserver/(admission|audit-policy)\.yaml"
)
"""Files that only their owner reads because a benchmark asks for it: what is in them is in the lab's pages as well."""


def secret(path: str, mode: int) -> bool:
    """Return whether a file is its owner's alone because of what is in it."""
    return mode & 0o077 == 0 and not PLAIN.fullmatch(path)


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
        return secret(self.path, self.mode)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One symbolic link on a box: how software from the mounted cache gets its usual name."""

    path: str
    target: str
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HostFile:
    """A file on the host, under the lab's folder."""

    content: bytes
    mode: int = 0o644
