"""docs.*: write the pages of docs/ that are made from the program's own tables."""

from __future__ import annotations

from typing import Any

from kubelab import pages, paths
from kubelab.dev import doc_pages
from kubelab.exercises import curriculum_page
from kubelab.faults import faults_page
from kubelab.files import atomic
from kubelab.proofs import tally
from kubelab.tasks import decorator
from kubelab.tasks.output import why_output
from kubelab.ui import terminal


@decorator.task
def errors(_: Any) -> None:
    """Write docs/reference/errors.md from the table of errors; prints what it wrote."""
    terminal.write(f"wrote {doc_pages.write(pages.ERRORS)}\n")


@decorator.task
def why(_: Any) -> None:
    """Write the table of causes into docs/reference/why.md; prints what it wrote."""
    path = paths.ROOT / pages.WHY
    atomic.write(path, why_output.page(path.read_text(encoding="utf-8")), mode=atomic.PUBLIC)
    terminal.write(f"wrote {path}\n")


@decorator.task
def faults(_: Any) -> None:
    """Write docs/reference/faults.md from the catalogue of faults; prints what it wrote."""
    terminal.write(f"wrote {faults_page.write()}\n")


@decorator.task
def graders(_: Any) -> None:
    """Write docs/reference/graders-error.md from the record of what exercise.prove has judged; prints what it wrote."""
    terminal.write(f"wrote {tally.write_page(list(tally.read().values()))}\n")


@decorator.task
def curriculum(_: Any) -> None:
    """Write docs/reference/curriculum.md from the exercises and the curriculum's table; prints what it wrote."""
    terminal.write(f"wrote {curriculum_page.write()}\n")
