"""Every error can happen, ends with its row's exit code, and is shown without a traceback; every row is used."""

from __future__ import annotations

import ast
import copy
import errno
import functools
import inspect
from collections.abc import Iterator
from pathlib import Path

import invoke.context
import pytest
from error_tables import TRIGGERS
from fakes import Computer

from kubelab import errors, pages, paths
from kubelab.tasks import decorator, namespace

TESTS = paths.ROOT / "tests"


def strings(path: Path) -> Iterator[str]:
    """Yield every string of a Python file that is one by itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@functools.cache
def raised() -> dict[str, str]:
    """Return every identifier that the code raises, itself or by `atomic`: identifier to where."""
    found = {}
    for path in [*(paths.ROOT / "kubelab").rglob("*.py"), *(paths.ROOT / "bench").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "LabError":
                place = f"{path.relative_to(paths.ROOT)}:{node.lineno}"
                ident = node.args[0] if node.args else None
                if path.name == "atomic.py" and isinstance(ident, ast.Name):
                    continue
                assert isinstance(ident, ast.Constant), f"{place}: name the error by a string, so that it can be found"
                found[str(ident.value)] = place
            if not isinstance(node, ast.Call):
                continue
            for given in node.keywords:
                if given.arg == "ident" and isinstance(given.value, ast.Constant):  # handed to atomic, which raises it
                    found[str(given.value.value)] = f"{path.relative_to(paths.ROOT)}:{node.lineno}"
    return found


@pytest.mark.parametrize("ident", TRIGGERS)
def test_an_error_happens_and_is_shown(
    ident: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What brings it about is done for real; whose turn, cause, remedy and the page are said."""
    with pytest.raises(errors.LabError) as caught:
        TRIGGERS[ident](Computer.made(tmp_path, monkeypatch))
    assert caught.value.ident == ident, f"{caught.value.what} {caught.value.details}"
    decorator.show(caught.value)
    said = capsys.readouterr().err
    for part in (ident, caught.value.what, caught.value.remedy, f"{pages.ERRORS}#{ident}"):
        assert part in said
    assert caught.value.code in set(errors.Exit) - {errors.Exit.GOOD}


def test_a_full_disk_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever it was met: what the system refuses is this computer's turn."""

    @decorator.task
    def word(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/build/default/state/network")

    with pytest.raises(SystemExit) as ended:
        word(invoke.context.Context())
    assert ended.value.code == errors.TABLE["computer-refused"].code
    said = capsys.readouterr().err
    assert "computer-refused" in said
    assert "/build/default/state/network" in said


@pytest.mark.parametrize(
    ("name", "mend"), [("a" * 5000, "shorter path"), ("loop", "rm the link"), (".", "path of a plain file")]
)
def test_a_path_that_no_file_can_have_is_no_traceback(
    name: str, mend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is too long, a link to itself, a folder in a file's place: what was typed is told, and a mend that
    fits it."""
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")

    @decorator.task
    def word(_: object) -> None:
        Path(name).read_bytes()

    with pytest.raises(SystemExit) as ended:
        word(invoke.context.Context())
    assert ended.value.code == errors.TABLE["computer-refused"].code
    said = " ".join(capsys.readouterr().err.split())
    assert name in said.replace(" ", "") or name in said
    assert mend in said
    assert "df -h" not in said


def test_every_word_without_an_option_that_it_needs_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`course.collect FOLDER` alone: invoke gives None for the option, which ended in a traceback."""
    words = namespace.collection(["--list"])
    seen = []
    for name in words.task_names:
        word = words[name]
        arguments = copy.deepcopy(word).get_arguments()  # of a copy: asking takes the help away
        needed = [arg for arg in arguments if arg.default is None and arg.name not in word.positional]
        for arg in (arg for arg in needed if not arg.positional):
            values = {other.name: "x" for other in arguments if other.default is None}
            with pytest.raises(SystemExit) as ended:
                word.body(None, **{**values, arg.name: None})
            assert ended.value.code == errors.Exit.USAGE
            assert f"--{arg.name}" in capsys.readouterr().err
            seen.append(name)
    assert {"course.collect", "course.show", "course.regrade"} <= set(seen)


def test_a_mistake_of_ours_stays_one() -> None:
    """A file that we forgot to make is not the person's fault: its traceback is wanted."""

    @decorator.task
    def word(_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file", "x")

    with pytest.raises(FileNotFoundError):
        word(invoke.context.Context())


def test_every_error_has_a_test_that_brings_it_about() -> None:
    """Here, or where the thing itself is tested: a test that names the identifier it expects."""
    elsewhere = {text for path in TESTS.rglob("test_*.py") for text in strings(path)}
    lacking = sorted(set(errors.TABLE) - set(TRIGGERS) - elsewhere)
    assert not lacking, f"write a trigger in tests/unit/triggers.py, or a test that expects: {', '.join(lacking)}"


def test_every_error_that_is_raised_is_in_the_table() -> None:
    """Another one would end in a KeyError, in front of a person."""
    unknown = {ident: place for ident, place in raised().items() if ident not in errors.TABLE}
    assert not unknown


def test_no_row_of_the_table_is_for_nothing() -> None:
    """A row that nothing raises explains what cannot happen."""
    unused = sorted(set(errors.TABLE) - set(raised()))
    assert not unused


def test_rows_say_something() -> None:
    """A cause, and something to type or to look at, without a full stop; identifiers are words with dashes."""
    for ident, row in errors.TABLE.items():
        assert ident == ident.lower().strip("-")
        assert len(row.cause) > 10, ident
        assert row.remedy.strip(), ident
        assert row.code is not errors.Exit.GOOD, ident
        assert not row.cause.endswith("."), ident


def test_a_trigger_says_what_it_is() -> None:
    """The table is read by people, too."""
    assert all(inspect.getdoc(trigger) for trigger in TRIGGERS.values())
