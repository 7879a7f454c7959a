"""A lab whose boxes are frozen: it keeps its memory and its state, and takes no processor until a word needs it.

Time goes on meanwhile, and every timer in the boxes fires at once afterwards. A kubelet that tells its state before it
has asked its container runtime again says NotReady, and corrects that 10 s later. Pods are not evicted: the lab's own
tolerate it for 30 s at least, and five minutes is usual.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Set

from kubelab import checks, paths, providers
from kubelab.checks import wait
from kubelab.clients import patience, procfs, ssh
from kubelab.converge import session
from kubelab.state import locks, paused

ANSWER = 3.0
"""Seconds to wait for the API server's answer: it has kept its memory and its connections."""
SETTLE = 20.0
"""Seconds to wait until all is as it was before the pause; 11 to 13 are usual."""
HANGS_UP = 1.0
"""Seconds for logins that nobody uses to end."""
FIRST = 1.5
"""Seconds after which every kubelet has told its state once."""


def pause(held: session.Held) -> None:
    """Freeze the boxes of a lab; what is frozen already stays so.

    Raises LabError `lab-absent`, `boxes-down` or `not-on-provider`.
    """
    lab, provider = held.lab, providers.of(held.lab)
    provider.demand(providers.Act.PAUSE)
    boxes = session.refuse_absent(lab)
    session.refuse_stopped(held.view)
    ill = wait.ill(held.view)
    with locks.file(paused.path(lab.name)):
        paused.begun(lab.name, ill)
        provider.pause([box.ident for box in boxes if not box.paused])


def resume(name: str) -> float:
    """Let a paused lab run on until its API server answers; return the seconds that it took, 0 if it was not paused.

    Several words at once resume it once. Its mark stays until it has had the time to be as before.
    """
    if not paused.read(name):
        return 0.0
    begin = time.monotonic()
    with locks.file(paused.path(name)):
        mark = _mark(name)
        if mark and not mark.resumed:
            _run_on(name, mark)
            return time.monotonic() - begin
        if mark and _left(mark) < 0:
            paused.forget(name)
    return 0.0


def settle(name: str) -> float:
    """Let a paused lab run on until no check fails that did not fail before; return the seconds, as `resume`."""
    if not paused.read(name):
        return 0.0
    begin = time.monotonic()
    with locks.file(paused.path(name)):
        mark = _mark(name)
        if not mark:
            return 0.0
        if not mark.resumed:
            mark = _run_on(name, mark)
        if _left(mark) > 0:
            _settled(session.opened(name).view, mark.ill, _left(mark))
        paused.forget(name)
    return time.monotonic() - begin


def _mark(name: str) -> paused.Mark | None:
    """Return the mark of a lab; one of a lab without a box that runs is forgotten."""
    if any(box.runs for box in providers.boxes(name)):
        return paused.read(name)
    paused.forget(name)
    return None


def _run_on(name: str, mark: paused.Mark) -> paused.Mark:
    thaw(name)
    _answers(session.opened(name).view)
    mark = dataclasses.replace(mark, resumed=time.time())
    paused.write(name, mark)
    return mark


def _left(mark: paused.Mark) -> float:
    """Return the seconds until a resumed lab is taken as it is; never more than there are, whatever the clock does."""
    return min(SETTLE, SETTLE - (time.time() - mark.resumed))


def thaw(name: str) -> None:
    """Let the paused boxes of a lab run on, for a run that stops them next: an engine stops no frozen box cleanly."""
    providers.resume_boxes(name)


def rests(name: str) -> str:
    """Return since when every box of a lab is paused by `pause`; nothing if one runs."""
    mark = paused.read(name)
    boxes = providers.boxes(name) if mark else ()
    return mark.since if mark and boxes and all(box.paused for box in boxes) else ""


def used(name: str) -> bool:
    """Return whether a program of this computer is connected with a box: a shell, kubectl, a browser.

    What words before this one left of their logins is ended: ssh keeps those for others, and has no user.
    """
    addresses = [box.address for box in providers.boxes(name) if box.address]
    ssh.hang_up(paths.LabPaths(name=name))
    return all(procfs.connected(addresses) for _ in patience.polls(HANGS_UP))


def _answers(view: checks.View) -> None:
    for _ in patience.polls(ANSWER):
        if view.api.ready():
            return


def _settled(view: checks.View, ill: Set[str], left: float) -> None:
    good = 0
    for passed in patience.polls(left):
        good = good + 1 if set(wait.ill(view)) <= ill else 0
        if good > 1 and passed > FIRST:
            return
