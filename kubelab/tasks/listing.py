"""The words with their first lines, read from the source: `./run --list` imports no task and answers at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import invoke.collection
import invoke.tasks

from kubelab.tasks import namespace


def collection() -> invoke.collection.Collection:
    """Return every word with its help; none of them can be run."""
    root = invoke.collection.Collection()
    for name in namespace.known():
        stubs = list(_stubs(Path(__file__).with_name(f"{name}.py")))
        if name in namespace.PLAIN:
            root.add_task(stubs[0], name=name)
        else:
            root.add_collection(invoke.collection.Collection(name, *stubs))
    return root


def _stubs(module: Path) -> Iterator[invoke.tasks.Task[Any]]:
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).split("(")[0] == "decorator.task":
                    yield _stub(node, decorator)


def _stub(node: ast.FunctionDef, decorator: ast.expr) -> invoke.tasks.Task[Any]:
    """Return a task with a function's help and name: the decorator's `name`, or the function's own."""

    def nothing(_: object) -> None:
        """Do nothing: it is only listed."""

    nothing.__doc__ = ast.get_docstring(node, clean=False)
    options = decorator.keywords if isinstance(decorator, ast.Call) else []
    given = [str(row.value.value) for row in options if row.arg == "name" and isinstance(row.value, ast.Constant)]
    return invoke.tasks.Task(nothing, name=(given or [node.name])[0])
