"""test: test the whole project."""

from __future__ import annotations

from typing import Any

from kubelab import paths
from kubelab.dev import full_test
from kubelab.tasks import decorator
from kubelab.ui import progress

ONLY = f"these parts only, with commas between: {', '.join(full_test.STAGES)}"


@decorator.task(help={"only": ONLY})
def test(_: Any, only: str = "") -> None:
    """Install and build what is missing, run every test on labs of its own (selftest…), and remove only those."""
    full_test.run(progress.Progress.chosen(log=paths.cache() / "logs" / "test.log"), only)
