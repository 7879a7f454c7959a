"""The pages that are written from tables are those that the tables give now."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from kubelab import errors, paths
from kubelab.dev import doc_pages
from kubelab.tasks import namespace


@pytest.mark.parametrize("name", doc_pages.PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """Whoever changes a table types the word that writes its page: `./run docs.errors`."""
    found = (paths.ROOT / name).read_text(encoding="utf-8")
    assert found == doc_pages.PAGES[name](), f"{name} is old; type: ./run docs.{Path(name).stem}"


def test_the_anchor_that_an_error_names_is_on_the_page() -> None:
    """An error names the page of errors and #IDENT: that heading is there, once for each row of the table."""
    headings = re.findall(r"(?m)^### (\S+)$", doc_pages.error_page())
    assert headings == sorted(errors.TABLE)


def test_every_exit_code_has_a_meaning() -> None:
    """A code that a program may see is explained to the person who wrote the program."""
    assert set(doc_pages.MEANINGS) == set(errors.Exit)
    assert all(f"\n| {code.value} | " in doc_pages.error_page() for code in errors.Exit)


TYPED = re.compile(r"\./run ((?:[a-z]+\.[a-z-]+|check|test)\b[^`\n,;|&#()'\"<{]*)")
"""What a reader is told to type, from the first word on."""


def texts() -> list[tuple[str, str]]:
    """Return what people read: the pages, the tasks of exercises and the remedies of errors."""
    files = [paths.ROOT / "README.md", *(paths.ROOT / "docs").rglob("*.md"), *(paths.LABS / "exercises").glob("*/*.md")]
    found = [(str(path.relative_to(paths.ROOT)), path.read_text(encoding="utf-8")) for path in sorted(files)]
    return [*found, *((ident, row.remedy) for ident, row in errors.TABLE.items())]


def known() -> dict[str, set[str]]:
    """Return every word and the options that it takes; read from its signature, for asking invoke uses its help up."""
    every = namespace.collection(["--list"])
    return {
        name: {f"--{word.replace('_', '-').strip('-')}" for word in inspect.signature(every[name].body).parameters}
        for name in every.task_names
    }


def test_what_a_page_tells_to_type_can_be_typed() -> None:
    """Every word that a page, a task or a remedy names is there, with the options that it is given."""
    words, wrong, seen = known(), [], 0
    for where, text in texts():
        for line in TYPED.findall(text):
            word = ""
            for token in (part.rstrip(".:") for part in line.split()):
                if token in words:
                    word, seen = token, seen + 1
                elif re.fullmatch(r"--[a-z-]+(=.*)?", token) and token.partition("=")[0] not in words.get(word, ()):
                    wrong.append(f"{where}: {word} {token}")
            if line.split()[0].rstrip(".:") not in words:
                wrong.append(f"{where}: {line.split()[0]}")
    assert wrong == []
    assert seen > 200
