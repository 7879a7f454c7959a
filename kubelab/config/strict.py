"""The strict base of every model that reads a file, and its problems: each at its place, with the nearest known
word."""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from kubelab.config import yaml_reader
from kubelab.files import strictjson

Word = TypeVar("Word", bound=enum.StrEnum)
Keys = Callable[[yaml_reader.Place], Iterable[str]]
"""Returns the keys that may stand under a place of a file."""
MESSAGES: Mapping[str, str] = {
    "missing": yaml_reader.MISSING,
    "string_type": "must be text: put it in quotes",
    "int_type": "must be a whole number, without quotes",
    "list_type": "must be a list such as [a, b]",
    "model_type": "must be a mapping such as {{key: value}}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "value_error": "{error}",
}
"""pydantic's name of a problem to plain words; any other problem keeps pydantic's words."""
TAGS = ("str", "int", "[key]")
"""What pydantic adds to the place of a value that may be of several types, and of a mapping's key."""


Shape = TypeVar("Shape")


class Strict(pydantic.BaseModel):
    """A frozen model that takes only its own keys, each of its own type."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def choice(words: type[Word]) -> pydantic.PlainValidator:
    """Return the validator of a key that has one of these words."""

    def choose(value: object) -> Word:
        known = [str(word) for word in words]
        if isinstance(value, str) and value in known:
            return words(value)
        raise ValueError(f"{yaml_reader.shown(value)} is none of {', '.join(known)}{did_you_mean(value, known)}")

    return pydantic.PlainValidator(choose)


def matching(pattern: re.Pattern[str], wanted: str) -> pydantic.AfterValidator:
    """Return the validator of a text that a pattern matches as a whole; `wanted` describes a right one."""

    def match(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{yaml_reader.shown(value)} is no {wanted}")
        return value

    return pydantic.AfterValidator(match)


def of_file(shape: pydantic.TypeAdapter[Shape], file: Path, *, most: int) -> Shape:
    """Return what a file of JSON holds, of at most so many bytes.

    Raises OSError, `strictjson.Refused` for what is no strict JSON, and `pydantic.ValidationError` for another shape:
    both are ValueErrors.
    """
    content = strictjson.content(file, most=most)
    strictjson.read(content, most=most)
    return shape.validate_json(content, strict=True)


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest known word, empty if none is near."""
    near = difflib.get_close_matches(str(word)[: yaml_reader.LONGEST].lower().replace("_", "-"), list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def flaws(problem: pydantic.ValidationError, keys: Keys) -> list[yaml_reader.Flaw]:
    """Return everything that a model refused, each at its place in the file."""
    return [_flaw(row, keys) for row in problem.errors(include_url=False)]


def _flaw(row: Any, keys: Keys) -> yaml_reader.Flaw:
    place: yaml_reader.Place = row["loc"]
    if row["type"] == "extra_forbidden":
        known = list(keys(place[:-1]))
        near = did_you_mean(place[-1], known) or "; known: " + ", ".join(known)
        return yaml_reader.Flaw(place=place, message=f"unknown key{near}")
    known_as = MESSAGES.get(row["type"])
    message = known_as.format(**row.get("ctx", {})) if known_as else str(row["msg"])
    return yaml_reader.Flaw(place=tuple(part for part in place if part not in TAGS), message=message)
