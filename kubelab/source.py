"""Runs the code of a pack from its text alone, never from compiled or stray files beside it.

Python takes a compiled file for its source's if time and size agree, and every file of a pack has the same time. So a
new pack laid over an old one would go on grading with the old code, and a crafted file could grade at will. The same
holds for a folder, or a compiled library, with a module's name: Python would take it first.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from pathlib import Path

PACKAGE = f"{__package__}."


class Loader(importlib.machinery.SourceFileLoader):
    """Compiles a file each time, and caches nothing."""

    def get_code(self, fullname: str) -> types.CodeType:
        """Return the code of the file's present text."""
        file = self.get_filename(fullname)
        code: types.CodeType = self.source_to_code(self.get_data(file), file)
        return code


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of this package: NAME.py, else the folder NAME/ with its __init__.py, and nothing else."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,  # noqa: ARG002 (importlib's signature)
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where a module of this package is; None for other packages."""
        if not fullname.startswith(PACKAGE):
            return None
        for folder in path or ():
            place = Path(folder, fullname.rpartition(".")[2])
            module, package = place.with_suffix(".py"), place / "__init__.py"
            if module.is_file():
                return _spec(fullname, module)
            if package.is_file():
                return _spec(fullname, package, [str(place)])
        raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def only() -> None:
    """From now on, load this package's modules from their text."""
    if not any(isinstance(one, Finder) for one in sys.meta_path):
        sys.meta_path.insert(0, Finder())


def load(name: str, file: Path) -> types.ModuleType:
    """Return a new module made of a file's text; raises whatever the text raises."""
    spec = _spec(name, file)
    module = importlib.util.module_from_spec(spec)
    assert spec.loader  # noqa: S101 (it is the one above)
    spec.loader.exec_module(module)
    return module


def _spec(name: str, file: Path, places: list[str] | None = None) -> importlib.machinery.ModuleSpec:
    loader = Loader(name, str(file))
    found = importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=places)
    assert found  # noqa: S101 (a loader was given)
    return found
