"""Labs rendered by the real code into a folder of the tests' own: those of the checkout, and odd ones."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from kubelab import model, paths
from kubelab.config import load
from kubelab.converge import box_state, compose

DATA = Path(__file__).parent.parent / "data"
ODD = DATA / "labs"
WRONG = "everything-wrong"
"""The one file there that is no lab."""
GIVEN = IPv4Network("192.168.63.0/24")
"""For labs that name no network: the rendered files need one, nothing is claimed."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A lab and the folder that was rendered for it."""

    lab: model.Lab
    where: paths.LabPaths
    root: Path
    """What stands in for the checkout: Vagrantfile and build/ are in it."""

    def files(self, box: str, suffix: str = "") -> Iterator[Path]:
        """Yield the files that land on a box, in order."""
        yield from (path for path in sorted((self.where.box(box) / "files").rglob(f"*{suffix}")) if path.is_file())

    def every(self, suffix: str = "") -> Iterator[Path]:
        """Yield the files that land on any box; whoever asks for some that are nowhere gets an error."""
        found = [path for machine in self.lab.machines for path in self.files(machine.name, suffix)]
        assert found, f"no file *{suffix} in lab {self.lab.name}"
        yield from found

    def rows(self, box: str) -> Mapping[str, tuple[str, ...]]:
        """Return files.tsv by path: digest, mode, owner, restarts, target."""
        rows = (row.cells for row in box_state.wanted(self.where, box).values())
        return {cells[4]: (*cells[:4], cells[5]) for cells in rows}


def sources() -> dict[str, Path]:
    """Return every lab file that is rendered: name to path."""
    found = [*paths.LABS.glob("*.yaml"), *ODD.glob("*.yaml")]
    return {path.stem: path for path in sorted(found) if path.stem != WRONG}


class Labs(Mapping[str, Rendered]):
    """Every lab by name; each is rendered when it is first asked for, as `lab.render` does it."""

    def __init__(self, root: Path) -> None:
        """Render below `root`: paths.BUILD is in there when a lab is asked for."""
        self._root = root
        self._done: dict[str, Rendered] = {}

    def __getitem__(self, name: str) -> Rendered:
        """Return a lab, rendered."""
        if name not in self._done:
            self._done[name] = self._render(sources()[name])
        return self._done[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all lab files."""
        return iter(sources())

    def __len__(self) -> int:
        """Return how many labs there are."""
        return len(sources())

    def _render(self, path: Path) -> Rendered:
        assert paths.BUILD.is_relative_to(self._root)
        spec = load.read(path)
        lab = load.lab(spec, spec.network.machines or GIVEN)
        where = paths.LabPaths(name=lab.name)
        compose.render(lab, where)
        return Rendered(lab=lab, where=where, root=self._root)


def said(words: list[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a tool that must accept what it is given; return what it prints. Its refusal is the failure's text."""
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{words[0]} refused: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def yaml_of(path: Path) -> Any:
    """Return the one document of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def not_built(what: str) -> NoReturn:
    """Skip: the cache has no such component yet."""
    pytest.skip(f"{what} has not been built here; type: ./run components.build")
