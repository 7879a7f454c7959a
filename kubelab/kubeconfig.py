"""Kubeconfig files: the lab's own, and, on request only, one context more in the person's."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kubelab import errors, pki

SECTIONS = ("clusters", "contexts", "users")


def text(*, server: str, ca: bytes, pair: pki.Pair, cluster: str, user: str, context: str) -> str:
    """Return a kubeconfig with everything in it: one cluster, one user, one context."""
    identity = {"client-certificate-data": _base64(pair.certificate), "client-key-data": _base64(pair.key)}
    return _dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": cluster, "cluster": {"server": server, "certificate-authority-data": _base64(ca)}}
            ],
            "users": [{"name": user, "user": identity}],
            "contexts": [{"name": context, "context": {"cluster": cluster, "user": user}}],
            "current-context": context,
        }
    )


def users_file() -> Path:
    """Return the person's own kubeconfig: the first of KUBECONFIG, else ~/.kube/config."""
    named = [part for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return Path(named[0]) if named else Path.home() / ".kube/config"


def merge(target: Path, addition: str, context: str) -> None:
    """Add the entries named `context` to `target`, replacing those of that name; everything else stays as it is."""
    existing = _load(target)
    new = YAML(typ="safe").load(addition)
    for section in SECTIONS:
        rows = existing.setdefault(section, []) or []
        existing[section] = [row for row in rows if row.get("name") != context] + new[section]
    existing.setdefault("current-context", context)
    _write(target, existing)


def remove(target: Path, context: str) -> bool:
    """Remove the entries named `context` from `target`; return whether there were any."""
    if not target.exists() or context not in target.read_text(encoding="utf-8"):
        return False
    existing = _load(target)
    found = False
    for section in SECTIONS:
        rows = existing.get(section) or []
        kept = [row for row in rows if row.get("name") != context]
        found = found or len(kept) != len(rows)
        existing[section] = kept
    if existing.get("current-context") == context:
        existing["current-context"] = ""
    if found:
        _write(target, existing)
    return found


def _load(path: Path) -> Any:
    if not path.exists() or not path.read_text(encoding="utf-8").strip():
        return {"apiVersion": "v1", "kind": "Config"}
    try:
        loaded = YAML().load(path.read_text(encoding="utf-8"))
    except YAMLError as problem:
        raise errors.LabError("kubeconfig-unreadable", f"{path} is not YAML", details=[str(problem)]) from problem
    if not isinstance(loaded, dict):
        raise errors.LabError("kubeconfig-unreadable", f"{path} is not a kubeconfig")
    return loaded


def _write(path: Path, content: Any) -> None:
    """Write atomically, keeping the file's mode; a new one is 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    real = path.resolve()
    mode = real.stat().st_mode & 0o777 if real.exists() else 0o600
    staged = real.with_name(real.name + ".kubelab-staged")
    staged.touch(mode=0o600)
    staged.write_text(_dump(content), encoding="utf-8")
    staged.chmod(mode)
    staged.replace(real)


def _dump(content: Any) -> str:
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 1 << 16
    stream = io.StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
