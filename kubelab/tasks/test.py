"""test: the project proves itself."""

from __future__ import annotations

from typing import Any

from kubelab import paths, progress, selftest
from kubelab.tasks import edge

ONLY = f"these parts only, with commas between: {', '.join(selftest.STAGES)}"


@edge.task(help={"only": ONLY})
def test(_: Any, only: str = "") -> None:
    """Install and build what is missing, run every test on labs of its own, and remove only what it made."""
    selftest.run(progress.Progress.chosen(log=paths.cache() / "logs" / "test.log"), only)
