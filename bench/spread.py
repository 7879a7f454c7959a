"""Says how far the values of several runs are apart."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 4
"""Runs from which on quartiles say more than the values themselves."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The median of some values, the lowest and the highest, and the quartiles of enough of them."""

    median: float
    low: float
    high: float
    quartiles: tuple[float, float] | None = None

    def apart(self, other: Spread) -> bool:
        """Return whether every value here is above, or every one below, all values there."""
        return self.low > other.high or self.high < other.low

    def __str__(self) -> str:
        """Return all of it, for people."""
        quartiles = f", quartiles {self.quartiles[0]:.2f} and {self.quartiles[1]:.2f}" if self.quartiles else ""
        return f"median {self.median:.2f}, {self.low:.2f} to {self.high:.2f}{quartiles}"


def of(values: Sequence[float]) -> Spread:
    """Return the spread of at least one value."""
    cuts = statistics.quantiles(values, n=4, method="inclusive") if len(values) >= ENOUGH else None
    return Spread(
        median=statistics.median(values),
        low=min(values),
        high=max(values),
        quartiles=(cuts[0], cuts[2]) if cuts else None,
    )


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return ours divided by theirs, pair by pair in order; a last run without its pair is left out."""
    return [mine / other for mine, other in zip(ours, theirs, strict=False)]
