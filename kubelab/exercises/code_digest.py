"""The digest of the code that judges exercises: when it changes, one variant of each is proven anew."""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

from kubelab import paths

ROOTS = (
    "kubelab.exercises.looks",
    "kubelab.exercises.identity",
    "kubelab.checks",
    "kubelab.exercises.guards",
    "kubelab.exercises.grade",
)
"""The code that an exercise's checks may import, and the code that judges them."""
PACKAGES = ("kubelab.exercises.", "kubelab.checks")
"""The packages of that code: the lab's own tests prove the doors under it (the API, ssh)."""
APART = ("attempt", "library", "exercise_file", "variants", "reboot")
"""Modules of exercises that keep and read, and judge nothing."""


@functools.cache
def digest() -> str:
    """Return it, 12 hexadecimal digits: comments, docstrings and layout do not count."""
    whole = hashlib.sha256()
    for name, path in sorted(modules().items()):
        whole.update(f"{name}\0{meaning(path.read_text(encoding='utf-8'))}\0".encode())
    return whole.hexdigest()[:12]


def modules() -> dict[str, Path]:
    """Return the counted modules: name to file."""
    found: dict[str, Path] = {}
    todo = list(ROOTS)
    while todo:
        name = todo.pop()
        path = _file(name)
        if path is None or name in found or not _counts(name):
            continue
        found[name] = path
        todo += _imported(path)
    return found


def meaning(source: str) -> str:
    """Return a module's syntax tree as text, without docstrings and comments."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [row for row in body if not _words(row)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _words(row: ast.stmt) -> bool:
    return isinstance(row, ast.Expr) and isinstance(row.value, ast.Constant) and isinstance(row.value.value, str)


def _counts(name: str) -> bool:
    return name.startswith(PACKAGES) and name.rpartition(".")[2] not in APART


def _file(name: str) -> Path | None:
    place = paths.ROOT / name.replace(".", "/")
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _imported(path: Path) -> Iterator[str]:
    """Yield the names that a module imports, as modules and as names in them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
