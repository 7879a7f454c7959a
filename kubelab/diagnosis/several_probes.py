"""Probes of a lab with several etcd members or control planes: quorum, each member, each API server, their address."""

from __future__ import annotations

from collections.abc import Iterator

from kubelab import model
from kubelab.checks import high_availability
from kubelab.converge import etcd_members
from kubelab.diagnosis import evidence
from kubelab.diagnosis.findings import Finding

LEARNER, CELLS = 9, 13
"""The column of `etcdctl endpoint status` that says whether a member only learns, and how many there are at least."""


def members(view: evidence.Evidence) -> Iterator[Finding]:
    """Enough members serve for a quorum, and then each of them does."""
    boxes = view.of_kind(model.Kind.ETCD)
    said = {box.name: words for box in boxes if (words := _ails(box))}
    if len(boxes) == 1 or not said:
        return
    needed, serving = etcd_members.quorum(len(boxes)), len(boxes) - len(said)
    if serving < needed:
        count = f"{serving} of {len(boxes)} members serve, {needed} are needed for a write"
        lines = (count, *(f"{name}: {words}" for name, words in said.items()))
        sure = serving + sum(view.boxes[name].late for name in said) < needed
        yield Finding(cause="etcd-no-quorum", box=next(iter(said)), lines=lines, sure=sure)
        return
    for name, words in said.items():
        box = view.boxes[name]
        lines = (words, *box.last_words("etcd.service"))
        yield Finding(cause="etcd-member-unhealthy", box=name, lines=lines, sure=not box.late)


def _ails(box: evidence.Box) -> str:
    """Return why a member does not serve, by what its own box says; empty if it does."""
    if box.text is None:
        return box.problem or f"its box is {box.state}"
    state = box.units.get("etcd.service", {}).get("ActiveState", "not there")
    if state != "active":
        return f"etcd.service is {state}"
    status = " ".join(box.section("etcd"))
    cells = status.split(", ")
    if len(cells) < CELLS or "no leader" in status:
        return status or "etcd gave no status in time"
    return "it learns, and has no vote yet" if cells[LEARNER] == "true" else ""


def address(view: evidence.Evidence) -> Iterator[Finding]:
    """Exactly one control plane has the API's virtual address.

    keepalived rightly gives it to none whose API server is not ready: that is told by other causes.
    """
    planes = view.of_kind(model.Kind.CONTROL_PLANE)
    if not view.lab.virtual:
        return
    mark = f" {view.lab.virtual}/"
    having = [box for box in planes if any(mark in line for line in box.section("addresses"))]
    if len(having) > 1:
        lines = (f"{', '.join(box.name for box in having)} have {view.lab.virtual} at the same time",)
        for box in having:
            yield Finding(cause="address-twice", box=box.name, lines=lines)
    elif not having and _ready(view) and all(box.has("addresses") or box.state != "running" for box in planes):
        lines = (f"none of {', '.join(box.name for box in planes)} has {view.lab.virtual}",)
        yield Finding(cause="address-nowhere", box=planes[0].name, lines=lines)


def _ready(view: evidence.Evidence) -> list[str]:
    """Return the control planes whose API server was seen ready at its own address."""
    names = [box.name for box in view.of_kind(model.Kind.CONTROL_PLANE)]
    return [name for name in names if view.checks.get(high_availability.SERVER.format(name), "not asked") is None]


def servers(view: evidence.Evidence) -> Iterator[Finding]:
    """The API server of each control plane is ready; if none is, that is told as one cause."""
    if not _ready(view):
        return
    for box in view.of_kind(model.Kind.CONTROL_PLANE):
        said = view.checks.get(high_availability.SERVER.format(box.name))
        if said:
            yield Finding(cause="server-unready", box=box.name, lines=(said,))
