"""Typed words: they are found without Docker or Vagrant, and a mistyped word gets a near one suggested."""

from __future__ import annotations

import copy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.config import load
from kubelab.tasks import listing, main, namespace


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a computer that has nothing: no Docker, no Vagrant, no Go, an empty home."""
    return {"PATH": str(tmp_path), "HOME": str(tmp_path)}


def typed(*words: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Type words at a fresh process, as `./run` passes them on."""
    program = [sys.executable, str(paths.ROOT / "tasks.py"), *words]
    return subprocess.run(program, env=env, capture_output=True, text=True, check=False, cwd=env["HOME"])


def test_every_word_is_listed_on_a_computer_that_has_nothing(bare: dict[str, str]) -> None:
    """`./run --list` needs no Docker and no Vagrant, and says nothing of their absence."""
    done = typed("--list", env=bare)
    assert (done.returncode, done.stderr) == (0, "")
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ") and line[2] != " "}
    assert {"host.setup", "lab.up", "lab.test", "lab.destroy", "components.build", "check", "test"} <= listed


def test_a_list_of_the_words_is_what_the_tasks_say_and_imports_none_of_them(bare: dict[str, str]) -> None:
    """Names and help read from the source are the tasks' own; no task, and so nothing of a lab, is imported."""
    read, made = listing.collection(), namespace.collection(["--list"])
    assert read.task_names == made.task_names
    for name in made.task_names:
        assert read[name].__doc__ == made[name].__doc__, name
    script = "import sys; sys.argv = ['run', '--list']; import tasks; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], env=bare, capture_output=True, text=True, check=True, cwd=paths.ROOT
    )
    assert {name for name in done.stdout.split() if name.startswith("kubelab.tasks.")} <= {
        "kubelab.tasks.listing", "kubelab.tasks.namespace", "kubelab.tasks.passing", "kubelab.tasks.main",
        "kubelab.tasks.streams",
    }  # fmt: skip


def test_run_alone_shows_the_words(bare: dict[str, str]) -> None:
    """Whoever types `./run` looks around."""
    done = typed(env=bare)
    assert done.returncode == 0
    assert "lab.up" in done.stdout


@pytest.mark.parametrize(
    "words",
    [("fault.inject", "--help"), ("checkpoint.restore", "--lab", "x", "-h"), ("lab.ssh", "--help"), ("test", "--help")],
    ids=" ".join,
)
def test_a_word_is_explained_also_when_it_waits_for_a_value(words: tuple[str, ...], bare: dict[str, str]) -> None:
    """`--help` after a word is never taken for the name of a fault, a checkpoint or a machine."""
    done = typed(*words, env=bare)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"[--core-opts] {words[0]} " in done.stdout


