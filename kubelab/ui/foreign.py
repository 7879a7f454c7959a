"""Text that others wrote, made harmless where it is shown: on a terminal, in a page, in XML, in a table, as JSON.

Students' files and file names, what a box or a pod printed, and names of objects are such text. It may hold characters
that steer a terminal, turn the direction of writing or are no characters at all; here each becomes its number, which
is seen. Nothing is left out: two different texts stay different.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable

JOINERS = "\u200c\u200d"
"""Zero-width joiners: several scripts, and emoji, are not written without them."""
FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""What a spreadsheet takes a cell for that begins so, in wide letters too (Japanese settings)."""
SEPARATORS = str.maketrans({";": ",", "|": "/"})
"""A spreadsheet splits at what its language's settings say, quotes or not: cells hold none of those but the comma."""
_BLANK = re.compile(r"[\s'\"]*")


def text(value: str) -> str:
    """Return a text of several lines: newlines and tabs stay, whatever else would steer is shown as its number."""
    if value.isprintable():
        return value
    return _shown(value.replace("\r\n", "\n"), _escape, keep="\n\t")


def line(value: str) -> str:
    """Return a text as one line: newlines and tabs are shown as numbers, too."""
    return value if value.isprintable() else _shown(value, _escape, keep="")


def document(rows: object, *, indent: int | None = None) -> str:
    """Return JSON without a final newline: letters as they are, anything that would steer as JSON's own escape.

    Values that JSON has not got (a path, a time) are written as their text.
    """
    found = json.dumps(rows, indent=indent, ensure_ascii=False, default=str)
    return found if found.isprintable() else _shown(found, _escape_in_json, keep="\n")


def cell(value: object) -> object:
    """Return a cell of a table that no spreadsheet takes for a formula or splits, whatever its language."""
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
