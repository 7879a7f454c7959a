"""Mutations: for each goal a script that breaks just that goal of a solved lab, and names the goals that go with it.

They prove the checks: a goal that no change can redden, or that is red only together with another one, tells nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kubelab.exercises import library

FOLDER = "mutations"
UNDO = "undo-"
"""Before a goal's name: the script that takes its mutation back, if files, units and objects are not enough."""
ALSO = re.compile(r"^# also red: ([a-z0-9_, ]+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """The mutation of one goal: its script, all goals that are red after it, and its undo script (None: restored)."""

    goal: str
    script: Path
    reds: frozenset[str]
    undo: Path | None


def of(exercise: library.Exercise) -> tuple[Mutation, ...]:
    """Return the mutations of an exercise, ordered by name; a single goal needs none: the break is its mutation."""
    scripts = {path.stem: path for path in exercise.scripts(FOLDER)}
    return tuple(
        Mutation(
            goal=name,
            script=path,
            reds=frozenset({name, *_also(path)}),
            undo=scripts.get(f"{UNDO}{name}"),
        )
        for name, path in scripts.items()
        if not name.startswith(UNDO)
    )


def flaws(exercise: library.Exercise) -> list[str]:
    """Return what is missing for every goal to be seen red by itself."""
    goals, found = set(exercise.goals), of(exercise)
    foreign = sorted({name for row in found for name in row.reds} - goals)
    said = [f"{FOLDER}/ names {name}, which is no goal" for name in foreign]
    known = {row.goal for row in found}
    if len(goals) > 1:
        said += [f"no {FOLDER}/{name}.sh" for name in exercise.goals if name not in known]
    lost = [path.name for path in exercise.scripts(FOLDER) if path.stem.removeprefix(UNDO) not in known]
    said += [f"{FOLDER}/{name} undoes nothing" for name in lost]
    for number, row in enumerate(found):
        alike = [other.goal for other in found[:number] if other.reds == row.reds]
        said += [f"{row.goal} and {name} are red only together" for name in alike]
    return said


def _also(script: Path) -> list[str]:
    found = ALSO.search(script.read_text(encoding="utf-8"))
    return found[1].replace(",", " ").split() if found else []
