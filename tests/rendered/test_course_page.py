"""The class's page in a real Chromium: opens from a file, shows hostile names as text, fits a telephone."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubelab import paths

sys.path.insert(0, str(paths.ROOT / "tests" / "unit"))
course_data: Any = importlib.import_module("course_data")
browser: Any = importlib.import_module("tests.live.browser")

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
STUDENTS = f"""\
students:
  - {{id: ada, name: "{HOSTILE}"}}
  - {{id: a-long-identifier-without-any-break, name: {"x" * 78}}}
  - {{id: grace}}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield the page of a class in which two of three have handed in."""
    from kubelab.course import class_results, gradebook  # noqa: PLC0415 (course words alone need them)

    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        room = course_data.handed_out(folder, patch, students=STUDENTS)
        for student in ("ada", "grace"):
            room.hand_in(student, room.tried(student))
        (room.inbox / "<b>x.zip").write_bytes(b"nothing")
        book = gradebook.collect(room.inbox, room.course, course_data.NOW)
        class_results.write(book, folder / "results")
        yield folder / "results" / "class.html"


@pytest.mark.skipif(browser.executable() is None, reason="needs Chromium: ./run host.setup")
@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_the_page_opens_offline_and_fits(file: Path, width: int, height: int) -> None:
    """On a telephone and on a desk: pictures drawn, nothing too wide, names as text, no complaint."""
    with browser.chromium() as running, running.page() as page:
        page.resize(width, height)
        page.open(file.as_uri())
        assert page.overflow() <= 0
        assert page.evaluate("document.title") == "Kubernetes from the inside"
        assert "<script>document.title" in page.text()
        assert page.evaluate("document.scripts.length") == 0
        assert page.evaluate("document.querySelectorAll('svg rect.bar').length") >= 10
        assert page.evaluate("performance.getEntriesByType('resource').length") == 0
        frames = (
            "[...document.querySelectorAll('svg text')].every(t => t.getBoundingClientRect().right <= innerWidth + 1)"
        )
        assert page.evaluate(frames)
        assert page.problems == []
