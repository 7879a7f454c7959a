"""The detectors of a fault: its checks, bound to its machine."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping

from kubelab import checks, model
from kubelab.checks import more_addons, wait
from kubelab.faults import fault


def of(row: fault.Fault, machine: model.Machine) -> Mapping[str, checks.Check]:
    """Return the fault's detectors by name; a detector of one machine checks the machine of the fault."""
    return {name: _bound(getattr(checks, name, None) or getattr(more_addons, name), machine) for name in row.detector}


def _bound(check: checks.Check, machine: model.Machine) -> checks.Check:
    needed = [item for item in inspect.signature(check).parameters.values() if item.default is inspect.Parameter.empty]
    return functools.partial(_on, check, machine) if len(needed) > 1 else check


def _on(check: checks.Check, machine: model.Machine, view: checks.View) -> None:
    check(view, machine)  # type: ignore[call-arg]


def red(view: checks.View, row: fault.Fault, machine: model.Machine) -> None:
    """Every detector of the fault is red."""
    green = [name for name, check in of(row, machine).items() if not wait.failure(view, check)]
    if green:
        raise checks.Wrong(f"still green: {', '.join(green)}")


def check_health(view: checks.View) -> None:
    """All checks of a healthy lab and of its add-ons hold again, in one pass."""
    more = {name: wait.failure(view, check) for name, check in more_addons.wanted(view.lab).items()}
    seen = wait.ill(view, again=True) | {name: said for name, said in more.items() if said}
    if seen:
        words = "; ".join(f"{name}: {what}" for name, what in seen.items())
        stuck = {name for what in seen.values() for name in what.stuck}
        raise checks.Hopeless(words, stuck) if stuck else checks.Wrong(words)
