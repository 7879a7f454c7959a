"""Reads foreign or kept JSON: its cost is bounded before it is parsed, and its form is strict.

A short text can hold a great tree: a million empty lists take a thousand times the memory of their three megabytes once
they are values. So its tokens are counted first, without keeping any, and only then is it parsed.
"""

from __future__ import annotations

import errno
import json
import math
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

DEEPEST = 32
"""Levels of lists and objects; kubelab writes at most ten."""
VALUES = 200_000
"""Values and keys in one text: some 20 MB as Python keeps them."""
LONGEST_NUMBER = 32
"""Characters of one number; a float that Python writes has at most 25, a 64-bit integer 20."""
KEY_SHOWN = 40

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]|[^\s,:"\[\]{}]++', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_QUOTE = ord('"')
_LOST = re.compile("[\ud800-\udfff]")


class Refused(ValueError):
    """A refused text; the exception's text is a plain sentence without a subject, such as "is no JSON"."""


def read(content: bytes, *, most: int, deepest: int = DEEPEST, values: int = VALUES) -> object:
    """Return the value of a JSON text: None, bool, int, float, str, list or dict.

    `most` is in bytes, `deepest` in levels, `values` counts values and keys. Raises `Refused` for a text that is
    larger, is not UTF-8 or no JSON, names a key twice, or holds a number that JSON does not have (NaN, 1e999), a number
    of more than `LONGEST_NUMBER` characters, or half a surrogate pair, which no file and no terminal can take.
    """
    if len(content) > most:
        raise Refused(f"has more than {most} bytes")
    _bounded(content, deepest, values)
    try:
        found = json.loads(
            content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except UnicodeDecodeError as problem:
        raise Refused("is not UTF-8") from problem
    except json.JSONDecodeError as problem:
        raise Refused(f"is no JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}") from problem
    except (RecursionError, MemoryError) as problem:
        raise Refused("is too large or too deep for this computer") from problem
    if _SURROGATE.search(content):
        _refuse_lost(found)
    return found


def table(content: bytes, *, most: int, deepest: int = DEEPEST, values: int = VALUES) -> dict[str, Any]:
    """Return the object of a JSON text; raises `Refused` as `read` does, and for any other value."""
    found = read(content, most=most, deepest=deepest, values=values)
    if not isinstance(found, dict):
        raise Refused("is no JSON object")
    return found


def rows(content: bytes, *, most: int, deepest: int = DEEPEST, values: int = VALUES) -> list[Any]:
    """Return the list of a JSON text; raises `Refused` as `read` does, and for any other value."""
    found = read(content, most=most, deepest=deepest, values=values)
    if not isinstance(found, list):
        raise Refused("is no JSON list")
    return found


def content(file: Path, *, most: int, follow: bool = True) -> bytes:
    """Return a file's bytes, at most `most`; raises `Refused` for a larger file and for anything but a regular file.

    Never waits: a FIFO, a socket or a device is refused unread, as is a link that leads to itself. With `follow` false
    a symbolic link is refused too.
    Raises FileNotFoundError and the other OSErrors of opening as they are.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    if not follow and file.is_symlink():
        raise Refused("is a symbolic link")
    if file.exists() and not file.is_file():
        raise Refused("is no regular file")
    with os.fdopen(_descriptor(file, flags), "rb") as source:
        if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            raise Refused("is no regular file")
        found = source.read(most + 1)
    if len(found) > most:
        raise Refused(f"has more than {most} bytes")
    return found


def _descriptor(file: Path, flags: int) -> int:
    try:
        return os.open(file, flags)
    except OSError as problem:
        if problem.errno != errno.ELOOP:
            raise
        raise Refused("is a link that leads to itself") from problem


def _bounded(content: bytes, deepest: int, values: int) -> None:
    """Refuse a text by the cost of its tree, from its tokens alone, before any tree is made."""
    depth = count = 0
    for token in _TOKEN.finditer(content):
        first = content[token.start()]
        depth += (first in b"[{") - (first in b"]}")
        count += first not in b"]}"
        if not 0 <= depth <= deepest:
            raise Refused(
                f"is more than {deepest} levels deep" if depth > 0 else "is no JSON: a bracket is closed twice"
            )
        if count > values:
            raise Refused(f"has more than {values} values")
        if first != _QUOTE and token.end() - token.start() > LONGEST_NUMBER:
            raise Refused(f"has a number of more than {LONGEST_NUMBER} characters")


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Refused(f"names the key {twice[:KEY_SHOWN]!a} twice")
    return found


def _constant(word: str) -> NoReturn:
    raise Refused(f"has {word}, which JSON does not have")


def _float(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise Refused("has a number that is too large")
    return found


def _refuse_lost(found: object) -> None:
    """Refuse half a surrogate pair in any string or key, without recursion."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and _LOST.search(one):
            raise Refused("has half a surrogate pair, which is no character")
