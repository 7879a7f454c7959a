"""guestbook.*: the lab's small application."""

from __future__ import annotations

from typing import Any

from kubelab.converge import session
from kubelab.lab import port_forward
from kubelab.tasks import decorator, lab

HELP = {**lab.LAB, "port": "the port here (0: any free one)", "browser": "open it in your browser, too"}


@decorator.task(needs=decorator.Needs.BOXES, name="open", help=HELP)
def open_(_: Any, lab: str = lab.DEFAULT, port: int = port_forward.GUESTBOOK.port, browser: bool = False) -> None:
    """Open the guestbook on this computer's loopback address; stays until Ctrl-C."""
    port_forward.keep(session.opened(lab, rendered=True), port_forward.GUESTBOOK, port=port, browser=browser)
