"""Foreign text: no terminal, table or page obeys the words of a student, a box or a file's name."""

from __future__ import annotations

import ast
import csv
import dataclasses
import io
import json
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import course_data
import labs_data
import pytest
import rich.markup
import rich.table
from hypothesis import given
from hypothesis import strategies as st

from kubelab import errors, paths
from kubelab.course import class_page, class_results, exports, gradebook
from kubelab.diagnosis import findings, judge, tables
from kubelab.exercises import attempt
from kubelab.tasks import decorator
from kubelab.tasks.output import exercise_output, why_output
from kubelab.ui import foreign, progress, terminal

STEERS = {
    "colour": "\x1b[31mred",
    "up and over": "\x1b[1A\x1b[2K\r100.0 %  2 done  mallory",
    "the window's title": "\x1b]0;owned\x07",
    "one byte for ESC [": "\x9b2J",
    "back": "abc\b\b\bxyz",
    "carriage return": "bad\rgood",
    "delete": "\x7f",
    "NUL": "a\0b",
    "right to left": "\u202e000 1 :stniop",
    "isolate": "\u2066x\u2069",
    "invisible": "ad\u200bmin\ufeff",
    "tag letters": "\U000e0041",
    "line separator": "a\u2028b\u2029c",
    "half a character": "\udcff\ud800",
    "no character": "\ufffe\uffff",
    "private": "\ue000",
}
VALUES = dict.fromkeys(("name", "namespace", "pod", "unit", "file", "image", "kind", "service", "node", "path"), "x")
SAFE = "Zoë 王小明 \u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645 \u00a0naïve 👩‍💻 ✓ …"
ANY = st.text(st.characters()) | st.sampled_from(sorted(STEERS.values()))


def steering(shown: str, keep: str = "\n") -> list[str]:
    """Return the characters of a text that a terminal obeys, or that turn or hide what stands beside them."""
    bad = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return [one for one in shown if unicodedata.category(one) in bad and one not in keep + foreign.JOINERS]


@pytest.mark.parametrize("name", STEERS)
def test_what_steers_is_shown_as_its_number(name: str) -> None:
    """In a text, a line and a JSON document; what was plain stays, and JSON still says the same."""
    value = STEERS[name]
    for shown in (foreign.text(value), foreign.line(value), foreign.document([value])):
        assert not steering(shown) and "\n" not in shown
        assert shown.encode("utf-8")
    assert json.loads(foreign.document([value])) == [value]
    assert foreign.text(value) != value


def test_what_people_write_stays_as_it_is() -> None:
    """Names of every script, emoji and marks; newlines and tabs in a text of several lines."""
    assert foreign.text(f"{SAFE}\n\t{SAFE}") == f"{SAFE}\n\t{SAFE}"
    assert foreign.line(SAFE) == SAFE
    assert foreign.line("a\nb\tc") == "a\\x0ab\\x09c"


@given(ANY)
def test_any_text_is_harmless_and_shown_once(value: str) -> None:
    """Twice harmless is harmless; nothing is left out but the carriage return of a line's end."""
    for shown in (foreign.text, foreign.line):
        once = shown(value)
        assert shown(once) == once and not steering(once, "\n\t")
        assert len(once) >= len(value.replace("\r\n", "\n"))


@given(st.lists(ANY, min_size=1), st.sampled_from(";,\t|"))
def test_a_table_has_no_formula_in_any_language(values: list[str], separator: str) -> None:
    """As a spreadsheet splits it where the language's separator is a semicolon, too: no piece begins a formula."""
    out = io.StringIO()
    cells = [foreign.cell(value) for value in ["ada", *values, *(f"2026;={value}" for value in values)]]
    csv.writer(out, lineterminator="\n").writerow(cells)
    for row in csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=separator):
        for piece in row:
            assert not piece.lstrip().lstrip("'\"").startswith(tuple(foreign.FORMULA)) or piece.lstrip().startswith("'")
    assert out.getvalue().count("\n") == 1


@given(ANY)
def test_a_console_prints_it_in_every_way(value: str) -> None:
    """Plain, in a table's cell, and as what a phase is at: on a real terminal only styles make escape sequences."""
    out = io.StringIO()
    console = terminal.Console(file=out, force_terminal=False, highlight=False, width=500)
    console.print(value, markup=False, soft_wrap=True)
    table = rich.table.Table(box=None)
    table.add_row(rich.markup.escape(value))
    console.print(table)
    assert not steering(out.getvalue(), "\n\t")
    out = io.StringIO()
    shown = progress.Progress(progress.Style.PLAIN, out=out)
    shown.say(value)
    with shown.phase("name") as phase:
        phase.update(value)
        phase.stalled(value)
        phase.done(value)
    assert not steering(out.getvalue(), "\n\t")


def test_colours_of_our_own_still_work() -> None:
    """A style's escape sequences are not text: they pass."""
    out = io.StringIO()
    terminal.Console(file=out, force_terminal=True, color_system="standard").print("[red]bad[/] \x1b[32m")
    assert "\x1b[31mbad" in out.getvalue() and "\x1b[32m" not in out.getvalue()


def test_events_and_the_log_are_harmless_too(tmp_path: Path) -> None:
    """A program reads the same text; a log can be shown with cat."""
    out, log = io.StringIO(), tmp_path / "a.log"
    shown = progress.Progress(progress.Style.JSON, log, out)
    for value in STEERS.values():
        shown.say(value)
        shown.event("seen", what=value)
    said = out.getvalue()
    assert [json.loads(line)["what"] for line in said.splitlines()] == list(STEERS.values())
    assert not steering(said) and not steering(log.read_text(encoding="utf-8"))


