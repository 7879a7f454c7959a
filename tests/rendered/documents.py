"""Judges documents by the fields that their programs accept; see tests/data/schema/README.md."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import rendering
import yaml

NEWEST = "1.37"
"""The version set whose programs judge a document unless another is named."""


class StrictLoader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: a key that stands twice is an error."""


def _mapping(loader: StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    assert not twice, f"written twice: {twice}"
    return dict(loader.construct_mapping(node, deep=True))


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@functools.cache
def schemas(of: str = NEWEST) -> dict[str, Any]:
    """Return the schema of a version set."""
    file = rendering.DATA / f"schema/schema-{of}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def objects(path: Path) -> list[dict[str, Any]]:
    """Return the documents of a YAML file; a file without one is an error."""
    found = list(yaml.load_all(path.read_text(encoding="utf-8"), StrictLoader))
    assert found, f"{path} is empty"
    return found


def images(item: Any) -> Iterator[str]:
    """Yield every image that an object names, wherever."""
    if isinstance(item, dict):
        yield from (value for key, value in item.items() if key == "image" and isinstance(value, str))
        for value in item.values():
            yield from images(value)
    elif isinstance(item, list):
        for value in item:
            yield from images(value)


def kind(document: dict[str, Any]) -> str:
    """Return how the schema names a document's kind."""
    return f"{document['apiVersion']}/{document['kind']}"


def problems(document: Any, root: str, of: str = NEWEST) -> Iterator[str]:
    """Yield what is wrong with a document, each at its place."""
    whole = schemas(of)
    if root not in whole["kinds"]:
        yield f"{root}: the schema has no such kind; if it is a real one, add it to tests/data/schema/reduce.py"
        return
    judge = jsonschema.Draft7Validator({**whole["kinds"][root], "definitions": whole["definitions"]})
    for problem in judge.iter_errors(document):
        yield f"{root} {problem.json_path}: {problem.message[:200]}"


def judged(path: Path, of: str = NEWEST) -> list[str]:
    """Return what is wrong with the documents of a file that says its kinds itself."""
    return [f"{path.name}: {problem}" for item in objects(path) for problem in problems(item, kind(item), of)]
