"""The only loop that sleeps: wait for a named check, with an end, and keep the last thing seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from kubelab import checks, errors, progress

INTERVAL = 0.25
"""Seconds between two looks: short against a phase, long against the cost of a look."""
SILENT = "no answer"
"""How a look begins that nobody answered."""
STALL = 20.0
"""Seconds after which a wait says what it is waiting for and what it saw last, wherever its output goes."""
WATCH_AGAIN = 75.0
"""Seconds after which whoever has lost the API server several times watches it again: clients of it wait twice as long
after each failure, up to 30 s, and chance doubles that. What kube-proxy or a controller does may be as late."""
LONGEST = 300.0
"""Seconds in which one look at anything has ended: no door waits longer."""


def wait(
    view: checks.View,
    wanted: Mapping[str, checks.Check],
    report: progress.Progress,
    timeout: float,
    alive: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Wait for each check in turn, one line each; return name to seconds since the run began.

    `alive` is called between looks: it raises when what is waited for can no longer come.
    Raises LabError `lab-not-ready` with the last thing seen when `timeout` seconds are over.
    """
    end = time.monotonic() + timeout
    reached = {}
    for name, check in wanted.items():
        with report.phase(name) as phase:
            _one(view, check, phase, end, alive)
        reached[name] = report.seconds
        report.event("reached", what=name, after=round(report.seconds, 2))
    return reached


def _one(view: checks.View, check: checks.Check, phase: progress.Phase, end: float, alive: Callable[[], None]) -> None:
    said = time.monotonic()
    while True:
        seen = look(view, check)
        if seen is None:
            return
        alive()
        now = time.monotonic()
        if now > end:
            raise errors.LabError(
                "lab-not-ready",
                f"{phase.name}: not reached in time",
                details=[f"last seen: {seen}"],
                log=view.where.logs,
            )
        if now - said > STALL:
            phase.stalled(seen)
            said = now
        time.sleep(INTERVAL)


def look(view: checks.View, check: checks.Check) -> str | None:
    """Return None if the check holds, else what it saw."""
    try:
        check(view)
    except checks.Wrong as wrong:
        return str(wrong)
    except checks.Silent as silent:
        return f"{SILENT}: {silent}"
    return None


def survey(view: checks.View, patience: float = LONGEST, *, again: bool = False) -> dict[str, str | None]:
    """Look at every check of a healthy lab once, all at the same time; name to None or to what was seen.

    With `again`, of a lab in which something has just been changed (`checks.healthy_again`).
    What has not answered after `patience` seconds is told as no answer: the look at it ends with the process.
    """
    wanted = (checks.healthy_again if again else checks.healthy)(view.lab)
    seen: dict[str, str | None] = {}
    threads = [
        threading.Thread(target=lambda name=name, check=check: seen.update({name: look(view, check)}), daemon=True)
        for name, check in wanted.items()
    ]
    end = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    late = f"{SILENT}: nothing in {patience:.1f} s"
    return {name: seen.get(name, late) for name in wanted}


def ill(view: checks.View, *, again: bool = False) -> dict[str, str]:
    """Return which checks of a healthy lab do not hold, each with what it saw; `again` as in `survey`."""
    return {name: seen for name, seen in survey(view, again=again).items() if seen}
