"""Any terminal, shell and folder: no run ends in a traceback, and commands printed for a shell keep their words."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.clients import surroundings
from kubelab.tasks import main, passing, streams

PATHS = (
    "/home/ada/a b",
    "/home/ada/it's",
    "/home/ada/$(touch x)",
    "/home/ada/`id`",
    "/home/ada/$HOME",
    "/home/ada/a;b",
    "/home/ada/a&b",
    "/home/ada/50%",
    "/home/ada/é",
)
LOCALES = {
    "C": {"LC_ALL": "C"},
    "POSIX without coercion": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "Latin-1": {"PYTHONIOENCODING": "latin-1"},
    "strict ASCII": {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"},
    "no such locale": {"LANG": "xx_YY.ISO-8859-1"},
    "dumb": {"TERM": "dumb", "NO_COLOR": "1"},
    "narrow": {"COLUMNS": "20"},
    "odd width": {"COLUMNS": "0", "LINES": "-1"},
    "a width in other digits": {"COLUMNS": "²0"},
    "a width beyond all": {"COLUMNS": "9" * 5000},
    "nothing": {},
}
SHELLS = ("sh", "bash")


def typed(*words: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Type words at a fresh process, with a bare environment and some variables."""
    line = [sys.executable, str(paths.ROOT / "tasks.py"), *words]
    return subprocess.run(line, env={"PATH": os.environ["PATH"], **env}, capture_output=True, check=False)


@pytest.mark.parametrize("where", LOCALES)
@pytest.mark.parametrize("words", [("lab.show",), ("lab.up", "--lab", "nöne✓")])
def test_no_terminal_ends_in_a_traceback(where: str, words: tuple[str, ...], tmp_path: Path) -> None:
    """A table, and an error with signs of its own, on every kind of terminal."""
    done = typed(*words, HOME=str(tmp_path), KUBELAB_CACHE=str(tmp_path), **LOCALES[where])
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    assert done.stdout or done.stderr


