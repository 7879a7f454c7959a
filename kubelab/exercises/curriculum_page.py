"""The page that holds the exercises against the curriculum, both ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kubelab import pages, paths
from kubelab.exercises import curriculum, exercise_file, library
from kubelab.files import atomic
from kubelab.state import docs_table

INTRO = f"""\
# The curriculum, and the exercises for it

*For students who prepare for the examination, and for teachers who choose exercises.* Written by `./run
docs.curriculum`; do not change it by hand.

The competencies are those of the Certified Kubernetes Administrator, version {curriculum.VERSION}, in this project's
words (<{curriculum.SOURCE}>, commit {curriculum.COMMIT}).
An exercise names a competency if one of its goals tests it, and at most two. Each competency wants {curriculum.LEAST}
exercises; the last column says why one has fewer.

"""


def text(rows: Sequence[library.Exercise]) -> str:
    """Return the page for these exercises."""
    by_competency = docs_table.table(("domain", "share", "competency", "exercises", "fewer because"), _asked(rows))
    by_exercise = docs_table.table(("exercise", "competencies"), _named(rows))
    return f"{INTRO}{by_competency}\n## Exercise by exercise\n\n{by_exercise}"


def write() -> Path:
    """Write the page for the exercises that are shipped; return its path."""
    path = paths.ROOT / pages.CURRICULUM
    atomic.write(path, text([library.find(name) for name in library.names()]), mode=atomic.PUBLIC)
    return path


def _asked(rows: Sequence[library.Exercise]) -> Iterator[tuple[str, str, str, str, str]]:
    for name, row in curriculum.TABLE.items():
        found = ", ".join(one.spec.id for one in rows if name in one.spec.competencies)
        yield row.topic, f"{exercise_file.SHARES[row.topic]} %", row.words, found or "none", row.gap or ""


def _named(rows: Sequence[library.Exercise]) -> Iterator[tuple[str, str]]:
    for row in rows:
        beside = "" if row.spec.competencies else " (not in this curriculum)"
        yield row.spec.id, curriculum.words(row.spec) + beside
