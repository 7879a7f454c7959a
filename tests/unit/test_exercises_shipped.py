"""Rules for every file of every shipped exercise: it names nothing of one lab and imports nothing else."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from kubelab import paths
from kubelab.exercises import code_digest, library

OF_ONE_LAB = re.compile(
    r"\b10\.[0-9]+\.[0-9]|\b192\.168\b|//192\b|kube-master|kube-worker|\betcd-0\d|cluster\.local|kubelab-default"
)
"""Ranges and names of labs: the value of the scene is meant, which another lab has otherwise."""
ALLOWED = {"kubelab.exercises.looks", "kubelab.exercises.identity", "kubelab.checks", "kubelab.exercises.looks.Scene"}
LIBRARIES = {"cryptography", "requests", "__future__"}
"""Beside the standard library: what reads certificates, and HTTP."""
FILES = sorted(
    path for path in (*library.FOLDER.rglob("*"), *(paths.TEMPLATES / "exercise").rglob("*")) if path.is_file()
)


@pytest.mark.parametrize(
    "path", [row for row in FILES if "__pycache__" not in row.parts], ids=lambda row: "/".join(row.parts[-3:])
)
def test_no_exercise_has_anything_of_one_lab_in_it(path: Path) -> None:
    """Addresses, machines' names and the domain are values: the same exercise is solved in a lab with others."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [f"line {number}: {line.strip()}" for number, line in enumerate(lines, 1) if OF_ONE_LAB.search(line)]
    assert not found


@pytest.mark.parametrize(
    "text", ["10.3.0.1", "10.2.4.5", ": http://192", "192.168.56.111", "kube-worker-02", "etcd-01"]
)
def test_what_is_of_one_lab_is_seen(text: str) -> None:
    """The examples that were found in exercises; a value, a port and a version are none."""
    assert OF_ONE_LAB.search(f"a {text} b")
    assert not OF_ONE_LAB.search("$API_SERVICE {{ dns }} 10250 v1.10.2 etcd-backup /etc/etcd 127.0.0.1")


def imported(text: str) -> set[str]:
    """Return the names that a module imports, each with what it takes from there."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def foreign(text: str) -> set[str]:
    """Return what a module imports beside what exercises may."""
    names = imported(text)
    ours = {name for name in names if name.split(".")[0] == "kubelab"}
    others = {name for name in names - ours if name.split(".")[0] not in LIBRARIES | set(sys.stdlib_module_names)}
    return others | (ours - ALLOWED)


@pytest.mark.parametrize("path", [row for row in FILES if row.name == "checks.py"], ids=lambda row: row.parts[-2])
def test_checks_import_what_is_judged_with_them(path: Path) -> None:
    """Only looks, identity and kubelab.checks: what a verdict rests on is in the digest of a proof's row."""
    assert not foreign(path.read_text(encoding="utf-8"))


def test_a_foreign_import_is_seen() -> None:
    """Also one inside a function."""
    assert foreign("from kubelab import checks, clients\n") == {"kubelab.clients"}
    assert foreign("def look():\n    from kubelab.exercises import attempt\n    import yaml\n") == {
        "kubelab.exercises.attempt",
        "yaml",
    }


def test_the_digest_covers_all_that_judges() -> None:
    """Every module that checks may import is in it, with what those import of the same kind; keepers are not."""
    found = set(code_digest.modules())
    assert {
        *code_digest.ROOTS,
        "kubelab.exercises.scene",
        "kubelab.exercises.answers",
        "kubelab.checks.cluster",
    } <= found
    assert not {f"kubelab.exercises.{name}" for name in code_digest.APART} & found
    assert "kubelab.clients.kube_api" not in found


def test_comments_make_no_other_digest() -> None:
    """What a module says to Python counts, and nothing else of it."""
    plain = "def f(x):\n    return x > 1\n"
    assert code_digest.meaning(plain) == code_digest.meaning(
        '"""A."""\n# b\ndef f(x):\n    """C."""\n    return x>1 # d\n'
    )
    assert code_digest.meaning(plain) != code_digest.meaning("def f(x):\n    return x > 2\n")
    assert code_digest.meaning('def f():\n    """Only words."""\n') == code_digest.meaning("def f():\n    pass\n")
    assert re.fullmatch(r"[0-9a-f]{12}", code_digest.digest())
