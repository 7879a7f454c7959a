"""The pages that are written from tables are those that the tables give now."""

from __future__ import annotations

import re

import pytest

from kubelab import errors, pages, paths


@pytest.mark.parametrize("name", pages.PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    """Whoever changes a table types the word that writes its page: `./run docs.errors`."""
    found = (paths.ROOT / "docs" / name).read_text(encoding="utf-8")
    assert found == pages.PAGES[name](), f"docs/{name} is old; type: ./run docs.{name.removesuffix('.md')}"


def test_the_anchor_that_an_error_names_is_on_the_page() -> None:
    """An error ends with docs/errors.md#IDENT: a heading of exactly that name, once for every row of the table."""
    headings = re.findall(r"(?m)^### (\S+)$", pages.error_page())
    assert headings == sorted(errors.TABLE)


def test_every_exit_code_has_a_meaning() -> None:
    """A code that a program may see is explained to the person who wrote the program."""
    assert set(pages.MEANINGS) == set(errors.Exit)
    assert all(f"\n| {code.value} | " in pages.error_page() for code in errors.Exit)