@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_shows_what_a_box_said_without_obeying(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """What failed, its details and a log's path; a detail of two lines does not look like two details."""
    every = "".join(STEERS.values())
    decorator.show(
        errors.LabError("box-unwell", every, details=[every, "one\n  - two"], log=Path(every)), as_json=as_json
    )
    shown = capsys.readouterr()
    assert not steering(shown.out) and not steering(shown.err)
    assert "\n      - two" in shown.err
    assert not as_json or json.loads(shown.out)["what"] == every


def test_verdicts_show_what_a_pod_printed_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod that prints a line of its own cannot make it look like a verdict."""
    out = io.StringIO()
    monkeypatch.setattr(exercise_output, "CONSOLE", terminal.Console(file=out, highlight=False, width=1000))
    seen = "0 of 3\n ✓   6  The pods run" + "".join(STEERS.values())
    row = attempt.Verdict(
        kind=attempt.Kind.GOAL, check="a", says="it runs", state=attempt.State.FAILED, seen=seen, points=6
    )
    exercise_output.verdicts(attempt.Check(at="", verdicts=(row,), points=0, full=6))
    assert not steering(out.getvalue())
    assert [line for line in out.getvalue().splitlines() if "✓" in line] == [
        line for line in out.getvalue().splitlines() if "0 of 3 / " in line
    ]


def test_lab_why_shows_evidence_without_obeying() -> None:
    """Lines of a box's log are evidence: as text and as a document."""
    lab, cause = labs_data.lab(), next(iter(tables.CAUSES))
    verdict = judge.Verdict(
        found=tuple(findings.Finding(cause=cause, lines=(value,), values=VALUES) for value in STEERS.values())
    )
    assert not steering("\n".join(why_output.lines(lab, verdict, hints=True)))
    assert not steering(why_output.document(lab, verdict, 1.0, hints=True))


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[course_data.Class]:
    """Yield a class whose packs were handed out."""
    with pytest.MonkeyPatch.context() as patch:
        yield course_data.handed_out(tmp_path_factory.mktemp("class"), patch)


@pytest.mark.parametrize("name", STEERS)
def test_a_class_with_it_everywhere_is_shown_and_written(handed: course_data.Class, name: str, tmp_path: Path) -> None:
    """In a signed file's times, names and sentences, and in names of files: terminal, page, table, XML, JSON."""
    room = dataclasses.replace(handed, inbox=tmp_path)
    value = STEERS[name]
    signed = value.encode("utf-8", "replace").decode()  # half a character is refused before
    tried = room.tried("ada")
    verdicts = [dataclasses.replace(row, check=f"{row.check}{signed}", seen=signed) for row in tried.checks[1].verdicts]
    more = dataclasses.replace(tried.checks[1], verdicts=(*tried.checks[1].verdicts, *verdicts), at=signed)
    told = dataclasses.replace(tried, checks=(*tried.checks, more), assisted=(attempt.Assisted(at="", how=signed),))
    room.hand_in("ada", told, dataclasses.replace(tried, exercise=f"other{signed}")).rename(
        _named(tmp_path, "a", value)
    )
    _named(tmp_path, "\n100.0 %  2 done  mallory", value).write_bytes(b"no zip")
    book = gradebook.collect(tmp_path, room.course, course_data.NOW)
    assert [row.student.id for row in book.handed_in] == ["ada"] and len(book.refused) == 1
    lines = class_results.lines(book, tmp_path / "out")
    assert not [line for line in lines if steering(line, "")]
    class_results.write(book, tmp_path / "out")
    for file in (tmp_path / "out").iterdir():
        assert not steering(file.read_text(encoding="utf-8-sig")), file.name
    assert "<script" not in class_page.of_class(book)
    ElementTree.fromstring(exports.class_junit(book))  # noqa: S314 (written here)
    ElementTree.fromstring(exports.junit((told,)))  # noqa: S314 (written here)


def _named(folder: Path, before: str, value: str) -> Path:
    """Return a file's name that holds a text, as far as names can: no slash, no NUL, bytes that are no UTF-8."""
    plain = value.replace("/", "").replace("\0", "").encode("utf-8", "surrogatepass")
    return folder / f"{before}{os.fsdecode(plain)}.zip"


def test_one_module_writes_to_the_terminal() -> None:
    """Nobody else prints, writes to standard output or makes a console of another kind: nothing goes past it."""
    others = {
        "kubelab/ui/terminal.py",  # itself
        "kubelab/exercises/encryption.py",  # a script that runs in a box
        "kubelab/clients/bundle_for_run.py",  # runs before rich, which the terminal needs, is installed
    }
    found = []
    for file in sorted((paths.ROOT / "kubelab").rglob("*.py")):
        name = str(file.relative_to(paths.ROOT))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name not in others and _prints(node):
                found.append(f"{name}:{node.lineno}")
    assert not found
    assert _prints(ast.parse("sys.stdout.write('')").body[0].value)  # type: ignore[attr-defined]
    assert _prints(ast.parse("print('')").body[0].value)  # type: ignore[attr-defined]


def _prints(call: ast.Call) -> bool:
    words = ast.unparse(call.func)
    to_file = any(keyword.arg == "file" for keyword in call.keywords)
    return words in ("sys.stdout.write", "sys.stderr.write", "rich.console.Console", "rich.print") or (
        words == "print" and not to_file
    )


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_sign_that_begins_a_formula_begins_a_cell(sign: str) -> None:
    """Spreadsheets reckon with each of them, also behind blanks and quotes; inside a text it is harmless."""
    for text in (f"{sign}1", f"  {sign}1", f'"{sign}1'):
        assert str(foreign.cell(text)).startswith("'")
    assert foreign.cell(f"a{sign}1") == f"a{sign}1"
