"""The live picture on a terminal: the phase, the remaining time, and a line for every box."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence

import rich.console
import rich.table
import rich.text

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAMES_PER_SECOND = 10


def picture(
    phases: Sequence[tuple[str, str, float]], boxes: Mapping[str, str], remaining: float | None
) -> rich.console.RenderableType:
    """Return the picture of one moment: (phase, its detail, seconds so far), box to its detail, seconds left."""
    lines: list[rich.console.RenderableType] = []
    frame = SPINNER[int(time.monotonic() * FRAMES_PER_SECOND) % len(SPINNER)]
    for depth, (name, doing, seconds) in enumerate(phases):
        line = rich.text.Text(" " * depth + f" {frame} ", no_wrap=True, overflow="ellipsis")
        line.append(f"{name:<{34 - depth}}", style="bold")
        line.append(f" {seconds:6.1f} s  ")
        if depth == 0 and remaining is not None:
            line.append(f"about {remaining:.0f} s remain  ", style="cyan")
        lines.append(line.append(doing, style="dim"))
    if boxes:
        lines.append(_boxes(boxes))
    return rich.console.Group(*lines)


def _boxes(boxes: Mapping[str, str]) -> rich.table.Table:
    table = rich.table.Table(box=None, show_header=False, padding=(0, 1, 0, 3))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for name, doing in itertools.islice(boxes.items(), 16):
        table.add_row(name, rich.text.Text(doing, style="dim"))
    return table
