"""A file or link on a box: its path, its content, and the units to restart when it changes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

PLAIN = re.compile(
    r"/etc/kubernetes/manifests/[^/]+\.yaml|/etc/systemd/system/[^/]+\.service|/etc/cni/net\.d/[^/]+\.conflist"
    r"|/etc/kubernetes/(kubelet|kube-proxy)/config\.yaml|/etc/kubernetes/kube-apiserver/(admission|audit-policy)\.yaml"
)
"""Files that are 0600 only because a benchmark asks for it: their content is also in the lab's pages."""


def secret(path: str, mode: int) -> bool:
    """Return whether the content of a file is secret, so that only its owner may read it."""
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
        """Return whether only the owner may read it: such a file never enters an archive or a log."""
        return secret(self.path, self.mode)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One symbolic link on a box: the usual name of a program from the mounted cache."""

    path: str
    target: str
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HostFile:
    """A file on the host, under the lab's folder."""

    content: bytes
    mode: int = 0o644
