"""Right solutions that differ from the reference: every exercise has one or says why not, each for its variants."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_exercises import GOOD, folder

from kubelab.exercises import library, solutions, variants

WHY = "no_other_solution: The task names the one command that there is\n"


def made(root: Path, text: str = GOOD, **others: str) -> library.Exercise:
    """Return an exercise with other solutions: `two` and `three` are solution-2.sh and solution-3.sh."""
    place = folder(root, text)
    for name, script in {"two": "solution-2.sh", "three": "solution-3.sh", "near": "near-misses/near.sh"}.items():
        if name in others:
            (place / script).write_text(others[name], encoding="utf-8")
    return library.read(place)


@pytest.mark.parametrize("name", library.names())
def test_every_exercise_is_solved_in_two_ways_or_says_why_not(name: str) -> None:
    """Each has solution-2.sh or a sentence, for variants that exist."""
    assert not solutions.flaws(library.find(name))


def fitting(exercise: library.Exercise) -> dict[int, list[str]]:
    """Return variant to the names of the other solutions that are run in it."""
    found = {}
    for number in range(1, len(exercise.spec.variants) + 1):
        variant = variants.of(exercise.spec, "5eed", number)
        found[number] = [path.name for path in solutions.fitting(solutions.of(exercise), variant)]
    return found


def test_a_solution_is_run_in_the_variants_that_it_names(tmp_path: Path) -> None:
    """By number or by a value; in all of them without such a line."""
    exercise = made(tmp_path, two="# variants: 1, 3\ntrue 2\n", three="# variants: wrong=b, wrong=c\ntrue 3\n")
    assert solutions.flaws(exercise) == []
    assert fitting(exercise) == {1: ["solution-2.sh"], 2: ["solution-3.sh"], 3: ["solution-2.sh", "solution-3.sh"]}
    (exercise.folder / "solution-2.sh").write_text("true 4\n# variants: 2\n", encoding="utf-8")
    assert [names[0] for names in fitting(exercise).values()] == ["solution-2.sh"] * 3


@pytest.mark.parametrize(
    ("text", "scripts", "said"),
    [
        (GOOD, {}, "neither solution-2.sh nor a sentence"),
        (GOOD + "no_other_solution: none\n", {}, "is no sentence"),
        (GOOD + WHY, {"two": "true 2\n"}, "says that there is no other solution"),
        (GOOD, {"three": "true 3\n"}, "has solution-3.sh and no solution-2.sh"),
        (GOOD, {"two": "true\n"}, "solution-2.sh is solution.sh again"),
        (GOOD, {"two": "# variants: 4\ntrue 2\n"}, "solution-2.sh names variant 4"),
        (GOOD, {"two": "# variants: wrong=d\ntrue 2\n"}, "solution-2.sh names variant wrong=d"),
        (GOOD, {"two": "true 2\n", "near": "# variants: rong=a\n"}, "near-misses/near.sh names variant rong=a"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, text: str, scripts: dict[str, str], said: str) -> None:
    """Nothing at all, no sentence, both, a gap, the reference copied, variants that there are not."""
    assert any(said in flaw for flaw in solutions.flaws(made(tmp_path, text, **scripts)))


def test_a_sentence_is_enough(tmp_path: Path) -> None:
    """Where the task leaves one way only, the file says so."""
    assert solutions.flaws(made(tmp_path, GOOD + WHY)) == []


def test_no_solution_travels_in_a_pack() -> None:
    """What a student's pack leaves out names every solution."""
    assert {solutions.REFERENCE, *solutions.OTHERS} <= set(library.TEACHERS)


@pytest.mark.parametrize("name", library.names())
def test_other_ways_are_told_to_whoever_has_solved_it(name: str) -> None:
    """What solution-2.sh proves stands in explain.md, with what is no way."""
    exercise = library.find(name)
    assert ("**Other ways.**" in exercise.text("explain.md")) == bool(solutions.of(exercise))
