"""A scene whose lab gives the answers of its test and refuses other questions; objects as the API shows them."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import labs_data

from kubelab import checks, paths
from kubelab.clients import kube_api
from kubelab.exercises import answers, baseline_objects, library, scene

Found = Mapping[str, Any]


class Lab:
    """A scene: objects by path (a list is a collection), what boxes print by a part of the command, values."""

    def __init__(
        self,
        found: Mapping[str, Any] | None = None,
        *,
        prints: Mapping[str, str] | None = None,
        before: Mapping[baseline_objects.Key, kube_api.Json] | None = None,
        root: Path | None = None,
        **values: str,
    ) -> None:
        """Keep what is to be answered."""
        self.lab = labs_data.lab()
        self.found, self.prints = dict(found or {}), dict(prints or {})
        self.was = dict(before or {})
        where = paths.LabPaths(name=self.lab.name) if root is None else cast("paths.LabPaths", root)
        self.view = types.SimpleNamespace(lab=self.lab, where=where, api=None, lab_machine=self._machine)
        masters = {"control_plane": self.lab.control_plane[0].name, "etcd": self.lab.etcd[0].name}
        self.values = {**masters, "target": self.lab.workers[0].name, **values}

    @property
    def target(self) -> Any:
        """Return the machine that the variant is about."""
        return self._machine(self.values["target"])

    def _machine(self, name: str) -> Any:
        return next(machine for machine in self.lab.machines if machine.name == name)

    def value(self, name: str) -> str:
        """Return a value."""
        return self.values[name]

    def before(self, *, broken: bool = True) -> baseline_objects.Objects:
        """Return what there was."""
        _ = broken
        return baseline_objects.Objects(found=self.was)

    def find(self, path: str, **query: str) -> Any:
        """Return an object, None if the test has none."""
        assert path in self.found or "/namespaces/" in path, f"nobody said what is at {path} {query}"
        return self.found.get(path)

    def get(self, path: str, **query: str) -> Any:
        """Return an object; the test has it."""
        assert path in self.found, f"nobody said what is at {path} {query}"
        found = self.found[path]
        if isinstance(found, dict) and str(found.get("kind", "")).endswith("List"):
            return answers.of(path, found)  # a whole answer is held to what the API's own must have
        return {"items": found} if isinstance(found, list) else found

    def items(self, path: str, **query: str) -> Any:
        """Return a collection; the test has it."""
        return list(self.get(path, **query)["items"])

    def read(self, machine: object, command: str, timeout: float = 10) -> str:
        """Return what the box prints."""
        for part, said in self.prints.items():
            if part in command:
                if said.startswith("FAILS"):
                    raise checks.Wrong(said)
                return said
        raise AssertionError(f"nobody said what {machine} prints for {command} ({timeout})")


def check(exercise: str, name: str) -> Callable[..., None]:
    """Return a check of a shipped exercise."""
    return library.function(library.functions(library.find(exercise)), name)


def verdict(look: Callable[..., None], lab: Lab, *more: object) -> str:
    """Return what a check says is wrong; empty if it holds. Anything but `Wrong` is the test's failure."""
    try:
        look(cast("scene.Scene", lab), *more)
    except checks.Wrong as problem:
        return str(problem) or "wrong"
    return ""
