"""dashboard.*: the web page that shows nodes and pods."""

from __future__ import annotations

from typing import Any

from kubelab import forward, progress
from kubelab.tasks import edge, lab

HELP = {**lab.LAB, "port": "the port here (0: any free one)", "browser": "open it in your browser, too"}


@edge.task(name="open", help=HELP)
def open_(_: Any, lab: str = lab.DEFAULT, port: int = forward.DASHBOARD.port, browser: bool = False) -> None:
    """Open the dashboard on this computer's loopback address; stays until Ctrl-C."""
    forward.keep(lab, forward.DASHBOARD, port=port, browser=browser, report=progress.Progress.chosen())
