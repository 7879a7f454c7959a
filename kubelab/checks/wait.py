"""Waits for named checks: each must hold at several looks in a row; a failed wait keeps the last thing seen.

A wait ends with its time, or when it has become hopeless: a pod that has ended, an image that does not exist.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Self

from kubelab import checks, errors
from kubelab.clients import patience
from kubelab.ui import progress

SUCCESSES = 2
"""Looks in a row at which a check must hold: one look may hit the moment before a container ends."""
GAP = 0.2
"""Seconds between two such looks: a third of what they may add to a wait for a lab."""
SILENT = "no answer"
"""The beginning of a report without an answer."""
SHOWN = 5.0
"""Seconds after which a wait shows what it saw last."""
STEADY = 12.0
"""Seconds for which a state must stay hopeless before its wait ends: a container's next start, a lease."""
STALL = 20.0
"""Seconds after which a wait reports what it waits for and what it saw last, in any style of output."""
WATCH_AGAIN = 75.0
"""Seconds after which clients that lost the API server several times watch it again: they wait twice as long after each
failure, up to 30 s, and chance doubles that. kube-proxy or a controller may be as late."""
TOGETHER = 15.0
"""Seconds for one look at everything that a wait has reached, on an idle computer."""
LONGEST = 300.0
"""The most seconds of one look: no door waits longer."""


class Failure(str):
    """The result of a look in words; whether it only came too late, and what waiting does not mend."""

    late: bool
    stuck: frozenset[str]

    def __new__(cls, words: str, *, late: bool = False, stuck: Iterable[str] = ()) -> Self:
        """Keep the words as the text itself."""
        made = super().__new__(cls, words)
        made.late, made.stuck = late, frozenset(stuck)
        return made


class Hope:
    """Whether waiting still helps: what was hopeless at every look for `STEADY` seconds stays so."""

    def __init__(self, view: checks.View) -> None:
        """Begin with all of it."""
        self._view = view
        self._since: dict[str, float] = {}

    def lost(self, seen: Iterable[Failure]) -> bool:
        """Return whether something just seen makes the wait pointless.

        While a box still applies its folder nothing does: images and objects are on their way.
        """
        now = time.monotonic()
        stuck = {name for said in seen for name in said.stuck}
        self._since = {name: self._since.get(name, now) for name in stuck}
        if not any(now - since > patience.seconds(STEADY) for since in self._since.values()):
            return False
        if failure(self._view, checks.folders_applied) is None:
            return True
        self._since = {}
        return False


