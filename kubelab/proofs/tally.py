"""Counts the graders' error: every verdict of a proof whose right answer is known beforehand, and the wrong ones.

The record (`DATA`) grows with each proof; the page (`PAGE`) is made from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kubelab import pages, paths
from kubelab.exercises import attempt, code_digest, library, mutations, proven, solutions
from kubelab.state import docs_table

DATA = paths.ROOT / pages.GRADERS_ERROR_DATA
PAGE = paths.ROOT / pages.GRADERS_ERROR
NOTHING, NEAR, SOLUTION, MUTATION, WRECK = "nothing done", "wrong repair", "right solution", "one goal spoiled", "wreck"
COUNTED: Mapping[str, str] = {
    NOTHING: "after the break and after each reset, nothing done: every goal is red",
    NEAR: "after each script under `near-misses/`: less than all points; one verdict on the whole repair",
    SOLUTION: "after each solution: every goal, guard and stability check passes",
    MUTATION: "after each script under `mutations/`: exactly the goals that it names are red, and after it none",
    WRECK: "after `provision/exercises/wreck.sh`: every goal is red, and the whole wins no point",
}
"""Scene to its right verdict."""
SCENES = ("scene", "the right verdict", "tried", "wrong")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The results of one scene of one variant on one lab: the number of verdicts, and the wrong ones.

    `once` are wrong verdicts of earlier runs, now mended, each with the commit at which it was seen.
    """

    exercise: str
    variant: int
    lab: str
    scene: str
    script: str = ""
    tried: int
    wrong: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    digest: str = ""
    code: str = ""
    commit: str = ""
    date: str = ""

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """Return the key by which it replaces an older trial."""
        return self.exercise, self.variant, self.lab, self.scene, self.script


@dataclass(kw_only=True)
class Tally:
    """The trials of one run, collected as it goes; several looks at the same scene and script add up."""

    exercise: library.Exercise
    variant: int
    lab: str
    commit: str = ""
    trials: dict[tuple[str, str], tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, scene: str, tried: int, wrong: Collection[str], script: str = "") -> None:
        """Count verdicts of a scene."""
        number, names = self.trials.get((scene, script), (0, []))
        self.trials[scene, script] = number + tried, [*names, *wrong]

    def rows(self) -> list[Trial]:
        """Return the collected trials."""
        return [
            Trial(
                exercise=self.exercise.spec.id, variant=self.variant, lab=self.lab, scene=scene, script=script,
                tried=tried, wrong=tuple(wrong), digest=proven.digest(self.exercise, proven.MUTATIONS),
                code=code_digest.digest(), commit=self.commit,
                date=docs_table.today(),
            )
            for (scene, script), (tried, wrong) in self.trials.items()
        ]  # fmt: skip


def passed(verdicts: Iterable[attempt.Verdict], *kinds: attempt.Kind) -> list[str]:
    """Return the names of the checks of these kinds that passed."""
    return [row.check for row in verdicts if row.kind in kinds and row.state is attempt.State.PASSED]


def failed(verdicts: Iterable[attempt.Verdict]) -> list[str]:
    """Return the checks that did not pass: kind and name."""
    return [f"{row.kind} {row.check}" for row in verdicts if row.state is not attempt.State.PASSED]


def read() -> dict[tuple[str, int, str, str, str], Trial]:
    """Return every kept trial, by its key."""
    rows = docs_table.entries(DATA)
    found = (Trial(**{**row, "wrong": tuple(row["wrong"]), "once": tuple(row["once"])}) for row in rows)
    return {row.key: row for row in found}


def keep(rows: Sequence[Trial]) -> None:
    """Put trials into the record, and make the page anew. Earlier wrong verdicts stay listed, as mended or wrong."""
    with docs_table.held(DATA):
        known = read()
        for row in rows:
            older = known.get(row.key)
            known[row.key] = replace(row, once=_once(older) if older else ())
        docs_table.write_entries(DATA, [known[key] for key in sorted(known)])
        write_page(list(known.values()))


def _once(older: Trial) -> tuple[str, ...]:
    seen = [f"{name} ({older.commit}, {older.date})" for name in older.wrong]
    return tuple(dict.fromkeys([*older.once, *seen]))


def write_page(rows: Sequence[Trial]) -> Path:
    """Make the page from trials; return its path."""
    docs_table.write(PAGE, page(rows, [library.find(name) for name in library.names()]))
    return PAGE


def page(rows: Sequence[Trial], exercises: Sequence[library.Exercise]) -> str:
    """Return the page: the rules of counting, the numbers by scene, what was wrong, and what has not been run."""
    versions = {row.spec.id: proven.digest(row, proven.MUTATIONS) for row in exercises}
    now = [row for row in rows if versions.get(row.exercise) == row.digest]
    tried, wrong = sum(row.tried for row in now), sum(len(row.wrong) for row in now)
    lines = [
        "# The graders' error",
        "",
        "*For teachers who ask how far a verdict can be trusted.* Written by `./run exercise.prove`.",
        "",
        "A verdict is counted where the right one is known beforehand, for the exercises in their present version. A",
        "goal, a guard and a stability check are one verdict each, whatever they are worth.",
        "",
        f"**{tried} verdicts tried, {wrong} wrong**" + (f" ({100 * wrong / tried:.2f} %)." if tried else "."),
        "",
        docs_table.table(SCENES, (_cells(scene, [row for row in now if row.scene == scene]) for scene in COUNTED)),
        "Beside these, `tests/rendered/test_silent_lab.py` runs every check of every variant on a lab that does not",
        "answer, in twelve ways, or answers without what the check expects: none may pass, and none may break.",
        "",
        *_told("Wrong now", [f"{_where(row)}: {name}" for row in now for name in row.wrong]),
        *_told("Wrong once, and mended", [f"{_where(row)}: {name}" for row in rows for name in row.once]),
        *_told("Not run yet", missing(now, exercises)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def missing(rows: Iterable[Trial], exercises: Sequence[library.Exercise]) -> list[str]:
    """Return a line for each exercise with variants or scenes that have not been run in its version."""
    seen = {(row.exercise, row.variant, row.scene) for row in rows}
    found = []
    for exercise in exercises:
        name, numbers = exercise.spec.id, range(1, len(exercise.spec.variants) + 1)
        scenes = [NOTHING, NEAR, SOLUTION]
        lacks = [str(number) for number in numbers if any((name, number, scene) not in seen for scene in scenes)]
        once = [WRECK, *([MUTATION] if mutations.of(exercise) else [])]
        never = [scene for scene in once if not any((name, number, scene) in seen for number in numbers)]
        said = [f"variant {', '.join(lacks)}" if lacks else "", ", ".join(never)]
        said += solutions.flaws(exercise)
        if any(said):
            found.append(f"{name}: {'; '.join(filter(None, said))}")
    return found


def _cells(scene: str, rows: Sequence[Trial]) -> tuple[object, ...]:
    return scene, COUNTED[scene], sum(row.tried for row in rows), sum(len(row.wrong) for row in rows)


def _where(row: Trial) -> str:
    return f"{row.exercise}, variant {row.variant} on {row.lab}, {' '.join(filter(None, (row.scene, row.script)))}"


def _told(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *([f"- {line}" for line in lines] or ["Nothing."]), ""]
