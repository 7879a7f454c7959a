"""Proofs of exercises: tables of both forms are read; due proofs follow from lab, version and code; verdicts count."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from test_exercises_mutations import made

from kubelab import paths
from kubelab.components import store
from kubelab.config import load
from kubelab.exercises import attempt, code_digest, exercise_file, library, needs, proven
from kubelab.proofs import prove_exercises, tally

OLDER = "| sample | 2 | elsewhere | 1d6eed94cd68 | c0de | 3fae85d5db | 2026-11-24 | 149 |"
OLD = "| sample | 2 | 1d6eed94cd68 | 3fae85d5db | 2026-11-24 | 149 |"

PROSE = (
    ("task.md", "true", "Other words."),
    ("explain.md", "true", "Other words."),
    ("exercise.yaml", "A sample", "An example"),
    ("exercise.yaml", "look at it", "look there"),
    ("checks.py", "It works.", "It does."),
    ("checks.py", "\n\n", "\n# a reason\n"),
)
DEEDS = (
    ("exercise.yaml", "points: 8", "points: 9"),
    ("exercise.yaml", "wrong: b", "wrong: d"),
    ("exercise.yaml", "shop", "store"),
    ("checks.py", "(scene):", "(scene, other=1):"),
    ("break.sh", "true", "false"),
    ("solution.sh", "true", "false"),
    ("near-misses/no.sh", "true", "false"),
)


@pytest.fixture
def exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> library.Exercise:
    """Return an exercise of three variants; tables and record are of the test's own."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    for name in ("WALKS", "MUTATIONS"):
        monkeypatch.setattr(proven, name, proven.Table(page=tmp_path / f"{name}.md", head="# Proven\n"))
    monkeypatch.setattr(tally, "DATA", tmp_path / "tally.json")
    monkeypatch.setattr(tally, "PAGE", tmp_path / "tally.md")
    monkeypatch.setattr(code_digest, "digest", lambda: "c0de")
    return made(tmp_path, spare="true\n", it_works="true\n")


def keep(exercise: library.Exercise, number: int, lab: str, **changed: object) -> None:
    """Keep a row of this version of the exercise."""
    digest = proven.digest(exercise, proven.WALKS)
    row = proven.Row(
        exercise="sample", variant=number, lab=lab, file=load.digest(lab), digest=digest, code="c0de", commit="abc",
        seconds=9,
    )  # fmt: skip
    proven.keep(proven.WALKS, dataclasses.replace(row, **changed))  # type: ignore[arg-type]


def due(exercise: library.Exercise, lab: str) -> tuple[int, ...]:
    """Return what is due on a lab."""
    return proven.due(exercise, proven.WALKS, lab)


def test_rows_of_the_older_form_are_taken_over(exercise: library.Exercise) -> None:
    """Lab and code are unknown then; the row stays until the same variant is proven, and counts as proven."""
    digest = proven.digest(exercise, proven.WALKS)
    proven.WALKS.page.write_text(f"# Old\n\n{OLD.replace('1d6eed94cd68', digest)}\n", encoding="utf-8")
    (row,) = proven.read(proven.WALKS).values()
    assert (row.variant, row.lab, row.code, row.commit, row.seconds) == (2, "unknown", "unknown", "3fae85d5db", 149)
    assert proven.lacking(exercise, proven.WALKS) == (1, 3)
    keep(exercise, 1, "default")
    assert proven.lacking(exercise, proven.WALKS) == (3,)
    keep(exercise, 2, "default")
    assert {key[1:]: row.code for key, row in proven.read(proven.WALKS).items()} == {
        (1, "default"): "c0de", (2, "default"): "c0de",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["WALKS", "MUTATIONS"])
def test_prose_needs_no_new_proof_and_what_runs_does(exercise: library.Exercise, name: str) -> None:
    """Text, title, hints and comments may change; a check, a script, a number or a new file makes it due again."""
    table = getattr(proven, name)

    def digest() -> str:
        return proven.digest(library.read(exercise.folder), table)

    def changed(file: str, old: str, new: str) -> str:
        path = exercise.folder / file
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), encoding="utf-8")
        seen = digest()
        path.write_text(before, encoding="utf-8")
        return seen

    first = digest()
    for file, old, new in PROSE:
        assert changed(file, old, new) == first, (file, old)
    for file, old, new in DEEDS:
        assert changed(file, old, new) != first, (file, old)
    (exercise.folder / "near-misses").mkdir(exist_ok=True)
    (exercise.folder / "near-misses" / "new.sh").write_text("true\n", encoding="utf-8")
    assert digest() != first


