"""The pages that are written from tables are those that the tables give now."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from bench.survive import page
from kubelab import errors, paths
from kubelab.config import load
from kubelab.dev import doc_pages
from kubelab.exam import touches
from kubelab.exercises import library, needs
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


def text_of(name: str) -> str:
    """Return a page with each run of white space as one blank."""
    return " ".join((paths.ROOT / name).read_text(encoding="utf-8").split())


def test_pages_count_the_exercises_that_there_are() -> None:
    """How many there are, how many an exam draws, and how many the labs of the pages suit, without those that need the
    programs of an older version set: whether they can run depends on what was built."""
    every = [library.find(name) for name in library.names()]
    older = [row for row in every if row.spec.needs.version_before]
    suited = {
        lab: sum(not needs.of_file(row, load.read(lab)) for row in every if row not in older)
        for lab in ("default", "full")
    }
    several = len(every) - len(older) - suited["full"]
    assert f"{len(every)} exercises:" in text_of("README.md")
    said = text_of("docs/start/exercises.md")
    assert f"Of the {len(every)} exercises {suited['default']} run in the default lab, and {suited['full']} in" in said
    assert (several, [row.spec.id for row in older]) == (3, ["node-behind"])
    assert "Three want several etcd members or control planes (`labs/ha.yaml`), and thirteen want one:" in said
    assert "`node-behind` wants" in said
    drawn = len({*touches.ROWS} & {row.spec.id for row in every})
    assert f"{drawn} of the {len(every)} exercises" in text_of("docs/start/exam.md")


def test_the_readme_counts_the_harms_that_were_acted_out() -> None:
    """As many harms and acknowledged entries as the page of survived harms has, and the lost ones, of which the README
    says that there are none."""
    results = page.read().values()
    assert not any(result.missing for result in results)
    entries = sum(result.acknowledged for result in results)
    assert f"{len(results)} harms were acted out" in text_of("README.md")
    assert f"none of {entries:,} acknowledged guestbook entries was lost" in text_of("README.md")


def test_the_readme_counts_the_checks_that_were_seen_red() -> None:
    """Its sentence is the one of the page that `lab.test --prove` writes."""
    said = re.search(
        r"(\d+ of \d+ checks were seen red by what they exist for);", text_of("docs/reference/checks-proven.md")
    )
    assert said
    assert said[1] in text_of("README.md")