def test_the_help_of_a_command_in_a_box_is_not_ours() -> None:
    """What follows an option is its value."""
    line = ["run", "lab.ssh", "kube-master-01", "--command", "--help"]
    assert main.named(line) == line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lba.up",), "there is no word 'lba.up'; did you mean 'lab.up'?"),
        (("lab.up", "lab.tset"), "there is no word 'lab.tset'; did you mean 'lab.test'?"),
        (("lab.up", "--lba", "x"), "there is no option --lba; did you mean '--lab'?"),
        (("--help", "lab.destory"), "there is no word 'lab.destory'; did you mean 'lab.destroy'?"),
        (("exercise.start", "dns-broken", "--variant", "two"), "'two' is no whole number"),
        (("course.watch", "c.yaml", "--port=x"), "'x' is no whole number"),
        (("exercise.prove", "--times", ""), "'' is no whole number"),
        (("lab.ssh",), "'lab.ssh' did not receive required positional arguments: 'machine'"),
    ],
)
def test_a_mistyped_word_is_told_the_near_one(words: tuple[str, ...], said: str, bare: dict[str, str]) -> None:
    """Nothing is run, the exit code is that of wrong usage, and no traceback is shown."""
    done = typed(*words, env=bare)
    assert done.returncode == errors.Exit.USAGE
    assert said in done.stderr
    assert "word-unknown" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error(bare: dict[str, str]) -> None:
    """`./run --list | head -1` shows a line, not a traceback."""
    words = f"{shlex.join([sys.executable, f'{paths.ROOT}/tasks.py'])} --list | (read -r line; exec 0<&-; echo $line)"
    done = subprocess.run(["/bin/sh", "-c", words], env=bare, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_every_word_and_every_option_is_explained() -> None:
    """A docstring for the word, and help for each thing that may follow it: a misspelt key in a table shows here."""
    words = namespace.collection(["--list"])
    lacking = []
    for name in words.task_names:
        task = words[name]
        assert task.__doc__, name
        lacking += [f"{name}: {argument.name}" for argument in copy.deepcopy(task).get_arguments() if not argument.help]
    assert not lacking


def test_only_what_was_asked_for_is_imported() -> None:
    """A word starts quickly: the modules of others are not loaded."""
    assert set(namespace.collection(["lab.status"]).task_names) == {
        name for name in namespace.collection(["--list"]).task_names if name.startswith("lab.")
    }


def test_what_the_tab_key_knows_beside_words() -> None:
    """Labs after --lab, in either spelling; nothing of ours elsewhere."""
    labs = list(load.names())
    assert main.values("lab.up --lab ") == main.values("lab.up --lab=de") == labs
    assert main.values("lab.up") is None
    assert main.values("lab.up --lab default ") is None
    assert main.values("") is None


@pytest.mark.parametrize("word", sorted(main.NAMED))
def test_a_value_that_may_be_left_out_may_stand_behind_options(word: str) -> None:
    """`lab.load --lab mine app.tar` is `lab.load app.tar --lab mine`; an option keeps its value."""
    task = copy.deepcopy(namespace.collection([word])[word])
    option = main.NAMED[word]
    for argument in copy.deepcopy(task).get_arguments():
        names = [f"-{name}" if len(name) == 1 else f"--{name}" for name in argument.names]
        if option in names:
            for name in names:
                line = ["run", word, name, "mine", "--lab", "x"]
                assert main.named(line) == line
                assert name in main.VALUED
            continue
        for name in names:
            given = [name, "mine"] if argument.takes_value else [name]
            assert (name in main.VALUED) == argument.takes_value, name
            assert main.named(["run", word, *given, "app.tar"]) == ["run", word, *given, option, "app.tar"]
    assert main.named(["run", word, "app.tar", "--lab", "mine"]) == ["run", word, option, "app.tar", "--lab", "mine"]
    assert main.named(["run", word, "--lab", "mine", "lab.why"]) == ["run", word, "--lab", "mine", "lab.why"]


def test_an_image_may_stand_anywhere_and_may_be_left_out() -> None:
    """Plain `invoke lab.load --lab mine app.tar` works as well: the value is invoke's own; alone, it is empty."""
    task = copy.deepcopy(namespace.collection(["lab.load"])["lab.load"])
    assert [argument.name for argument in copy.deepcopy(task).get_arguments() if argument.positional] == ["image"]
    for words in (["app.tar"], ["--lab", "mine", "app.tar"], ["--image=app.tar"], ["--image", "app.tar"]):
        assert main.named(["run", "lab.load", *words]) == ["run", "lab.load", *words]
    assert main.named(["run", "lab.load"]) == ["run", "lab.load", "--image="]
    assert main.named(["run", "lab.load", "--lab", "mine"]) == ["run", "lab.load", "--image=", "--lab", "mine"]
    assert main.named(["run", "lab.load", "--help"]) == ["run", "--help", "lab.load"]


@pytest.mark.parametrize("how", ["HOME", "INVOKE_RUNTIME_CONFIG"])
def test_another_projects_settings_of_invoke_reach_no_word(how: str, bare: dict[str, str]) -> None:
    """~/.invoke.yaml and a file that a variable names are for other tasks: a broken one ended in a traceback."""
    broken = Path(bare["HOME"]) / (".invoke.yaml" if how == "HOME" else "other.yaml")
    broken.write_text("tasks: {", encoding="utf-8")
    done = typed("lab.show", env=bare if how == "HOME" else {**bare, how: str(broken)})
    assert (done.returncode, done.stderr) == (0, "")
    assert "kube-master-01" in done.stdout


def test_no_variable_of_invokes_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With INVOKE_TASKS_DEDUPE empty a word that is typed twice would be done twice."""
    monkeypatch.setenv("INVOKE_TASKS_DEDUPE", "")
    settings = main.Settings()
    settings.load_shell_env()
    assert settings.tasks.dedupe is True


def test_a_path_with_an_unknown_persons_home_is_no_traceback() -> None:
    """`~nobody-here/x` is a path like any other; every word reads typed paths by the one function that knows that."""
    assert paths.typed("~nobody-here/x") == Path("~nobody-here/x")
    assert paths.typed("~/x") == Path.home() / "x"
    others = [
        str(path.relative_to(paths.ROOT))
        for path in (paths.ROOT / "kubelab").rglob("*.py")
        if path.name != "paths.py" and ".expanduser(" in path.read_text(encoding="utf-8")
    ]
    assert others == []
