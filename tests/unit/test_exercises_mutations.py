"""Every goal can be seen red by itself: a mutation's header, the goals that lack one, and the run of a mutation."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_exercises import GOOD, folder

from kubelab import paths
from kubelab.exercises import library, mutations, proven
from kubelab.proofs import prove_exercises, tally

TWO = GOOD.replace("goals: [{", "goals: [{check: spare, points: 1}, {")


def made(root: Path, text: str = TWO, **scripts: str) -> library.Exercise:
    """Return an exercise with mutations: name to script; `undo_x` is the script that undoes x."""
    place = folder(root, text)
    (place / "mutations").mkdir()
    for name, content in scripts.items():
        (place / "mutations" / f"{name.replace('undo_', 'undo-')}.sh").write_text(content, encoding="utf-8")
    return library.read(place)


@pytest.mark.parametrize("name", library.names())
def test_every_goal_of_every_exercise_has_its_mutation(name: str) -> None:
    """Each goal is reddened by a script of its own, and no two goals are red only together."""
    assert mutations.flaws(library.find(name)) == []


def test_a_mutation_says_what_it_takes_along(tmp_path: Path) -> None:
    """The goals of its header are red with it; its undo is found by its name."""
    exercise = made(tmp_path, spare="true\n", it_works="# also red: spare\ntrue\n", undo_it_works="true\n")
    works, spare = mutations.of(exercise)
    assert works.goal == "it_works"
    assert works.reds == {"it_works", "spare"}
    assert spare.reds == {"spare"}
    assert works.undo
    assert works.undo.name == "undo-it_works.sh"
    assert spare.undo is None
    assert mutations.flaws(exercise) == []


@pytest.mark.parametrize(
    ("scripts", "said"),
    [
        ({"spare": "true\n"}, "no mutations/it_works.sh"),
        ({"spare": "# also red: other\n", "it_works": "true\n"}, "mutations/ names other, which is no goal"),
        ({"spare": "true\n", "it_works": "true\n", "other": "true\n"}, "mutations/ names other, which is no goal"),
        ({"spare": "true\n", "it_works": "true\n", "undo_other": "true\n"}, "mutations/undo-other.sh undoes nothing"),
        ({"spare": "# also red: it_works\n", "it_works": "# also red: spare\n"}, "are red only together"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, scripts: dict[str, str], said: str) -> None:
    """A goal without a mutation, a name that is no goal, an undo of nothing, two goals that cannot be told apart."""
    assert any(said in flaw for flaw in mutations.flaws(made(tmp_path, **scripts)))


def test_a_single_goal_needs_none(tmp_path: Path) -> None:
    """The break reddens it, and nothing else could stay green."""
    assert mutations.flaws(made(tmp_path, GOOD)) == []


def test_mutations_do_not_age_what_was_proven_of_the_exercise(tmp_path: Path) -> None:
    """The exercise's digests are without them, but that of their own table."""

    def digests() -> tuple[str, ...]:
        return library.digest(exercise), *(proven.digest(exercise, table) for table in (proven.WALKS, proven.MUTATIONS))

    exercise = made(tmp_path, spare="true\n")
    before = digests()
    (exercise.folder / "mutations/spare.sh").write_text("false\n", encoding="utf-8")
    assert digests()[:2] == before[:2]
    assert digests()[2] != before[2]


def steps(exercise: library.Exercise, **values: object) -> list[tuple[int, bool, bool]]:
    """Return what a plan would do on the default lab: variant, whether its way is walked, its goals are mutated."""
    plan = prove_exercises.Plan(exercises=("sample",), **values)  # type: ignore[arg-type]
    return [(step.number, step.way, step.mutations) for step in prove_exercises.steps(exercise, plan, "default")]


def test_goals_are_mutated_once_and_not_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the first variant or the one that is asked for; `resume` leaves out what the two tables have."""
    exercise = made(tmp_path, spare="true\n", it_works="true\n")
    for name in ("WALKS", "MUTATIONS"):
        monkeypatch.setattr(proven, name, proven.Table(page=tmp_path / f"{name}.md", head="# Proven\n"))
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(tally, "DATA", tmp_path / "tally.json")
    assert steps(exercise) == [(1, True, True), (2, True, False), (3, True, False)]
    assert steps(exercise, variant=2) == [(2, True, True)]
    assert steps(exercise, mutations=True) == [(1, False, True)]
    prove_exercises._keep(exercise, 1, proven.WALKS, 9.0, "default")
    assert steps(exercise, resume=True) == [(1, False, True), (2, True, False), (3, True, False)]
    prove_exercises._keep(exercise, 1, proven.MUTATIONS, 9.0, "default")
    assert steps(exercise, resume=True) == [(2, True, False), (3, True, False)]
    assert len(steps(exercise)) == 3
