"""docs.*: write the pages of docs/ that follow from the program's own tables."""

from __future__ import annotations

import sys
from typing import Any

from kubelab import pages
from kubelab.tasks import edge


@edge.task
def errors(_: Any) -> None:
    """Write docs/errors.md from the table of errors; prints what it wrote."""
    sys.stdout.write(f"wrote {pages.write('errors.md')}\n")
