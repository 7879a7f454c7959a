"""The table in the page of the architecture is the contract that import-linter proves."""

from __future__ import annotations

import graphlib
import re
import tomllib

import grimp
import pytest

from kubelab import pages, paths

PACKAGE = paths.ROOT / "kubelab"


def test_the_table_of_layers_is_the_contract() -> None:
    """Row by row from the top: the modules that there are, each in the layer whose imports are checked."""
    text = (paths.ROOT / pages.ARCHITECTURE).read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| \w+ \| (`.+?) \| .+ \|$", text)
    told = [set(re.findall(r"`([\w]+)/?`", row)) for row in rows]
    settings = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = [row for row in contracts if row["type"] == "layers"]
    layers = [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert told == [layer & there for layer in layers if layer & there]
    assert contract["exhaustive"] is True


def test_what_is_written_once_is_where_the_page_says() -> None:
    """Every module of that table is there, and so is the test that keeps it the only one."""
    text = (paths.ROOT / pages.ARCHITECTURE).read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| .+ \| `(kubelab/\S+\.py)` \| `(tests/\S+\.py)` \|$", text)
    assert len(rows) == text.count("| `tests/") > 5
    assert not [name for row in rows for name in row if not (paths.ROOT / name).is_file()]


@pytest.mark.parametrize("package", ["kubelab", "bench"])
def test_modules_import_each_other_in_no_circle(package: str) -> None:
    """Each module can be read after those that it imports: the contract of layers says so of packages only."""
    graph = grimp.build_graph(package, cache_dir=None)
    imported = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert len(tuple(graphlib.TopologicalSorter(imported).static_order())) == len(graph.modules) > 30
