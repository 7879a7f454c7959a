"""Makes foreign text harmless for display: on a terminal, in a page, in XML, in a table, as JSON.

Students' files and file names, output of boxes and pods, and names of objects are foreign. They may hold characters
that steer a terminal, turn the direction of writing or are no characters at all; here each becomes its visible number.
Nothing is left out: two different texts stay different.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable

JOINERS = "\u200c\u200d"
"""Zero-width joiners: several scripts, and emoji, need them."""
FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""Beginnings that make a spreadsheet take a cell for a formula, in wide letters too (Japanese settings)."""
SEPARATORS = str.maketrans({";": ",", "|": "/"})
"""Separators of spreadsheets in any language's settings, which split even quoted cells; the comma may stay."""
_BLANK = re.compile(r"[\s'\"]*")


def text(value: str) -> str:
    """Return a text of several lines: newlines and tabs stay, other control characters become their number."""
    if value.isprintable():
        return value
    return _shown(value.replace("\r\n", "\n"), _escape, keep="\n\t")


def line(value: str) -> str:
    """Return a text as one line: newlines and tabs become their numbers, too."""
    return value if value.isprintable() else _shown(value, _escape, keep="")


def document(rows: object, *, indent: int | None = None) -> str:
    """Return JSON without a final newline: letters as they are, control characters as JSON's own escape.

    Values that JSON does not have (a path, a time) are written as their text.
    """
    found = json.dumps(rows, indent=indent, ensure_ascii=False, default=str)
    return found if found.isprintable() else _shown(found, _escape_in_json, keep="\n")


def cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula or splits, in any language."""
    if not isinstance(value, str):
        return value
    shown = line(value).translate(SEPARATORS)
    begin = _BLANK.match(shown)
    return f"'{shown}" if begin and shown[begin.end() : begin.end() + 1] in tuple(FORMULA) else shown


def _shown(value: str, escape: Callable[[str], str], keep: str) -> str:
    return "".join(letter if _harmless(letter) or letter in keep else escape(letter) for letter in value)


def _harmless(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"


def _escape(letter: str) -> str:
    number = ord(letter)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _escape_in_json(letter: str) -> str:
    return json.dumps(letter)[1:-1] if letter != "\x7f" else "\\u007f"
