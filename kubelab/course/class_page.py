"""Pages for people: each one file without scripts and outside resources; every value is escaped."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import jinja2
import markupsafe

from kubelab import paths
from kubelab.course import charts, exam_results, exports, gradebook, statistics
from kubelab.ui import foreign


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths.TEMPLATES / "course"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,  # names, ids and what checks saw come from students
        finalize=_harmless,
    )


def _harmless(value: object) -> object:
    """Return the text of a hole: foreign text without characters that turn or hide the text around it."""
    return foreign.text(value) if isinstance(value, str) and not isinstance(value, markupsafe.Markup) else value


def render(template: str, values: Mapping[str, object]) -> str:
    """Return a page of templates/course/ with `values` in its holes, each escaped."""
    return _environment().get_template(f"{template}.j2").render(values)


def of_class(book: gradebook.Gradebook) -> str:
    """Return the class's page: who is done, which goals stop students, times, points, doubts."""
    pictures = [
        charts.done(statistics.totals(book)),
        charts.stoppers(statistics.stoppers(book)),
        charts.times(statistics.timed(book)),
    ]
    return render(
        "class.html",
        {
            "book": book,
            "pictures": [one for one in pictures if one.bars],
            "points": charts.points(statistics.distribution(book)),
            "believed": sum(row.believed for row in book.handed_in),
            "told": exports.told,
            "exam": exam_results.shown,
        },
    )