@pytest.mark.parametrize(
    ("closing", "code"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">&- 2>&- <&-", 0), ("| head -1", 0)]
)
def test_a_closed_output_is_no_error(closing: str, code: int, tmp_path: Path) -> None:
    """Nobody reads: nothing is said, nothing fails, and no file that is opened later takes the place of the output."""
    line = f"{shlex.quote(sys.executable)} {shlex.quote(str(paths.ROOT / 'tasks.py'))} lab.show {closing}"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBELAB_CACHE": str(tmp_path)}
    done = subprocess.run(["bash", "-c", line], env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (code, b"")


def test_signs_that_a_terminal_lacks_are_replaced_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns stay where they are; what the terminal has is not touched."""
    raw = io.BytesIO()
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1", errors="strict"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    streams.settle()
    sys.stdout.write("✓ é … → 語")
    sys.stdout.flush()
    assert raw.getvalue().decode("latin-1") == "+ é . > ?"


@pytest.mark.parametrize("folder", PATHS)
@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_shell_is_given_is_one_word_a_word(
    folder: str, shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`eval "$(./run lab.env)"` in a checkout with a space cut PATH, and what stood in `$(…)` ran."""
    monkeypatch.setattr(paths, "BUILD", Path(folder) / "build")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "a b,$(touch x)")
    where = paths.LabPaths(name="mine")
    script = "\n".join([*surroundings.exports(where, None), 'printf "%s\\n" "$KUBECONFIG" "$PATH"'])
    done = subprocess.run(
        [shell, "-c", script], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines() == [str(where.kubeconfig), f"{where.bin}:/usr/bin:/bin"]
    assert not list(tmp_path.iterdir())


def test_a_shell_behind_a_proxy_is_given_the_way_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both spellings; without a proxy there is nothing to say."""
    for name in (
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    where, reached = paths.LabPaths(name="mine"), IPv4Network("192.168.56.0/24")
    assert len(surroundings.exports(where, reached)) == 2
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "intranet")
    assert surroundings.exports(where, reached)[2:] == (
        "export NO_PROXY=intranet,localhost,127.0.0.1,192.168.56.0/24",
        "export no_proxy=intranet,localhost,127.0.0.1,192.168.56.0/24",
    )


@pytest.mark.parametrize("folder", PATHS)
@pytest.mark.parametrize("place", ["ROOT", "cache"])
def test_a_path_that_every_program_reads_alike_is_fine(
    folder: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spaces, apostrophes, and what a shell would run if it were not quoted."""
    monkeypatch.setenv("KUBELAB_CACHE", folder if place == "cache" else "/home/ada/plain")
    monkeypatch.setattr(paths, "ROOT", Path(folder if place == "ROOT" else "/home/ada/plain"))
    paths.refuse_unusable()


@pytest.mark.parametrize("sign", [":", '"', "\\", "\n", "\x1b", "${HOME}", "\udce9"])
@pytest.mark.parametrize("place", ["checkout", "cache"])
def test_a_path_that_some_program_would_cut_is_refused_at_once(
    sign: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With which folder, which sign, and in letters that any terminal shows."""
    folder = Path(f"/home/ada/a{sign}b")
    monkeypatch.setattr(paths, "ROOT", folder if place == "checkout" else Path("/home/ada"))
    monkeypatch.setattr(paths, "cache", lambda: folder if place == "cache" else Path("/home/ada"))
    with pytest.raises(errors.LabError, match=f"the {place}'s path has") as caught:
        paths.refuse_unusable()
    assert caught.value.ident == "path-unusable"
    assert caught.value.what.isascii()
    assert caught.value.what.isprintable()


def test_a_checkout_with_a_colon_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """`./run` itself says it: no environment could be made there."""
    root = tmp_path / "a:b"
    root.mkdir()
    (root / "run").write_bytes((paths.ROOT / "run").read_bytes())
    (root / "requirements.lock").touch()
    done = subprocess.run(["bash", str(root / "run"), "lab.up"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "has ':' in it" in done.stderr
    assert sorted(path.name for path in root.iterdir()) == ["requirements.lock", "run"]


SSH = ["run", "lab.ssh"]


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        (["box", "--", "uname", "-a"], "uname -a"),
        (["box", "uname", "-a"], "uname -a"),
        (["--lab", "t2", "box", "--", "echo", "a b"], "echo 'a b'"),
        (["box", "--lab", "t2", "echo", "a b", "$HOME"], "echo 'a b' '$HOME'"),
        (["box", "--lab=t2", "--", "sudo crictl ps | wc -l"], "sudo crictl ps | wc -l"),
        (["box", "ls", "--help"], "ls --help"),
        (["box", "--", "lab.kubectl", "--", "x"], "lab.kubectl -- x"),
    ],
)
def test_what_follows_a_box_is_run_there(typed: list[str], command: str) -> None:
    """`lab.ssh BOX -- CMD` ran nothing and said 0; `lab.ssh BOX CMD` was refused."""
    line = main.named([*SSH, *typed])
    assert line[-1] == f"--command={command}"
    assert "--" not in line
    assert "box" in line


@pytest.mark.parametrize(
    "typed", [["box"], ["box", "--command", "ls -l"], ["box", "--lab", "t2"], ["--lab", "t2", "box", "--"]]
)
def test_a_shell_and_the_option_are_as_they_were(typed: list[str]) -> None:
    """Nothing is handed on."""
    assert main.named([*SSH, *typed]) == [*SSH, *(word for word in typed if word != "--")]


@pytest.mark.parametrize(
    ("typed", "own", "words"),
    [
        (["get", "pods", "-l", "app=x y"], [], ["get", "pods", "-l", "app=x y"]),
        (["--", "get", "nodes"], [], ["get", "nodes"]),
        (["--lab", "t2", "-n", "x", "get", "pods"], ["--lab", "t2"], ["-n", "x", "get", "pods"]),
        (["--lab=t2", "--", "exec", "p", "--", "ls"], ["--lab=t2"], ["exec", "p", "--", "ls"]),
        (["exec", "p", "--", "sh", "-c", "a; b"], [], ["exec", "p", "--", "sh", "-c", "a; b"]),
        (["get", "--help"], [], ["get", "--help"]),
        ([], [], []),
    ],
)
def test_kubectls_words_are_handed_on_whole(typed: list[str], own: list[str], words: list[str]) -> None:
    """With `--` and without, its own `--` included."""
    head = ["run", "lab.kubectl"]
    assert passing.split([*head, *typed]) == ([*head, *own], words)
    assert main.named([*head, *typed]) == [*head, *own, *(["--", *words] if words else [])]


def test_other_words_are_not_touched() -> None:
    """Several on one line, and `--` of theirs."""
    for line in (
        ["run", "lab.up", "lab.test"],
        ["run", "lab.logs", "--out", "x"],
        ["run"],
        ["run", "--", "lab.ssh", "x"],
    ):
        assert passing.split(line) == (line, [])
