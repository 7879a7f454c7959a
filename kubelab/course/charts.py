"""The geometry of the class's pictures: numbers only; the template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kubelab.course import statistics

WIDTH = 340
"""Units across: a telephone's width, so that letters keep their size there; a wide screen enlarges all."""
ROW = 34
"""Units from one bar to the next: its words, then the bar below them."""
HIGH = 120
LONGEST = 52
"""The most characters of a bar's words."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar with its words: `text` before it and `value` behind."""

    text: str
    value: str
    x: float
    y: float
    width: float
    height: float
    mark: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One picture: its sentence, its size, its bars."""

    title: str
    width: int
    height: int
    bars: tuple[Bar, ...]


def cut(text: str) -> str:
    """Return a text that fits above a bar."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def done(rows: Sequence[statistics.Totals]) -> Chart:
    """Return the number of students who have done each exercise."""
    bars = [
        _row(number, f"{row.exercise}: {row.title}", f"{row.done} of {row.students}", row.done / max(row.students, 1))
        for number, row in enumerate(rows)
    ]
    return _list("Who is done, by exercise", bars)


def stoppers(rows: Sequence[statistics.GoalRow]) -> Chart:
    """Return the goals that stop most students."""
    most = max((row.stopped for row in rows), default=1)
    bars = [
        _row(number, f"{row.exercise}: {row.says or row.check}", f"{row.stopped} of {row.tried}", row.stopped / most)
        for number, row in enumerate(rows)
    ]
    return _list("The goals that stop most people", bars)


def times(rows: Sequence[statistics.GoalRow]) -> Chart:
    """Return the time of each goal: the bar is the middle half of the class, the mark its median."""
    longest = max((row.minutes[2] for row in rows if row.minutes), default=1.0) or 1.0
    bars = []
    for number, row in enumerate(rows):
        low, middle, high = row.minutes or (0.0, 0.0, 0.0)
        scale = (WIDTH - 60) / longest
        bars.append(
            Bar(
                text=cut(f"{row.exercise}: {row.says or row.check}"),
                value=f"{middle:.0f} min",
                x=low * scale,
                y=number * ROW + 16,
                width=max(2.0, (high - low) * scale),
                height=10,
                mark=middle * scale,
            )
        )
    return _list("Minutes from the break to each goal: the middle half of the class, and the median", bars)


def points(counts: Sequence[int]) -> Chart:
    """Return the distribution of points over the students who handed in."""
    most = max([*counts, 1])
    step = WIDTH / len(counts)
    bars = tuple(
        Bar(
            text=str(number * 100 // len(counts)),
            value=str(count) if count else "",
            x=number * step + 2,
            y=16 + (HIGH - 16) * (1 - count / most),
            width=step - 4,
            height=(HIGH - 16) * count / most,
        )
        for number, count in enumerate(counts)
    )
    return Chart(title="Percent of all points, by number of students", width=WIDTH, height=HIGH + 18, bars=bars)


def _row(number: int, text: str, value: str, share: float) -> Bar:
    return Bar(text=cut(text), value=value, x=0, y=number * ROW + 16, width=(WIDTH - 60) * share, height=10)


def _list(title: str, bars: Sequence[Bar]) -> Chart:
    return Chart(title=title, width=WIDTH, height=max(1, len(bars)) * ROW, bars=tuple(bars))
