"""The committed figure: what a bring-up took when it was last written, on a named computer, at a named commit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import cost, spread

FILE = Path(__file__).with_name("figure.json")
DECIDING = ("processor", "cores", "busy")
"""Facts that must be equal: CPU seconds of another processor, or beside burning processes, are other seconds."""
TELLING = ("memory", "kernel", "system", "cgroups", "docker", "vagrant", "python", "versions")
"""Facts that may explain a difference."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Facts about the computer (its version set and the commit among them), how many runs, and their spread."""

    computer: Mapping[str, str]
    runs: int
    seconds: cost.Table


@dataclass(frozen=True, kw_only=True)
class Change:
    """One value then and now, in seconds."""

    row: str
    part: str
    then: spread.Spread | None
    now: spread.Spread | None

    def __str__(self) -> str:
        """Return the difference of the medians; `*` where the runs then and now do not overlap."""
        if self.then is None or self.now is None:
            return "new" if self.now else "gone" if self.then else "-"
        return f"{self.now.median - self.then.median:+.2f}{'*' if self.now.apart(self.then) else ' '}"


def write(figure: Figure, file: Path) -> None:
    """Write the figure; seconds with two digits."""
    seconds = {name: {part: _row(found) for part, found in row.items()} for name, row in figure.seconds.items()}
    document = {"computer": dict(figure.computer), "runs": figure.runs, "seconds": seconds}
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> Figure | None:
    """Return the committed figure; None before the first."""
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    seconds = {name: {part: _spread(one) for part, one in row.items()} for name, row in found["seconds"].items()}
    return Figure(computer=found["computer"], runs=found["runs"], seconds=seconds)


def senseless(then: Figure, now: Figure) -> list[str]:
    """Return why the two do not compare; no reasons if they do."""
    return _differing(DECIDING, then, now)


def remarks(then: Figure, now: Figure) -> list[str]:
    """Return what else differs between the computers."""
    return _differing(TELLING, then, now)


def changes(then: Figure, now: Figure) -> Iterator[list[Change]]:
    """Yield each row of the two tables: rows of now in order, then those that are gone."""
    for row in dict.fromkeys((*now.seconds, *then.seconds)):
        before, after = then.seconds.get(row, {}), now.seconds.get(row, {})
        parts = cost.columns({"then": before, "now": after})
        yield [Change(row=row, part=part, then=before.get(part), now=after.get(part)) for part in parts]


def _differing(names: tuple[str, ...], then: Figure, now: Figure) -> list[str]:
    pairs = {name: (then.computer.get(name, "unknown"), now.computer.get(name, "unknown")) for name in names}
    return [f"{name}: {before} then, {after} now" for name, (before, after) in pairs.items() if before != after]


def _row(found: spread.Spread) -> dict[str, Any]:
    rounded = {name: round(getattr(found, name), 2) for name in ("median", "low", "high")}
    return {**rounded, "quartiles": [round(value, 2) for value in found.quartiles]} if found.quartiles else rounded


def _spread(row: Mapping[str, Any]) -> spread.Spread:
    quartiles = tuple(row["quartiles"]) if "quartiles" in row else None
    return spread.Spread(**{**row, "quartiles": quartiles})
