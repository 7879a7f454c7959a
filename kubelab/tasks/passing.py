"""Words that pass on a command: the rest of `lab.ssh BOX …` and `lab.kubectl …` is not parsed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

END = "--"
"""Ends kubelab's own options before the passed command; may be left out."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word that passes on: how many values of its own come first, and its own options that have a value."""

    values: int
    options: tuple[str, ...]


WORDS: Mapping[str, Word] = {
    "lab.ssh": Word(values=1, options=("--lab", "-l", "--machine", "-m", "--command", "-c")),
    "lab.kubectl": Word(values=0, options=("--lab", "-l")),
}


def split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a command line in two: kubelab's part, and the passed words unchanged.

    `lab.ssh BOX -- ls "a b"`, `lab.ssh BOX ls "a b"` and `lab.kubectl get pods -l app=x` keep each word whole.
    """
    at = next((index for index, word in enumerate(argv) if index and word in WORDS), None)
    if at is None or END in argv[:at]:
        return list(argv), []
    row, index, values = WORDS[argv[at]], at + 1, 0
    while index < len(argv) and argv[index] != END:
        word = argv[index]
        if word.startswith("-") and word.partition("=")[0] in (*row.options, "--help", "-h"):
            index += 2 if word in row.options else 1
        elif values < row.values and not word.startswith("-"):
            values, index = values + 1, index + 1
        else:
            break
    own, rest = list(argv[:index]), list(argv[index:])
    return own, rest[1:] if rest[:1] == [END] else rest


def line(words: Sequence[str]) -> str:
    """Return words as a line for a box's shell: several are quoted, one alone is a line already."""
    return words[0] if len(words) == 1 else shlex.join(words)
