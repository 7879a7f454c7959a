"""The Tab key completes words, options, labs and machines in a real bash on its own terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubelab import paths
from kubelab.config import load

PATIENCE = 30.0
"""Seconds for one answer; one is usual, and other work may keep the computer busy."""


class Terminal:
    """An interactive bash with our completion and nothing else, and a person who types."""

    def __init__(self, home: Path) -> None:
        """Start it in the checkout."""
        mine, theirs = pty.openpty()
        environment = {**os.environ, "HOME": str(home), "PS1": "$ ", "TERM": "dumb", "INPUTRC": "/dev/null"}
        words = ["bash", "--norc", "--noprofile", "-i"]
        self.process = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=paths.ROOT, env=environment, start_new_session=True
        )
        os.close(theirs)
        self._end = mine

    def types(self, keys: str, expect: str) -> str:
        """Type keys; return what was shown up to and including `expect`."""
        os.write(self._end, keys.encode())
        shown, end = "", time.monotonic() + PATIENCE
        while expect not in shown:
            left = end - time.monotonic()
            assert left > 0, f"after {keys!r} no {expect!r} but {shown!r}"
            if select.select([self._end], [], [], left)[0]:
                shown += os.read(self._end, 65536).decode(errors="replace")
        return shown

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        os.close(self._end)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Return a bash into which the README's line was typed."""
    opened = Terminal(tmp_path)
    try:
        opened.types("source <(./run --print-completion-script bash); echo do'ne'\n", "done")
        yield opened
    finally:
        opened.close()


def test_a_word_is_completed(terminal: Terminal) -> None:
    """`./run lab.stat<Tab>` becomes `./run lab.status `: one word begins so."""
    assert "lab.status " in terminal.types("./run lab.stat\t", "lab.status ")


def test_many_words_are_shown(terminal: Terminal) -> None:
    """`./run la<Tab>` goes as far as all agree; two more Tabs list them."""
    terminal.types("./run la\t", "b.")
    shown = terminal.types("\t\t", "./run lab.")
    assert "lab.destroy" in shown


def test_options_labs_and_second_words_are_completed(terminal: Terminal) -> None:
    """`--l<Tab>` is an option of that word, after `--lab` stand the labs, and a second word completes as well."""
    terminal.types("./run lab.halt --l\t", "--lab ")
    terminal.types("defa\t", "default ")
    terminal.types("lab.destr\t", "lab.destroy ")


def asked(typed: str) -> list[str]:
    """Return what the shells are answered."""
    words = [str(paths.ROOT / "run"), "--complete", "--", typed]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def test_what_the_shells_are_answered() -> None:
    """Both scripts ask the same question."""
    assert asked("lab.up --lab ") == asked("lab.up --lab=") == asked("lab.up --lab d") == list(load.names())
    assert {"lab.up", "check", "host.setup"} <= set(asked("la"))
    assert {"--lab", "--json"} <= set(asked("lab.up --"))


def test_a_shell_without_a_script_is_told_which_there_are() -> None:
    """fish is not there yet."""
    words = [str(paths.ROOT / "run"), "--print-completion-script", "fish"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "only for bash, zsh" in done.stderr
