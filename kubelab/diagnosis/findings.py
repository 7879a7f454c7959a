"""One finding of a probe: the cause's name, its place, the lines that show it."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field

SHOWN = 6
"""Lines of evidence that one finding shows: `look next` shows more."""
WIDEST = 220


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A cause at a place, with its evidence; `values` fill the holes of the cause's commands."""

    cause: str
    lines: tuple[str, ...]
    box: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    sure: bool = True
    """False if the only evidence is a missing answer: a slow computer looks the same."""

    also: tuple[Mapping[str, str], ...] = ()
    """Values of the findings that were merged into this one: each must be mended as well."""

    def merged(self, other: Finding) -> Finding:
        """Return both as one: the lines of both, each once, and the values of both."""
        return Finding(
            cause=self.cause,
            box=self.box,
            lines=tuple(dict.fromkeys((*self.lines, *other.lines))),
            values={**other.values, **self.values},
            sure=self.sure or other.sure,
            also=(*self.also, other.values, *other.also),
        )

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return the lines to show, bounded in number and length."""
        lines = [line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…" for line in self.lines]
        return tuple(lines[:SHOWN])


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a command with its holes filled; an unknown value stays readable as `NAME`.

    What is filled in between quotes stays between them: a value may have quotes of its own, and names from a box or
    the cluster must not end the command there.
    """
    pieces = [_filled(piece, values) for piece in text.split("'")]
    return "'".join(piece.replace("'", r"'\''") if number % 2 else piece for number, piece in enumerate(pieces))


def _filled(text: str, values: Mapping[str, str]) -> str:
    names = [name for _, name, _, _ in string.Formatter().parse(text) if name]
    return text.format_map({name: values.get(name, name.upper()) for name in names})
