"""The right solutions that differ from the reference, and the variants in which each is one.

They prove that the checks judge the result and not the way. The first line of a script that is only right in some
variants names them: `# variants: 1, 3`, or by a value that they have: `# variants: wrong=quota, wrong=taint`.
Near-misses do the same if they are wrong only there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from kubelab.exercises import library, variants

REFERENCE = "solution.sh"
OTHERS = ("solution-2.sh", "solution-3.sh")
LEAST = 20
"""The least letters of the sentence why there is no other solution."""
APPLIES = re.compile(r"# variants: (.+)")
VALUE = re.compile(r"([a-z][a-z0-9_]*)=(\S+)")


def of(exercise: library.Exercise) -> tuple[Path, ...]:
    """Return the solutions of an exercise that differ from the reference, in every variant."""
    return tuple(path for path in (exercise.folder / name for name in OTHERS) if path.is_file())


def fitting(scripts: Iterable[Path], variant: variants.Variant) -> tuple[Path, ...]:
    """Return the scripts that are for a variant: those that name it, and those that name none."""
    return tuple(path for path in scripts if _fits(path, variant))


def _fits(path: Path, variant: variants.Variant) -> bool:
    words = named(path)
    return not words or any(_is(word, variant) for word in words)


def _is(word: str, variant: variants.Variant) -> bool:
    value = VALUE.fullmatch(word)
    return variant.values.get(value[1]) == value[2] if value else word == str(variant.number)


def named(path: Path) -> list[str]:
    """Return the variants in a script's first line: numbers, or `name=value`; none if it is for all."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    found = APPLIES.fullmatch(first.strip())
    return [word.strip() for word in found[1].split(",")] if found else []


def flaws(exercise: library.Exercise) -> list[str]:
    """Return the problems: neither another solution nor a sentence why not, or unknown variants."""
    found, why = of(exercise), exercise.spec.no_other_solution.strip()
    said = []
    if not found and not why:
        said.append("neither solution-2.sh nor a sentence under no_other_solution")
    if not found and 0 < len(why) < LEAST:
        said.append(f"no_other_solution is no sentence: {why!r}")
    if found and why:
        said.append(f"has {found[0].name}, and says that there is no other solution")
    if [path.name for path in found] == [OTHERS[1]]:
        said.append(f"has {OTHERS[1]} and no {OTHERS[0]}")
    for path in (*found, *exercise.scripts("near-misses")):
        for word in named(path):
            if not _exists(exercise, word):
                said.append(f"{path.relative_to(exercise.folder)} names variant {word}, which there is not")
    reference = exercise.text(REFERENCE)
    said += [f"{path.name} is {REFERENCE} again" for path in found if path.read_text(encoding="utf-8") == reference]
    return said


def _exists(exercise: library.Exercise, word: str) -> bool:
    value = VALUE.fullmatch(word)
    spec = exercise.spec
    if not value:
        return word.isdigit() and 1 <= int(word) <= len(spec.variants)
    drawn = [str(item) for item in spec.draw.get(value[1], [])]
    return value[2] in drawn or any(str(row.set.get(value[1])) == value[2] for row in spec.variants)
