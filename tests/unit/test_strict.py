"""One strict base for every model that reads a file, and one form for the file's mistakes."""

from __future__ import annotations

import ast
import enum
import re
from pathlib import Path
from typing import Annotated

import pydantic
import pytest

from kubelab import paths
from kubelab.config import schema, strict, yaml_reader
from kubelab.course import course_file
from kubelab.exercises import exercise_file


class Colour(enum.StrEnum):
    """Two words."""

    RED = "red"
    LIGHT_GREEN = "light-green"


class Inner(strict.Strict):
    """What a list holds."""

    name: Annotated[str, strict.matching(re.compile("[a-z]+"), "name: small letters")]


class Outer(strict.Strict):
    """A file."""

    count: Annotated[int, pydantic.Field(ge=1, le=9)]
    colour: Annotated[Colour, strict.choice(Colour)] = Colour.RED
    rows: list[Inner]
    value: str | int = 0


def keys(place: yaml_reader.Place) -> list[str]:
    """Return the keys under a place of the file."""
    return list((Inner if place else Outer).model_fields)


GOOD = {"count": 1, "rows": [{"name": "a"}]}
WRONG: dict[str, tuple[dict[str, object], yaml_reader.Place, str]] = {
    "a near key": ({"cuont": 1}, ("cuont",), "unknown key; did you mean 'count'?"),
    "a far key": ({"zzz": 1}, ("zzz",), "unknown key; known: count, colour, rows, value"),
    "a key called as pydantic calls a type": ({"str": 1}, ("str",), "unknown key; known: count, colour, rows, value"),
    "a key deeper": (
        {"rows": [{"name": "a", "nmae": "b"}]},
        ("rows", 0, "nmae"),
        "unknown key; did you mean 'name'?",
    ),
    "a missing key": ({"rows": [{}]}, ("rows", 0, "name"), "is missing"),
    "text for a number": ({"count": "1"}, ("count",), "must be a whole number, without quotes"),
    "a number for text": ({"rows": [{"name": 1}]}, ("rows", 0, "name"), "must be text: put it in quotes"),
    "no list": ({"rows": {}}, ("rows",), "must be a list such as [a, b]"),
    "no mapping": ({"rows": [1]}, ("rows", 0), "must be a mapping such as {key: value}"),
    "too small": ({"count": 0}, ("count",), "must be at least 1"),
    "too large": ({"count": 10}, ("count",), "must be at most 9"),
    "a near word": ({"colour": "lightgreen"}, ("colour",), "'lightgreen' is none of red, light-green; did you mean"),
    "another pattern": ({"rows": [{"name": "A"}]}, ("rows", 0, "name"), "'A' is no name: small letters"),
    "neither of two types": ({"value": []}, ("value",), "must be text: put it in quotes"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_flaw_is_told_at_its_place(case: str) -> None:
    """Each kind of mistake has its words, at the key and position where it stands, with the nearest word if one is."""
    values, place, message = WRONG[case]
    with pytest.raises(pydantic.ValidationError) as caught:
        Outer.model_validate({**GOOD, **values})
    first = strict.flaws(caught.value, keys)[0]
    assert first.place == place
    assert first.message.startswith(message)


def test_every_flaw_is_told_at_once() -> None:
    """Two mistakes are two flaws."""
    with pytest.raises(pydantic.ValidationError) as caught:
        Outer.model_validate({"count": 0, "rows": 1})
    assert [flaw.place for flaw in strict.flaws(caught.value, keys)] == [("count",), ("rows",)]


def test_a_model_is_strict() -> None:
    """No text is taken for a number, no key is dropped, nothing is changed later, and no value stands in an error."""
    assert Outer.model_validate(GOOD).colour is Colour.RED
    with pytest.raises(pydantic.ValidationError) as caught:
        Outer.model_validate({**GOOD, "count": "secret-7"})
    assert "secret-7" not in str(caught.value)
    with pytest.raises(pydantic.ValidationError):
        Outer.model_validate(GOOD).count = 2


def test_every_model_has_the_one_base() -> None:
    """No module has a pydantic base of its own: what one file refuses, every file refuses."""
    bases: dict[str, list[str]] = {}
    for path in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for base in node.bases if isinstance(node, ast.ClassDef) else ():
                bases.setdefault(ast.unparse(base), []).append(str(path.relative_to(paths.ROOT)))
    assert bases["pydantic.BaseModel"] == ["kubelab/config/strict.py"]
    assert {path.rpartition("/")[2] for path in bases["strict.Strict"]} == {
        "board.py", "bundle_manifest.py", "course_file.py", "exercise_file.py", "lab_diff.py", "pack.py", "schema.py"
    }  # fmt: skip


SPECS = (schema.Spec, exercise_file.Spec, course_file.CourseSpec, course_file.RollSpec)


@pytest.mark.parametrize("spec", SPECS)
def test_every_file_that_people_write_is_read_so(spec: type[pydantic.BaseModel]) -> None:
    """Lab file, exercise, course and roll."""
    assert issubclass(spec, strict.Strict)


def test_an_exercise_with_a_key_called_str_is_told() -> None:
    """A key with the name of a type is an unknown key like any other."""
    _, flaws = exercise_file.shape({"str": 1})
    assert any(flaw.place == ("str",) and flaw.message.startswith("unknown key") for flaw in flaws)


FILES: dict[str, bytes] = {
    "larger than allowed": b'{"count": 1, "rows": []}' + b" " * 200,
    "a key twice": b'{"count": 1, "count": 2, "rows": []}',
    "no JSON": b"{",
    "another shape": b'{"count": "1", "rows": []}',
    "too deep": b'{"count": 1, "rows": ' + b"[" * 40 + b"]" * 40 + b"}",
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_kept_is_read_strictly(case: str, tmp_path: Path) -> None:
    """What was damaged, or made by somebody else, is a ValueError; a good file is its model, an absent one OSError."""
    shape = pydantic.TypeAdapter(Outer)
    file = tmp_path / "kept.json"
    with pytest.raises(FileNotFoundError):
        strict.of_file(shape, file, most=100)
    file.write_bytes(b'{"count": 1, "rows": [{"name": "a"}]}')
    assert strict.of_file(shape, file, most=100) == Outer.model_validate(GOOD)
    file.write_bytes(FILES[case])
    with pytest.raises(ValueError):
        strict.of_file(shape, file, most=100)
