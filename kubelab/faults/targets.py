"""The machines that a fault can be injected on: a table, and the choice by the seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kubelab import checks, errors, model
from kubelab.clients import doors
from kubelab.faults import fault
from kubelab.render import volumes

CLAIM = "/api/v1/namespaces/guestbook/persistentvolumeclaims/redis-leader"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The choice: the machine, and the values for the scripts."""

    machine: model.Machine
    options: Mapping[str, str]


def leaders_volume(view: checks.View) -> Mapping[str, Mapping[str, str]]:
    """Return the worker with the volume of redis' leader, and the name of its folder."""
    try:
        name = view.api.get(CLAIM)["spec"].get("volumeName", "")
        volume = view.api.get(f"{volumes.COLLECTION}/{name}")
    except doors.DoorError as problem:
        raise errors.LabError("fault-degraded", "redis' volume cannot be found", details=[problem]) from problem
    return {volumes.node(volume): {"VOLUME": volumes.folder(volume)}}


TARGETS: Mapping[str, Callable[[checks.View], Mapping[str, Mapping[str, str]]]] = {
    "leader's volume": leaders_volume,
}


def choose(
    view: checks.View,
    row: fault.Fault,
    machine: model.Machine | None,
    seed: int,
    given: Mapping[str, str] | None = None,
) -> Choice:
    """Return machine and options: the given ones, the others by the seed, the same for the same seed.

    Raises `fault-misplaced` for a machine or an option that the fault does not have, `addon-absent` for a lab without
    the part that it breaks.
    """
    lacking = [addon for addon in row.needs if addon not in view.lab.addons]
    if lacking:
        raise errors.LabError("addon-absent", f"{row.name} breaks what lab {view.lab.name} does not have: {lacking[0]}")
    places = _places(view, row)
    dice = random.Random(f"{row.name} {seed}")  # noqa: S311 (a repeatable choice, no secret)
    chosen = view.lab_machine(dice.choice(sorted(places)))
    options = {name: dice.choice(choices) for name, choices in sorted(row.options.items())}
    if machine and machine.name not in places:
        what = f"{row.name} is no fault of {machine.name}"
        raise errors.LabError("fault-misplaced", what, details=[f"it is one of: {', '.join(sorted(places))}"])
    chosen = machine or chosen
    return Choice(machine=chosen, options={**options, **_allowed(row, given or {}), **places[chosen.name]})


def _places(view: checks.View, row: fault.Fault) -> Mapping[str, Mapping[str, str]]:
    if row.target:
        return TARGETS[row.target](view)
    return {machine.name: {} for machine in view.lab.of_kind(row.on)}


def _allowed(row: fault.Fault, given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the given options; refuse unlisted ones, because they become words of scripts."""
    for name, value in given.items():
        if value not in row.options.get(name, ()):
            known = [f"{key}: {', '.join(choices)}" for key, choices in row.options.items()]
            what = f"{row.name} has no option {name[:40]}={value[:40]!r}"
            raise errors.LabError("fault-misplaced", what, details=known or ["it has no options"])
    return given
