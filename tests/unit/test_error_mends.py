"""Each error's remedy, done as printed, mends the error; a row without such a test gives the reason."""

from __future__ import annotations

import ast
import copy
import inspect
from pathlib import Path

import invoke.context
import invoke.parser
import pytest
import triggers_class
from error_tables import MENDS, TRIGGERS
from fakes import Computer
from mends_not import NOT_MENDED
from triggers import WHERE

from kubelab import errors, paths
from kubelab.components import archives, local_image
from kubelab.exercises import attempt, lockout
from kubelab.host import packages
from kubelab.lab import loading
from kubelab.state import journal
from kubelab.tasks import decorator, main, namespace

PLACES = {
    word: ["x"]
    for word in ("exercise.start", "checkpoint.delete", "lab.ssh", "course.make", "course.show", "components.serve")
}
"""What words take that a remedy leaves open, as in `./run exercise.start ID`."""


@pytest.mark.parametrize("ident", MENDS)
def test_what_was_printed_mends(ident: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is brought about; its remedy is done; asked again it is gone, or the next step's own error comes."""
    computer, mend = Computer.made(tmp_path, monkeypatch), MENDS[ident]
    with pytest.raises(errors.LabError) as caught:
        TRIGGERS[ident](computer)
    assert caught.value.ident == ident
    assert mend.says in caught.value.remedy
    if not mend.then:
        mend.act(computer, caught.value)
        return
    with pytest.raises(errors.LabError) as following:
        mend.act(computer, caught.value)
    assert following.value.ident == mend.then != ident


def test_every_error_is_mended_or_says_why_not() -> None:
    """A new identifier is entered into exactly one of the two tables."""
    assert not set(MENDS) & set(NOT_MENDED)
    assert {*MENDS, *NOT_MENDED} == set(errors.TABLE)


def test_every_row_is_read_by_people() -> None:
    """What a mend does, and why another is not done here, is said."""
    assert all(inspect.getdoc(mend.act) for mend in MENDS.values())
    assert all(len(reason) > 20 for reason in NOT_MENDED.values())


@pytest.mark.parametrize(
    ("remedy", "aimed"),
    [
        ("./run lab.up, then the same", "./run lab.up --lab 'my lab', then the same"),
        ("./run lab.halt lab.up; or", "./run lab.halt --lab 'my lab' lab.up --lab 'my lab'; or"),
        ("./run lab.kubectl -- get pods", "./run lab.kubectl --lab 'my lab' -- get pods"),
        ("./run exercise.start ID", "./run exercise.start --lab 'my lab' ID"),
        ("./run host.setup; ./run lab.list", "./run host.setup --lab 'my lab'; ./run lab.list"),
        ("./run lab.up --lab other", "./run lab.up --lab other"),
        ("./run --list shows every word", "./run --list shows every word"),
        ("docker ps, lab.up", "docker ps, lab.up"),
    ],
)
def test_a_remedy_is_for_the_lab_that_was_asked_for(remedy: str, aimed: str) -> None:
    """Typed as printed it would else bring up, or destroy, the default lab."""
    assert decorator.aimed(remedy, "my lab") == aimed
    assert decorator.aimed(remedy, "default") == decorator.aimed(remedy, None) == remedy


def test_the_lab_of_the_environment_needs_no_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """`KUBELAB_LAB` is read by the next word, too; the default lab is then one that must be named."""
    monkeypatch.setenv("KUBELAB_LAB", "mine")
    assert decorator.aimed("./run lab.up", "mine") == "./run lab.up"
    assert decorator.aimed("./run lab.up", "default") == "./run lab.up --lab default"


def test_every_remedy_of_the_table_can_be_aimed() -> None:
    """No word with a lab is left behind in any of them."""
    for row in errors.TABLE.values():
        left = decorator.TYPED.findall(decorator.aimed(row.remedy, "mine"))
        assert not [text for text in left if decorator.aimed(text, "mine") != text], row.remedy


def test_a_word_prints_the_lab_that_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    """`lab.status --lab mine` of a lab that is not up names that lab in what it says to type."""

    @decorator.task
    def status(_: object, lab: str = "default") -> None:
        raise errors.LabError("lab-absent", f"lab {lab} is not up")

    with pytest.raises(SystemExit):
        status(invoke.context.Context(), lab="mine")
    assert "type:   ./run lab.up --lab mine\n" in capsys.readouterr().err


def refusals() -> list[tuple[str, set[str], set[str]]]:
    """Return every word that an exercise refuses: where it is, its arguments, what it hands to `lockout.refuse`."""
    found = []
    for path in sorted((paths.ROOT / "kubelab/tasks").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for word in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(word) if isinstance(node, ast.Call)):
                if ast.unparse(call.func) == "lockout.refuse":
                    given = {str(keyword.arg) for keyword in call.keywords}
                    found.append((f"{path.stem}.{word.name}", {argument.arg for argument in word.args.args}, given))
    return found


def test_give_up_is_printed_by_words_that_have_it() -> None:
    """fault.inject has no --give-up: during an exercise it says to stop that first."""
    assert len(refusals()) > 5
    for word, arguments, given in refusals():
        assert ("give_up" in arguments) == ("give_up" in given), word


def test_a_word_without_give_up_says_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option that it has not got is not named."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    attempt.save(WHERE, triggers_class.an_attempt())
    with pytest.raises(errors.LabError) as caught:
        lockout.refuse("default", "fault.inject")
    assert caught.value.remedy == "./run exercise.stop, then the same command again"


def test_in_a_pack_work_is_handed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There exercise.submit is a way out; elsewhere it is refused, and is not named."""
    computer = Computer.made(tmp_path, monkeypatch)
    monkeypatch.setattr(paths, "PACK", tmp_path)
    with pytest.raises(errors.LabError) as caught:
        TRIGGERS["exercise-unsubmitted"](computer)
    assert "./run exercise.submit" in caught.value.remedy


def test_an_archive_of_several_images_is_not_told_to_name_them_alike() -> None:
    """`--name` was given: saying so again would change nothing."""
    two = [archives.Image(names=(), listed={}, is_oci=False, made_for=archives.ARCHITECTURE) for _ in range(2)]
    with pytest.raises(errors.LabError) as caught:
        list(local_image._chosen("two.tar", two, "my/app:1"))
    assert caught.value.remedy.startswith("docker load --input")


@pytest.mark.parametrize("command", ["docker", "vagrant", "mmdebstrap", "newuidmap"])
def test_host_setup_installs_what_is_missing(command: str) -> None:
    """The errors of missing tools say ./run host.setup: it knows each of them."""
    assert any(command in package.signs for package in packages.PACKAGES)


def test_what_is_printed_beside_errors_names_the_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After a stopped run and an empty list: the default lab needs no option, another one does."""
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path))
    monkeypatch.delenv("KUBELAB_LAB", raising=False)
    for printed in (journal.next_step, lambda lab: "".join(loading.table(lab))):
        assert "./run lab." in printed("default")
        assert "--lab" not in printed("default")
        assert " --lab mine " in printed("mine")


def test_one_place_decides_when_the_lab_is_named() -> None:
    """A word that spells the option itself forgets `KUBELAB_LAB`; a course's pack has a lab of its own."""
    found = [path.name for path in (paths.ROOT / "kubelab").rglob("*.py") if 'f" --lab {' in path.read_text("utf-8")]
    assert sorted(found) == ["make_packs.py", "paths.py"]


@pytest.mark.parametrize("ident", errors.TABLE)
def test_an_aimed_word_can_be_typed(ident: str) -> None:
    """Where the option is put the parser takes it, for each word of a chain: nothing is handed on to a box."""
    for line in decorator.TYPED.findall(errors.TABLE[ident].remedy):
        words = decorator.aimed(line, "mine").split()[1:]
        known = copy.deepcopy(namespace.collection(words))
        wanted = sum("lab" in inspect.signature(known[name].body).parameters for name in words if name in known)
        typed = main.named(["run", *words, *PLACES.get(words[0], [])])[1:]
        parsed = invoke.parser.Parser(contexts=known.to_contexts()).parse_argv(typed)
        given = [context.args["lab"].value for context in parsed if "lab" in context.args]
        assert given == ["mine"] * wanted, words
