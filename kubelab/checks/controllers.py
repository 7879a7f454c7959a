"""Checks that the controller-manager and the scheduler act: each gets a new object, which is then removed."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable

from kubelab.checks import probes
from kubelab.checks.pods import why
from kubelab.checks.view import View, Wrong, asked
from kubelab.clients import doors, kube_api, patience

REACTION = 5
"""Seconds for them to react on an idle computer; tenths of one are usual."""


def controllers_act(view: View) -> None:
    """The controller-manager acts: it observes a new deployment in seconds."""
    name = f"acted-on-{uuid.uuid4().hex[:8]}"
    observed = lambda item: item.get("status", {}).get("observedGeneration", 0) > 0  # noqa: E731 (one short word)
    if not _reaction(view, probes.DEPLOYMENTS, probes.deployment_of_nothing(view.lab, name), observed):
        raise Wrong(f"no controller looked at a new deployment in {REACTION} s")


def scheduler_schedules(view: View) -> None:
    """The scheduler acts: a new pod gets a node in seconds."""
    pod = probes.pod(view.lab, f"placed-{uuid.uuid4().hex[:8]}", ["/agnhost", "pause"])
    seen: list[kube_api.Json] = []

    def placed(item: kube_api.Json) -> bool:
        seen.append(item)
        return bool(item["spec"].get("nodeName"))

    if not _reaction(view, probes.PODS, pod, placed):
        raise Wrong(f"a new pod got no node in {REACTION} s ({why(seen[-1]) if seen else 'no event about it'})")


def _reaction(view: View, collection: str, item: kube_api.Json, holds: Callable[[kube_api.Json], bool]) -> bool:
    """Make an object, return whether `holds` comes true in time, and remove the object."""
    probes.make_place(view)
    name = item["metadata"]["name"]
    asked(lambda: view.api.create(collection, item))
    try:
        return asked(lambda: any(holds(now) for _, now in view.api.watch(collection, name, patience.whole(REACTION))))
    finally:
        with contextlib.suppress(doors.DoorError):
            view.api.delete(f"{collection}/{name}", gracePeriodSeconds="0")
