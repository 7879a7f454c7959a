"""The YAML of a lab file: its plain values, the line of every place, and the flaws of the text itself."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML, events, nodes
from ruamel.yaml.error import YAMLError
from ruamel.yaml.reader import ReaderError

from kubelab import errors

LARGEST = 32 * 1024
"""Bytes; a lab file has a few hundred."""
LONG = 256 * 1024
"""Bytes of a list of students."""
DEEPEST = 20
"""Levels; a lab file has three. Depth is what makes a YAML reader slow."""
MOST = 50
"""The most problems that are reported at once."""
ESCAPE = re.compile(r"\\U(?!000|0010)[0-9a-fA-F]{8}")
"""In quotes, what Python's `chr` refuses: more than the last character."""
LOST = re.compile("[\ud800-\udfff]")
VERSION_LINE = re.compile(r"^%YAML", re.MULTILINE)
LONGEST = 60
"""Characters of a value that are repeated in a message."""
MISSING = "is missing"

Place = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """One problem, at a place given as keys and positions."""

    place: Place
    message: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """The content of a file: a flawed value is left out and listed."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def line(self, place: Place) -> int | None:
        """Return the line of a place, or of the nearest place above it that the file has."""
        found = (self.lines.get(place[:length]) for length in range(len(place), 0, -1))
        return next((line for line in found if line), None)


def read(content: bytes, file: str, most: int = LARGEST) -> Text:
    """Return the content of a file; `file` names it in errors. An empty file has none.

    Raises `lab-file-invalid` for what is not YAML, not a mapping, or too large or too deep to be a lab file.
    """
    source = _decoded(content, file, most)
    try:
        _refuse_depth_and_anchors(source, file)
        root = YAML(typ="safe", pure=True).compose(io.StringIO(source))
    except (YAMLError, RecursionError, ValueError, OverflowError, AssertionError) as problem:
        raise invalid(file, [_syntax(problem, source)]) from problem
    text = Text()
    if root is None or (isinstance(root, nodes.ScalarNode) and not root.value):
        return text
    if not isinstance(root, nodes.MappingNode):
        raise invalid(file, ["the file must be a mapping of keys such as 'machines:'"])
    text.values.update(_mapping(root, (), text))
    return text


def problems(flaws: Iterable[Flaw], text: Text) -> list[errors.Problem]:
    """Return the flaws as shown, each with its line, in the order of the file.

    A key that is only missing because its value, or a part of it, has a flaw is not said to be missing.
    """
    left_out = {flaw.place[:length] for flaw in text.flaws for length in range(len(flaw.place) + 1)}
    ordered = sorted(
        (flaw for flaw in flaws if flaw.message != MISSING or flaw.place not in left_out),
        key=lambda flaw: text.line(flaw.place) or 0,
    )
    return [errors.Problem(place=_where(flaw.place, text.line(flaw.place)), message=flaw.message) for flaw in ordered]


def invalid(file: str, found: list[Any]) -> errors.LabError:
    """Return the error that lists every problem of a file."""
    more = [f"… and {len(found) - MOST} more"] if len(found) > MOST else []
    what = f"{file} has {len(found)} problem{'s' if len(found) != 1 else ''}"
    return errors.LabError("lab-file-invalid", what, details=[*found[:MOST], *more])


def shown(value: object) -> str:
    """Return a value as a message repeats it: short, and without control characters."""
    text = value if isinstance(value, str) else str(value)
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def _decoded(content: bytes, file: str, most: int) -> str:
    if len(content) > most:
        raise invalid(file, [f"the file has more than {most} bytes; a lab file has a few hundred"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise invalid(file, [f"line {line}: not UTF-8"]) from problem


def _refuse_depth_and_anchors(source: str, file: str) -> None:
    """Refuse, before any tree is made, a text that would make the tree endless or the reader slow."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(io.StringIO(source)):
        line = event.start_mark.line + 1
        if isinstance(event, events.NodeEvent) and event.anchor is not None:
            raise invalid(file, [f"line {line}: anchors and aliases (& and *) are not used in lab files"])
        if isinstance(event, events.DocumentStartEvent) and event.version not in (None, (1, 2)):
            raise invalid(file, [f"line {line}: lab files are YAML 1.2"])
        depth += isinstance(event, events.CollectionStartEvent) - isinstance(event, events.CollectionEndEvent)
        if depth > DEEPEST:
            raise invalid(file, [f"line {line}: more than {DEEPEST} levels deep"])


