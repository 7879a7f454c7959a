"""Each error, brought about by its own cause: the table, and shared parts."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from fakes import Computer

from kubelab import checks, model, paths
from kubelab.clients import kube_api

WHERE = paths.LabPaths(name="default")
Trigger = Callable[[Computer], None]
TRIGGERS: dict[str, Trigger] = {}
"""Identifier to what brings it about on a computer that has nothing."""


def triggers(ident: str) -> Callable[[Trigger], Trigger]:
    """Enter a function into the table."""

    def enter(trigger: Trigger) -> Trigger:
        assert ident not in TRIGGERS
        TRIGGERS[ident] = trigger
        return trigger

    return enter


def view(lab: model.Lab, where: paths.LabPaths) -> checks.View:
    """Return a view whose API nobody asks."""
    return checks.View(lab=lab, where=where, api=cast(kube_api.Api, None))


def things(**values: object) -> Any:
    """Return something that has these attributes and no other: what is asked beyond them is an error."""
    return cast(Any, SimpleNamespace(**values))
