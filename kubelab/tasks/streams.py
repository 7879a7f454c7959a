"""Fits output to its terminal: unknown characters are replaced, and a closed output is no error."""

from __future__ import annotations

import codecs
import io
import locale
import os
import re
import sys
from pathlib import Path

SPELT = {"✓": "+", "✗": "x", "…": ".", "→": ">", "·": "-", "•": "-", "─": "-", "│": "|"}
"""One character for one, so that columns stay: the replacements on an ASCII or a Latin-1 terminal."""
NARROWEST = 10
"""Columns of a terminal that shows anything: a variable with fewer is not believed."""
REPLACED = "kubelab"


def settle() -> None:
    """Make both outputs fit the terminal: its own character set, with a replacement for each missing character.

    A descriptor that was closed before the start leads nowhere: else the first file that is opened would be written to.
    """
    for name in ("COLUMNS", "LINES"):
        if name in os.environ and not _width(os.environ[name]):
            del os.environ[name]
    while (free := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(free, True)
    os.close(free)
    codecs.register_error(REPLACED, _spelt)
    encoding = None if os.environ.get("PYTHONIOENCODING") else locale.getencoding()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (as long as the process)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors=REPLACED)


def _width(value: str) -> bool:
    """Return whether a variable names a width that a terminal may have."""
    return re.fullmatch(r"0*[1-9]\d{1,4}", value, re.ASCII) is not None and int(value) >= NARROWEST


def close() -> None:
    """Discard unwritten output: its reader has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def _spelt(problem: UnicodeError) -> tuple[str, int]:
    """Return the replacements of characters that cannot be written."""
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    unknown = problem.object[problem.start : problem.end]
    return "".join(SPELT.get(sign, "?") for sign in unknown), problem.end
