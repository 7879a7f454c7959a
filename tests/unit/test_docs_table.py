"""The table of proofs: rows of every form are read, kept rows stay byte for byte, and parallel runs lose none."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import labs_data
import pytest

from kubelab import pages, paths
from kubelab.clients import git
from kubelab.exercises import proven
from kubelab.faults import catalogue, fault
from kubelab.files import strictjson
from kubelab.proofs import checks_page, exam_table, prove_faults, tally
from kubelab.state import docs_table

NEW = {"name": "[a-z]+", "lab": "[a-z]+", "seconds": r"\d+"}
OLD = {"name": "[a-z]+", "seconds": r"\d+"}
PAGE = """# A page

| name | lab | seconds |
|---|---|---|
| one | here | 1 |
| two | 2 |
| three | HERE | 3 |
|four|here|4|
Prose with | bars | 7 |
| five | here | 5 |
"""


def test_rows_of_every_form_are_read(tmp_path: Path) -> None:
    """A row is read by the form that it fits; head, prose and rows that fit none are left out."""
    (tmp_path / "page.md").write_text(PAGE, encoding="utf-8")
    assert list(docs_table.rows(tmp_path / "page.md", NEW, OLD)) == [
        {"name": "one", "lab": "here", "seconds": "1"},
        {"name": "two", "seconds": "2"},
        {"name": "five", "lab": "here", "seconds": "5"},
    ]
    assert not list(docs_table.rows(tmp_path / "none.md", NEW))


def test_a_table_is_written_as_it_is_read(tmp_path: Path) -> None:
    """Head, line of dashes, rows; what was written comes back."""
    text = docs_table.table(tuple(NEW), [("one", "here", 1), ("two", "there", 2)])
    assert text == "| name | lab | seconds |\n|---|---|---|\n| one | here | 1 |\n| two | there | 2 |\n"
    docs_table.write(tmp_path / "page.md", text)
    assert [row["name"] for row in docs_table.rows(tmp_path / "page.md", NEW)] == ["one", "two"]
    assert (tmp_path / "page.md").stat().st_mode & 0o777 == 0o644


def test_data_is_bounded_and_strict(tmp_path: Path) -> None:
    """No file is no rows; what is no list of objects is refused, and a kept row comes back."""
    data = tmp_path / "data.json"
    assert docs_table.entries(data) == []
    row = tally.Trial(exercise="é", variant=1, lab="default", scene=tally.NEAR, tried=3, wrong=("goal x",))
    docs_table.write_entries(data, [row])
    assert "é" in data.read_text(encoding="utf-8")
    (read,) = docs_table.entries(data)
    assert tally.Trial(**{**read, "wrong": tuple(read["wrong"]), "once": ()}) == row
    for text in ('{"a": 1}', "[{", '[{"a": 1, "a": 2}]'):
        data.write_text(text, encoding="utf-8")
        with pytest.raises(strictjson.Refused):
            docs_table.entries(data)


def test_runs_side_by_side_lose_no_row(tmp_path: Path) -> None:
    """Ten keep a row at the same time: all ten are there."""
    table = proven.Table(page=tmp_path / "page.md", head="# Head\n")

    def keep(number: int) -> None:
        proven.keep(table, proven.Row(exercise="one", variant=number, lab="a", digest="d", commit="c", seconds=1))

    with concurrent.futures.ThreadPoolExecutor(max_workers=10) as pool:
        list(pool.map(keep, range(10)))
    assert [key[1] for key in proven.read(table)] == list(range(10))


def test_a_fault_keeps_what_another_run_has_proven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row goes into the page as it is then, not as it was when the run began."""
    monkeypatch.setattr(prove_faults, "PAGE", tmp_path / "page.md")
    first, second = list(catalogue.FAULTS)[:2]

    def prove(_: object, row: fault.Fault, report: object) -> prove_faults.Proof:
        report = prove_faults.text({second: proof(second)})
        docs_table.write(tmp_path / "page.md", report)
        return proof(row.name)

    monkeypatch.setattr(prove_faults, "prove", prove)
    prove_faults.run(labs_data.held(), [first], resume=False)
    assert set(prove_faults.read()) == {first, second}


def proof(name: str) -> prove_faults.Proof:
    """Return the proof of a fault."""
    values = dict.fromkeys((field.name for field in dataclasses.fields(prove_faults.Proof)), "-")
    return prove_faults.Proof(**{**values, "fault": name, "result": "proven"})


def walked(table: proven.Table) -> str:
    """Return a page of exercises as it would be written now."""
    rows = map(dataclasses.astuple, proven.read(table).values())
    return f"{table.head}\n" + docs_table.table(tuple(proven.COLUMNS), rows)


PAGES: dict[str, Callable[[], str]] = {
    pages.EXERCISES_PROVEN: lambda: walked(proven.WALKS),
    pages.EXERCISES_MUTATIONS: lambda: walked(proven.MUTATIONS),
    pages.EXAMS_PROVEN: lambda: exam_table.text(exam_table.read()),
    pages.FAULTS_PROVEN: lambda: prove_faults.text(prove_faults.read()),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_shipped_page_comes_out_to_the_byte(page: str) -> None:
    """Read and written again, every proof table of docs/ is what it was: no row is lost, moved or spelled otherwise."""
    assert PAGES[page]() == (paths.ROOT / page).read_text(encoding="utf-8")


DATA: dict[str, Callable[[], list[object]]] = {
    pages.CHECKS_PROVEN_DATA: lambda: list(checks_page.read().values()),
    pages.GRADERS_ERROR_DATA: lambda: list(tally.read().values()),
}


@pytest.mark.parametrize("data", DATA)
def test_shipped_data_comes_out_to_the_byte(data: str, tmp_path: Path) -> None:
    """The same of the data files; those of checks leave out only what there is no fault for any more."""
    docs_table.write_entries(tmp_path / "data.json", DATA[data]())
    assert digest(tmp_path / "data.json") == digest(paths.ROOT / data)


def digest(path: Path) -> str:
    """Return a file's digest: a difference of two long files says nothing to anybody."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_git_says_has_an_answer_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that fails, or prints nothing, is what the caller says instead; else the words without blanks."""
    assert git.said("rev-parse", "--is-inside-work-tree") == "true"
    assert git.said("no-such-command", otherwise="none") == "none"
    assert git.said("no-such-command") == ""
    monkeypatch.setenv("PATH", "")
    assert docs_table.commit() == "none"


def test_no_other_module_writes_a_table_by_hand() -> None:
    """The line of dashes is made in one module, so that no head lacks a column and a row is read as written."""
    files = [path for place in ("kubelab", "bench") for path in (paths.ROOT / place).rglob("*.py")]
    assert not [path for path in files if "|---|" in path.read_text(encoding="utf-8")]
