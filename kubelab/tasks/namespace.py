"""Puts the namespaces together; only needed ones are imported, so that a task starts quickly."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import invoke.collection

from kubelab import tasks

PLAIN = ("check", "test")
"""Modules whose one task is a word without a dot."""
NOT_WORDS = ("decorator", "listing", "namespace", "output", "passing", "program", "streams")
LISTS = ("-l", "--list")


def collection(words: Sequence[str] | None = None) -> invoke.collection.Collection:
    """Return the tasks that `words` (the command line, if left out) may need: all of them for `--list` and the like."""
    root = invoke.collection.Collection()
    for name in _needed(sys.argv[1:] if words is None else words):
        module = importlib.import_module(f"kubelab.tasks.{name}")
        found = invoke.collection.Collection.from_module(module)
        if name in PLAIN:
            root.add_task(found[name], name=name)
        else:
            root.add_collection(found, name=name)
    return root


def typed() -> invoke.collection.Collection:
    """Return the tasks that this command line may need; for a look around only their names and help."""
    if all(word in LISTS for word in sys.argv[1:]):
        # Imported here: nothing else needs it, and it needs this module.
        return importlib.import_module("kubelab.tasks.listing").collection()  # type: ignore[no-any-return]
    return collection()


def known() -> list[str]:
    """Return every module that holds words."""
    return [info.name for info in pkgutil.iter_modules(tasks.__path__) if info.name not in NOT_WORDS]


def _needed(words: Sequence[str]) -> list[str]:
    everything = known()
    asked = [word.split(".")[0] for word in words if not word.startswith("-")]
    named = [word for word in asked if word in everything]
    only_tasks = named and not any(word in (*LISTS, "-h", "--help", "--complete") for word in words)
    return sorted(set(named)) if only_tasks else everything
