"""check: this project's own format, lint, types, layers, shell and fast tests."""

from __future__ import annotations

from typing import Any

from kubelab import errors, progress, selfcheck
from kubelab.tasks import edge

NAMES = ", ".join(check.name for check in selfcheck.CHECKS)


@edge.task(help={"only": f"with commas between: {NAMES} (all if left out)", "json": "print one JSON object a line"})
def check(_: Any, only: str = "", json: bool = False) -> errors.Exit:
    """Check the project itself; every check runs, and each failure says how to repeat it."""
    report = progress.Progress.chosen(as_json=json)
    outcomes = selfcheck.run(report, [name for name in only.split(",") if name])
    return selfcheck.explain(outcomes, report)