def wait(
    view: checks.View,
    wanted: Mapping[str, checks.Check],
    report: progress.Progress,
    timeout: float,
    alive: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Wait for each check in turn, one line each, then for all at the same moment; return name to seconds from begin.

    The look in turn is the first of `SUCCESSES`, those at all together are the others: what does not hold then is
    waited for again. `alive` is called between looks: it raises when what is waited for can no longer come.
    Raises LabError `lab-not-ready` with the last thing seen when `timeout` seconds are over, or waiting does not help.
    """
    end = time.monotonic() + timeout
    reached = {}
    while True:
        for name, check in wanted.items():
            if name in reached:
                continue
            with report.phase(name) as phase:
                _one(view, check, phase, end, alive)
            reached[name] = report.seconds
            report.event("reached", what=name, after=round(report.seconds, 2))
        time.sleep(GAP)
        lost = _lost(view, wanted, patience.seconds(TOGETHER) if len(wanted) > 1 else LONGEST, SUCCESSES - 1)
        if not lost:
            return reached
        if time.monotonic() > end:
            raise _not_ready(view, next(iter(lost)), "not reached in time", next(iter(lost.values())))
        reached = {name: at for name, at in reached.items() if name not in lost}


def _lost(
    view: checks.View, wanted: Mapping[str, checks.Check], limit: float, looks: int = SUCCESSES
) -> dict[str, Failure]:
    """Look at all checks together, `looks` times in a row; return what is missing at the first look that fails."""
    lost: dict[str, Failure] = {}
    for _ in itertools.islice(patience.polls(math.inf, GAP), looks):
        lost = {name: said for name, said in _all(view, wanted, limit).items() if said}
        if lost:
            break
    return lost


def _not_ready(view: checks.View, name: str, how: str, seen: Failure | None) -> errors.LabError:
    return errors.LabError("lab-not-ready", f"{name}: {how}", details=[f"last seen: {seen}"], log=view.where.logs)


def _one(view: checks.View, check: checks.Check, phase: progress.Phase, end: float, alive: Callable[[], None]) -> None:
    said, hope, seen = time.monotonic(), Hope(view), None
    for _ in patience.polls(end - time.monotonic()):
        seen = failure(view, check)
        if seen is None:
            return
        alive()
        if time.monotonic() < end and hope.lost([seen]):
            raise _not_ready(view, phase.name, "waiting does not help", seen)
        if time.monotonic() - said > STALL:
            phase.stalled(seen)
            said = time.monotonic()
        if phase.seconds > SHOWN and phase.doing != seen:
            phase.update(seen)
    raise _not_ready(view, phase.name, "not reached in time", seen)


def until(view: checks.View, check: checks.Check, timeout: float, *, looks: int = SUCCESSES) -> Failure | None:
    """Look until a check holds at `looks` looks in a row; return None, or what it lacked when time was up (seconds)."""
    lost: dict[str, Failure] = {}
    for _ in patience.polls(timeout):
        lost = _lost(view, {"": check}, LONGEST, looks)
        if not lost:
            break
    return lost.get("")


def well(view: checks.View, timeout: float, show: Callable[[list[str]], None]) -> list[str]:
    """Wait until every check of a healthy lab holds at `SUCCESSES` looks in a row; return what does not, a line each.

    Ends before `timeout` seconds are over if waiting does not help. `show` is called with those lines meanwhile.
    """
    hope, lines = Hope(view), list[str]()
    for _ in patience.polls(timeout):
        lost = _lost(view, checks.healthy_again(view.lab), LONGEST)
        lines = [f"{name}: {said}" for name, said in lost.items()]
        if not lost or hope.lost(lost.values()):
            break
        show(lines)
    return lines


def failure(view: checks.View, check: checks.Check) -> Failure | None:
    """Return None if the check holds, else what it saw."""
    try:
        check(view)
    except checks.Hopeless as wrong:
        return Failure(str(wrong), stuck=wrong.what)
    except checks.Wrong as wrong:
        return Failure(str(wrong))
    except checks.Silent as silent:
        return Failure(f"{SILENT}: {silent}", late=silent.late)
    return None


def survey(view: checks.View, limit: float = LONGEST, *, again: bool = False) -> dict[str, Failure | None]:
    """Look at every check of a healthy lab once, all at the same time; name to None or to what was seen.

    With `again`, of a lab that has just been changed (`checks.healthy_again`). A look without an answer after `limit`
    seconds ends as well, and is reported as no answer.
    """
    return _all(view, (checks.healthy_again if again else checks.healthy)(view.lab), limit)


def _all(view: checks.View, wanted: Mapping[str, checks.Check], limit: float) -> dict[str, Failure | None]:
    seen: dict[str, Failure | None] = {}

    def one(name: str, check: checks.Check) -> None:
        with patience.within(limit):
            seen[name] = failure(view, check)

    threads = [threading.Thread(target=one, args=row, daemon=True) for row in wanted.items()]
    end = time.monotonic() + limit
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    late = Failure(f"{SILENT}: nothing in {limit:.1f} s", late=True)
    return {name: seen.get(name, late) for name in wanted}


def ill(view: checks.View, *, again: bool = False) -> dict[str, Failure]:
    """Return the failing checks of a healthy lab, each with what it saw; `again` as in `survey`."""
    return {name: seen for name, seen in survey(view, again=again).items() if seen}
