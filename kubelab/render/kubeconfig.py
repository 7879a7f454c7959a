"""A kubeconfig as text: of a lab, of a box's component, or one that was read and changed."""

from __future__ import annotations

import base64
import io
from typing import Any

from ruamel.yaml import YAML

from kubelab.pki import certlist


def text(*, server: str, ca: bytes, pair: certlist.Pair, cluster: str, user: str, context: str) -> str:
    """Return a self-contained kubeconfig: one cluster, one user, one context."""
    identity = {"client-certificate-data": _base64(pair.certificate), "client-key-data": _base64(pair.key)}
    reach = {"server": server, "certificate-authority-data": _base64(ca)}
    return dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": reach}],
            "users": [{"name": user, "user": identity}],
            "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
            "current-context": context,
        }
    )


def yaml() -> YAML:
    """Return a reader and writer of kubeconfigs that keeps comments and quotes."""
    found = YAML()
    found.preserve_quotes = True  # kubectl reads YAML 1.1, to which an unquoted no is false
    found.default_flow_style = False
    found.width = 1 << 16
    return found


def dump(content: Any) -> str:
    """Return a kubeconfig as text."""
    stream = io.StringIO()
    yaml().dump(content, stream)
    return stream.getvalue()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
