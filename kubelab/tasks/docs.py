"""docs.*: write the pages of docs/ that follow from the program's own tables."""

from __future__ import annotations

from typing import Any

from kubelab import atomic, pages, paths, terminal
from kubelab.diagnosis import telling
from kubelab.faults import page
from kubelab.grading import tally
from kubelab.tasks import edge


@edge.task
def errors(_: Any) -> None:
    """Write docs/errors.md from the table of errors; prints what it wrote."""
    terminal.write(f"wrote {pages.write('errors.md')}\n")


@edge.task
def why(_: Any) -> None:
    """Write the table of causes into docs/why.md; prints what it wrote."""
    path = paths.ROOT / "docs/why.md"
    atomic.write(path, telling.page(path.read_text(encoding="utf-8")), mode=atomic.PUBLIC)
    terminal.write(f"wrote {path}\n")


@edge.task
def faults(_: Any) -> None:
    """Write docs/faults.md from the catalogue of faults; prints what it wrote."""
    terminal.write(f"wrote {page.write()}\n")


@edge.task
def graders(_: Any) -> None:
    """Write docs/graders-error.md from the record of what exercise.prove has judged; prints what it wrote."""
    terminal.write(f"wrote {tally.write_page(list(tally.read().values()))}\n")
