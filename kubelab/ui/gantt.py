"""Draws durations as an SVG: lanes of bars on one clock. Pure; without scripts and outside resources."""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LEFT, WIDTH, RIGHT = 16, 860, 24
ROW, BAR, HEAD = 20, 13, 30
TICKS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
"""Seconds between two lines of the clock: the first that gives no more than twelve of them.

Behind the last come its doubles: a clock that was set meanwhile makes a step of years.
"""
LABEL = 6.4
"""Approximate width of a letter: a label that does not fit behind its bar goes in front of it."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One stretch of time in a lane, in seconds after the start; `kind` chooses the colour."""

    lane: str
    name: str
    begin: float
    end: float
    kind: str = "step"

    @property
    def took(self) -> float:
        """Return its length in seconds."""
        return self.end - self.begin


def svg(bars: Sequence[Bar], seconds: float) -> str:
    """Return the picture of all bars, lanes in the order in which they appear, `seconds` wide."""
    lanes = [(lane, list(rows)) for lane, rows in itertools.groupby(bars, key=lambda bar: bar.lane)]
    height = HEAD + sum(HEAD + ROW * len(rows) for _, rows in lanes) + ROW
    whole = max(seconds, *(bar.end for bar in bars), 1.0)
    parts = [*_clock(whole, height), *_lanes(lanes, whole)]
    size = f'viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">\n' + "\n".join(parts) + "\n</svg>"


def _clock(whole: float, height: int) -> Iterator[str]:
    doubles = (TICKS[-1] << number for number in itertools.count(1))
    step = next(tick for tick in itertools.chain(TICKS, doubles) if whole / tick <= 12)
    for number in range(int(whole // step) + 1):
        x = _x(number * step, whole)
        yield f'<line class="tick" x1="{x}" y1="{HEAD - 8}" x2="{x}" y2="{height - ROW}"/>'
        yield f'<text class="clock" x="{x}" y="{HEAD - 14}">{number * step} s</text>'


def _lanes(lanes: Sequence[tuple[str, list[Bar]]], whole: float) -> Iterator[str]:
    y = HEAD
    for lane, rows in lanes:
        y += HEAD
        yield f'<text class="lane" x="{LEFT}" y="{y - 8}">{html.escape(lane)}</text>'
        for bar in rows:
            yield _bar(bar, y, whole)
            y += ROW


def _bar(bar: Bar, y: int, whole: float) -> str:
    begin, end = _x(bar.begin, whole), _x(bar.end, whole)
    name = html.escape(bar.name)
    words = f"{name} {bar.took:.1f} s" if bar.took >= 0.05 else name
    behind = end + 6 + LABEL * len(words) < LEFT + WIDTH + RIGHT
    x, anchor = (end + 6, "start") if behind else (begin - 6, "end")
    title = f"{name}: {bar.begin:.1f} s to {bar.end:.1f} s"
    return (
        f'<g><title>{title}</title><rect class="{html.escape(bar.kind)}" x="{begin}" y="{y}"'
        f' width="{max(2.0, round(end - begin, 1))}" height="{BAR}" rx="2"/>'
        f'<text x="{round(x, 1)}" y="{y + 11}" text-anchor="{anchor}">{words}</text></g>'
    )


def _x(seconds: float, whole: float) -> float:
    return round(LEFT + WIDTH * seconds / whole, 1)
