"""The score of one module's mutants."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Score:
    """How many of one module's mutants were tried, killed or survived."""

    module: str
    sites: int
    equivalent: int
    killed: int
    endless: int
    survivors: tuple[str, ...] = field(repr=False)

    @property
    def tried(self) -> int:
        """Return how many mutants were run."""
        return self.killed + self.endless + len(self.survivors)