def test_the_projects_own_tables_are_read_whole() -> None:
    """No row of a page in docs/ is in a form that nobody reads."""
    for table in (proven.WALKS, proven.MUTATIONS):
        lines = [
            line for line in table.page.read_text(encoding="utf-8").splitlines() if re.match(r"\| [a-z-]+ \| \d", line)
        ]
        assert len(lines) == len(proven.read(table)) > 0


def test_every_variant_is_due_elsewhere_and_one_on_default(exercise: library.Exercise) -> None:
    """The whole proof is on the lab with other ranges and names; any other is for one, and for what has none yet."""
    assert due(exercise, proven.WHOLE) == (1, 2, 3)
    assert due(exercise, "default") == (1, 2, 3)
    for number in (1, 2):
        keep(exercise, number, proven.WHOLE)
    assert due(exercise, proven.WHOLE) == (3,)
    assert due(exercise, "default") == (3,)
    keep(exercise, 3, proven.WHOLE)
    assert due(exercise, proven.WHOLE) == ()
    assert due(exercise, "default") == (1,)
    keep(exercise, 1, "default")
    assert due(exercise, "default") == ()


@pytest.mark.parametrize("key", ["control_planes", "members"])
def test_what_needs_several_machines_is_proven_on_a_lab_that_has_them(exercise: library.Exercise, key: str) -> None:
    """The whole proof is on the lab with other ranges, names and three of each, never on the one with one of each."""
    assert proven.whole(exercise) == proven.WHOLE
    needs = exercise_file.NeedsSpec.model_validate({key: 3})
    several = dataclasses.replace(exercise, spec=exercise.spec.model_copy(update={"needs": needs}))
    assert proven.whole(several) == proven.WHOLE_SEVERAL
    keep(several, 1, "ha")
    assert due(several, proven.WHOLE_SEVERAL) == (1, 2, 3)
    assert due(several, proven.WHOLE) == (2, 3)


def test_the_labs_of_the_whole_proof_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every shipped exercise suits the lab on which its variants are proven, once all programs are built."""
    monkeypatch.setattr(store, "state", lambda _: store.State.READY)
    for row in (library.find(name) for name in library.names()):
        assert needs.of_named([row], proven.whole(row)) == {}, row.spec.id
    assert load.read(proven.WHOLE).name and load.read(proven.WHOLE_SEVERAL).name


def test_another_code_makes_one_variant_due_and_another_version_all(
    exercise: library.Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was proven longest ago; once it is proven by the code of today, nothing is due."""
    for number, date in ((1, "2026-11-03"), (2, "2026-11-01"), (3, "2026-11-02")):
        keep(exercise, number, proven.WHOLE, date=date)
    assert due(exercise, proven.WHOLE) == ()
    monkeypatch.setattr(code_digest, "digest", lambda: "0ther")
    assert due(exercise, proven.WHOLE) == (2,)
    keep(exercise, 2, proven.WHOLE, code="0ther")
    assert due(exercise, proven.WHOLE) == ()
    (exercise.folder / "break.sh").write_text("false\n", encoding="utf-8")
    assert due(exercise, proven.WHOLE) == (1, 2, 3)


