"""Pages of docs/ that are generated from the program's own tables, so that they always agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from kubelab import errors, pages, paths
from kubelab.files import atomic
from kubelab.state import docs_table

MEANINGS: Mapping[errors.Exit, str] = {
    errors.Exit.GOOD: "good: done, or there was nothing to do",
    errors.Exit.FAILED: "failed: something was tried and did not work",
    errors.Exit.USAGE: "wrong usage: nothing was tried; a word, a file or an option must be changed first",
    errors.Exit.DEGRADED: "degraded: the lab exists, and some of it is not well",
    errors.Exit.ABSENT: "absent: the thing you asked about does not exist",
    errors.Exit.UNKNOWN: "could not tell: no answer came",
    errors.Exit.PENDING: "changes pending: the next `lab.up` would change something",
}
OTHERS = {130: "stopped with Ctrl-C: the same command continues from there"}
INTRO = """\
# Errors

*For everybody who got an error.* Look up the identifier that it printed. The message may know the cause better than
this page.

An error prints its identifier, what failed, whose turn it is, the likely cause, what to type, and where the log is.
Whose turn: **the lab file's author** must change a file or what was typed; **this computer** lacks or refuses
something; **a box** of the lab is in trouble; **kubelab itself** has a mistake: please report it.

Written by `./run docs.errors` from the table in `kubelab/errors.py`; change it there.

## Exit codes

"""


def error_page() -> str:
    """Return the page of errors: the exit codes, then every identifier in alphabetical order, each with an anchor."""
    codes = {int(code): meaning for code, meaning in MEANINGS.items()} | OTHERS
    exits = docs_table.table(("code", "meaning"), codes.items())
    return f"{INTRO}{exits}\n## Identifiers\n" + "".join(_entry(ident) for ident in sorted(errors.TABLE))


def _entry(ident: str) -> str:
    row = errors.TABLE[ident]
    meaning = MEANINGS[row.code].split(":")[0]
    return (
        f"\n### {ident}\n\n"
        f"- whose turn: {row.turn}\n"
        f"- likely cause: {_plain(row.cause)}\n"
        f"- what to type: {_plain(row.remedy)}\n"
        f"- exit code: {row.code.value} ({meaning})\n"
    )


def _plain(text: str) -> str:
    """Return a text with its Markdown tags and emphasis escaped, outside of code."""
    parts = text.split("`")
    marks = str.maketrans({"<": "&lt;", "*": "\\*", "_": "\\_"})
    return "`".join(part if index % 2 else part.translate(marks) for index, part in enumerate(parts))


PAGES: Mapping[str, Callable[[], str]] = {pages.ERRORS: error_page}
"""Every generated page: its path, and the function that returns its text."""


def write(page: str) -> Path:
    """Write a page; return its path."""
    path = paths.ROOT / page
    atomic.write(path, PAGES[page](), mode=atomic.PUBLIC)
    return path
