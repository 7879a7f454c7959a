"""Writes to a person's terminal: all output passes `foreign.text`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import rich.console
import rich.segment

from kubelab.ui import foreign


class Console(rich.console.Console):
    """A console on which no text can steer the terminal; colours and pictures come from styles alone."""

    def render(
        self, renderable: rich.console.RenderableType, options: rich.console.ConsoleOptions | None = None
    ) -> Iterable[rich.segment.Segment]:
        """Yield the printed segments, each with harmless text."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield rich.segment.Segment(foreign.text(segment.text), segment.style)


def write(text: str) -> None:
    """Write text to standard output, without characters that would steer a terminal."""
    sys.stdout.write(foreign.text(text))


def complain(text: str) -> None:
    """Write text to standard error."""
    sys.stderr.write(foreign.text(text))


def document(rows: object, *, indent: int | None = None) -> None:
    """Write one JSON document, and a newline, to standard output."""
    sys.stdout.write(f"{foreign.document(rows, indent=indent)}\n")
