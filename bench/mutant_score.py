"""What came of the mutants of one module."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Score:
    """What came of one module's mutants."""

    module: str
    sites: int
    equivalent: int
    killed: int
    endless: int
    survivors: tuple[str, ...] = field(repr=False)

    @property
    def tried(self) -> int:
        """Return how many were run."""
        return self.killed + self.endless + len(self.survivors)