def _syntax(problem: Exception, source: str) -> str:
    """Return the YAML error, with its line where the reader knows it."""
    if isinstance(problem, ReaderError):
        line = source.count("\n", 0, problem.position) + 1
        return f"line {line}: a character that YAML does not allow: {source[problem.position]!r}"
    if isinstance(problem, AssertionError):  # the reader's only answer to a %YAML line whose version it does not know
        line = VERSION_LINE.split(source, maxsplit=1)[0].count("\n") + 1
        return f"line {line}: lab files are YAML 1.2"
    if isinstance(problem, OverflowError | ValueError) and (escape := ESCAPE.search(source)):
        line = source.count("\n", 0, escape.start()) + 1
        return f"line {line}: {escape[0]} is no character"
    mark = getattr(problem, "problem_mark", None)
    said = str(getattr(problem, "problem", None) or problem).splitlines()[0]
    if r"'\t'" in said:
        said = "a tab: indent with spaces"
    elif "another document" in said:
        said = "a second document begins: a lab file is one"
    return f"line {mark.line + 1}: {said}" if mark else said


def _mapping(node: nodes.MappingNode, place: Place, text: Text) -> dict[str, Any]:
    found: dict[str, Any] = {}
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, nodes.ScalarNode):
            text.lines.setdefault((*place, "?"), line)
            text.flaws.append(Flaw(place=(*place, "?"), message="a key must be a word"))
            continue
        key = key_node.value
        text.lines[(*place, key)] = line
        if key in first:
            message = f"given twice: in line {first[key]} and in line {line}"
            text.flaws.append(Flaw(place=(*place, key), message=message))
            continue
        first[key] = line
        known = len(text.flaws)
        value = _value(value_node, (*place, key), text)
        if isinstance(value, dict) or len(text.flaws) == known:
            found[key] = value
    return found


def _value(node: nodes.Node, place: Place, text: Text) -> Any:
    """Return a node's value; a missing value, or a tag, is listed as a flaw."""
    text.lines.setdefault(place, node.start_mark.line + 1)
    tag = str(node.tag).removeprefix("tag:yaml.org,2002:")
    if isinstance(node, nodes.MappingNode) and tag == "map":
        return _mapping(node, place, text)
    if isinstance(node, nodes.SequenceNode) and tag == "seq":
        return [_value(item, (*place, index), text) for index, item in enumerate(node.value)]
    message = "tags (!) are not used in lab files"
    if isinstance(node, nodes.ScalarNode) and tag in SCALARS:
        try:
            return SCALARS[tag](node.value)
        except ValueError as problem:
            message = str(problem)
    text.flaws.append(Flaw(place=place, message=message))
    return None


def _null(_: str) -> None:
    raise ValueError("has no value: give it one, or leave the key out")


def _integer(source: str) -> int:
    if not re.fullmatch(r"[-+]?\d{1,18}", source, re.ASCII):
        raise ValueError(f"{shown(source)}: write a plain number, such as 2048")
    return int(source)


def _boolean(source: str) -> bool:
    if source.lower() not in ("true", "false"):
        raise ValueError(f"{shown(source)}: write true or false")
    return source.lower() == "true"


def _string(source: str) -> str:
    if LOST.search(source):
        raise ValueError("has half a surrogate pair, which is no character")
    return source


SCALARS: Mapping[str, Any] = {
    "str": _string,
    "null": _null,
    "bool": _boolean,
    "int": _integer,
    "float": float,
    # YAML 1.2 has none of these: they are text.
    "timestamp": str,
    "merge": str,
    "value": str,
}


def _where(place: Place, line: int | None) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{_word(part)}" for part in place)
    name = "".join(parts).removeprefix(".") or "the file"
    return f"{name} (line {line})" if line else name


def _word(part: str) -> str:
    return part if re.fullmatch(r"[\w-]{1,60}", part, re.ASCII) else shown(part)