def test_another_lab_file_makes_one_variant_due(
    exercise: library.Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An add-on more, and a proof on the lab of that name is of another lab; a comment more, and it is not.

    So one was: an exercise that no lab with metrics could solve stood as proven on a lab that had got them since.
    """
    monkeypatch.setattr(paths, "LABS", tmp_path)
    file = tmp_path / f"{proven.WHOLE}.yaml"
    file.write_text("addons: [dns]\n", encoding="utf-8")
    for number in (1, 2, 3):
        keep(exercise, number, proven.WHOLE)
    file.write_text("# Some words.\naddons: [dns]\n", encoding="utf-8")
    assert due(exercise, proven.WHOLE) == ()
    file.write_text("addons: [dns, metrics]\n", encoding="utf-8")
    assert due(exercise, proven.WHOLE) == (1,)
    prove_exercises._keep(exercise, 1, proven.WALKS, 9.0, proven.WHOLE)
    assert due(exercise, proven.WHOLE) == ()


def test_a_row_of_an_unknown_lab_file_counts_once_more(exercise: library.Exercise) -> None:
    """A row from before there was the column is taken over whole, and one variant of its exercise is due."""
    digest = proven.digest(exercise, proven.WALKS)
    proven.WALKS.page.write_text(f"# Older\n\n{OLDER.replace('1d6eed94cd68', digest)}\n", encoding="utf-8")
    (row,) = proven.read(proven.WALKS).values()
    assert (row.variant, row.lab, row.file, row.code, row.seconds) == (2, proven.WHOLE, "unknown", "c0de", 149)
    for number in (1, 3):
        keep(exercise, number, proven.WHOLE, file="unknown", date="2026-11-25")
    assert due(exercise, proven.WHOLE) == (2,)


def test_goals_and_the_wreck_are_tried_once_by_each_code(
    exercise: library.Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one variant; again where the code that judges is another one, and not again otherwise."""
    plan = prove_exercises.Plan(exercises=("sample",), resume=True)

    def tried() -> list[tuple[int, bool, bool, bool]]:
        return [
            (row.number, row.way, row.mutations, row.wreck)
            for row in prove_exercises.steps(exercise, plan, proven.WHOLE)
        ]

    assert tried() == [(1, True, True, True), (2, True, False, False), (3, True, False, False)]
    for number in (1, 2, 3):
        prove_exercises._keep(exercise, number, proven.WALKS, 9.0, proven.WHOLE)
    prove_exercises._keep(exercise, 1, proven.MUTATIONS, 9.0, proven.WHOLE)
    counted = tally.Tally(exercise=exercise, variant=1, lab=proven.WHOLE)
    counted.add(tally.WRECK, 2, [])
    tally.keep(counted.rows())
    assert tried() == []
    monkeypatch.setattr(code_digest, "digest", lambda: "0ther")
    assert tried() == [(1, True, True, True)]


def test_verdicts_are_counted_and_what_was_wrong_stays_told(
    exercise: library.Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks at the same scene add up; a wrong verdict that is right in the next run is told as mended, and where."""
    monkeypatch.setattr(library, "names", lambda: ("sample",))
    monkeypatch.setattr(library, "find", lambda _: exercise)
    for commit, wrong in (("aaa", ["it_works"]), ("bbb", [])):
        counted = tally.Tally(exercise=exercise, variant=1, lab="default", commit=commit)
        counted.add(tally.NOTHING, 2, [])
        counted.add(tally.NOTHING, 2, wrong)
        counted.add(tally.NEAR, 1, [], "no")
        tally.keep(counted.rows())
        said = tally.PAGE.read_text(encoding="utf-8")
        assert f"**5 verdicts tried, {len(wrong)} wrong**" in said
    assert "Wrong now\n\nNothing." in said
    assert "- sample, variant 1 on default, nothing done: it_works (aaa, " in said
    assert "- sample: variant 1, 2, 3; wreck, one goal spoiled; neither solution-2.sh nor a sentence" in said
    rows = list(tally.read().values())
    assert [(row.scene, row.tried, len(row.once)) for row in rows] == [(tally.NOTHING, 4, 1), (tally.NEAR, 1, 0)]


def test_trials_of_an_older_version_do_not_count(exercise: library.Exercise) -> None:
    """The numbers are of the exercises as they are: a changed one counts as not run."""
    counted = tally.Tally(exercise=exercise, variant=1, lab="default")
    counted.add(tally.NEAR, 1, [], "no")
    rows = counted.rows()
    assert "**1 verdicts tried" in tally.page(rows, [exercise])
    (exercise.folder / "break.sh").write_text("false\n", encoding="utf-8")
    assert "**0 verdicts tried, 0 wrong**" in tally.page(rows, [exercise])


def test_the_page_says_what_the_record_says() -> None:
    """The page in docs/ was made from the record beside it: as many verdicts a scene, as many of them wrong."""
    rows, said = list(tally.read().values()), tally.PAGE.read_text(encoding="utf-8")
    found = re.search(r"\*\*(\d+) verdicts tried, (\d+) wrong\*\*", said)
    assert found and 0 <= int(found[2]) <= int(found[1]) <= sum(row.tried for row in rows)
    assert all(f"| {scene} |" in said for scene in tally.COUNTED)
    assert "## Not run yet" in said


def test_what_did_not_pass_is_named() -> None:
    """Passed by kind; the others with their kind."""
    row = attempt.Verdict(kind=attempt.Kind.GOAL, check="one", says="One", state=attempt.State.PASSED, points=1)
    guard = dataclasses.replace(row, kind=attempt.Kind.GUARD, check="two", state=attempt.State.UNKNOWN)
    assert tally.passed([row, guard], attempt.Kind.GOAL, attempt.Kind.GUARD) == ["one"]
    assert tally.failed([row, guard]) == ["guard two"]
