"""Links and paths to pages: each leads somewhere, and the index has every page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from kubelab import pages, paths

LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")
FENCED = re.compile(r"(?ms)^```.*?^```")
HEADING = re.compile(r"(?m)^#+ (.+)$")
NAMED = re.compile(r"\bdocs/[a-z0-9/-]+\.(?:md|json|png)\b")
"""A page's path, in any text of the checkout."""
FOLDERS = ("start", "how-to", "reference", "explain")
INDEX = paths.ROOT / "docs/README.md"


def tracked(*patterns: str) -> list[str]:
    """Return the checkout's files of these patterns; data of tests may name what is no longer there."""
    command = ["git", "-C", str(paths.ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    names = [name for name in listed if name and not name.startswith("tests/data/")]
    return [name for name in names if (paths.ROOT / name).is_file()]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and GitLab make them; a heading seen again gets a number."""
    found: dict[str, int] = {}
    for heading in HEADING.findall(FENCED.sub("", text)):
        words = LINK.sub(lambda link: link[0].partition("](")[0].lstrip("["), heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found[anchor] = found.get(anchor, -1) + 1
    return {f"{name}-{number}" if number else name for name, most in found.items() for number in range(most + 1)}


def broken(name: str) -> list[str]:
    """Return the links of a Markdown file of the checkout that lead nowhere."""
    place = paths.ROOT / name
    text = place.read_text(encoding="utf-8")
    wrong = []
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", FENCED.sub("", text))):
        path, _, anchor = target.partition("#")
        aim = (place.parent / path).resolve() if path else place
        if ELSEWHERE.match(target):
            continue
        if not aim.exists() or (anchor and anchor not in anchors(aim.read_text(encoding="utf-8"))):
            wrong.append(f"{name}: {target}")
    return wrong


@pytest.mark.parametrize("name", tracked("*.md"))
def test_every_link_leads_to_a_file_and_a_heading_in_it(name: str) -> None:
    """README, CHANGELOG, docs, texts of exercises: no link to a page, a picture or a heading that is not there."""
    assert broken(name) == []


def test_there_are_links_to_look_at() -> None:
    """The rule above is about something: pages link pages, headings and pictures."""
    texts = [(paths.ROOT / name).read_text(encoding="utf-8") for name in tracked("*.md")]
    links = [link for text in texts for link in LINK.findall(text)]
    assert len(links) > 80
    assert any("#" in link for link in links) and any(link.endswith(".png") for link in links)


def test_a_path_of_docs_that_any_file_names_is_there() -> None:
    """Messages, remedies, docstrings, templates and comments name pages by their path: every one exists."""
    wrong, seen = [], 0
    for name in tracked():
        try:
            text = (paths.ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        named = NAMED.findall(text) if name != "tests/unit/test_course_contents.py" else []  # a page that is none
        seen += len(named)
        wrong += [f"{name}: {page}" for page in named if not (paths.ROOT / page).exists()]
    assert wrong == []
    assert seen > 60


def test_every_constant_is_a_page() -> None:
    """Each name of `pages` is a file or a folder of the checkout."""
    places = {name: value for name, value in vars(pages).items() if name.isupper()}
    assert len(places) > 15
    assert [name for name, place in places.items() if not (paths.ROOT / place).exists()] == []


def test_the_index_has_every_page_once() -> None:
    """Each page is a row of docs/README.md, which says for whom it is; nothing lies beside the four folders."""
    rows = [line for line in INDEX.read_text(encoding="utf-8").splitlines() if line.startswith("| [")]
    linked = sorted(LINK.findall(row)[0] for row in rows)
    docs = paths.ROOT / "docs"
    there = sorted(str(page.relative_to(docs)) for page in docs.rglob("*.md") if page != INDEX)
    assert linked == there
    assert all(len(cell.strip()) > 6 for row in rows for cell in row.split("|")[2:4])
    assert {Path(page).parts[0] for page in there} == set(FOLDERS)


def test_every_page_says_for_whom_it_is() -> None:
    """The first paragraph of a page begins with its readers."""
    for page in sorted((paths.ROOT / "docs").rglob("*.md")):
        head = page.read_text(encoding="utf-8").split("\n\n")[1]
        assert head.startswith("*For "), page


def test_no_text_holds_a_merge_that_was_not_finished() -> None:
    """No file of the checkout has the lines that git leaves where two changes met."""
    marks = tuple(f"{sign * 7} " for sign in "<>|")
    texts = {name: (paths.ROOT / name).read_bytes().decode("utf-8", "replace") for name in tracked()}
    assert len(texts) > 900
    assert [name for name, text in texts.items() if any(line.startswith(marks) for line in text.split("\n"))] == []
