"""check: this project's own format, lint, types, layers, shell and fast tests."""

from __future__ import annotations

from typing import Any

from kubelab import errors
from kubelab.dev import quality_gate
from kubelab.tasks import decorator
from kubelab.ui import progress

NAMES = ", ".join(check.name for check in quality_gate.CHECKS)


@decorator.task(
    help={"only": f"with commas between: {NAMES} (all if left out)", "json": "print one JSON object a line"}
)
def check(_: Any, only: str = "", json: bool = False) -> errors.Exit:
    """Check the project itself; every check runs, and each failure says how to repeat it."""
    report = progress.Progress.chosen(as_json=json)
    outcomes = quality_gate.run(report, [name for name in only.split(",") if name])
    return quality_gate.explain(outcomes, report)
