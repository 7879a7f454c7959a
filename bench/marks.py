"""Collects the times at which a new cluster reached each state, from every source, on one clock."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubelab import providers
from kubelab.clients import kube_api

Json = kube_api.Json
CONDITIONS = ("PodScheduled", "PodReadyToStartContainers", "Ready")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One state that was reached: seconds after the start, the source of the time, and the duration if it is known."""

    name: str
    at: float
    source: str
    took: float | None = None


class Clock:
    """The start of one run, on the wall clock, which boxes and computer share."""

    def __init__(self) -> None:
        """Start now."""
        self.epoch = time.time()

    def mark(self, name: str, source: str = "bench") -> Mark:
        """Return a mark of this moment."""
        return self.at(name, time.time(), source)

    def at(self, name: str, epoch: float, source: str, took: float | None = None) -> Mark:
        """Return a mark of a moment given in seconds since 1970."""
        return Mark(name=name, at=round(epoch - self.epoch, 2), source=source, took=took)

    def stamp(self, name: str, text: str, source: str) -> Mark:
        """Return a mark of a moment given as RFC 3339, with a fraction of any length or none."""
        return self.at(name, parse(text), source)


def parse(text: str) -> float:
    """Return seconds since 1970 of an RFC 3339 time; the API keeps whole seconds, Docker nanoseconds."""
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
    return datetime.datetime.fromisoformat(cut).timestamp()


def ordered(found: list[Mark]) -> list[Mark]:
    """Return the marks by time."""
    return sorted(found, key=lambda mark: mark.at)


def of_boxes(clock: Clock, timelines: Mapping[str, str]) -> list[Mark]:
    """Return the steps that boxes kept in timeline.tsv (begin, end, what): box name to its text."""
    found = []
    for box, text in timelines.items():
        for line in text.splitlines():
            begin, end, what = line.split("\t")
            took = round(float(end) - float(begin), 2)
            found.append(clock.at(f"{box}: {_short(what)}", float(end), "step", took))
    return found


def of_units(clock: Clock, shown: Mapping[str, str]) -> list[Mark]:
    """Return when units became active: box name to what `systemctl show --timestamp=us+utc` printed."""
    found = []
    for box, text in shown.items():
        for block in text.strip().split("\n\n"):
            values = dict(line.partition("=")[::2] for line in block.splitlines())
            when = values.get("ActiveEnterTimestamp", "")
            if when:
                moment = datetime.datetime.strptime(when, "%a %Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=datetime.UTC)
                name = f"{box}: {values['Id'].removesuffix('.service')}"
                found.append(clock.at(name, moment.timestamp(), "unit"))
    return found


def of_containers(clock: Clock, boxes: Iterable[providers.Box]) -> list[Mark]:
    """Return when each box's container started."""
    return [clock.stamp(f"{box.machine}: container runs", box.since, "docker") for box in boxes]


def of_cluster(clock: Clock, door: kube_api.Api) -> list[Mark]:
    """Return the API's times, in whole seconds: the default ServiceAccount, and the conditions of nodes and pods."""
    account = door.get("/api/v1/namespaces/default/serviceaccounts/default")
    found = [clock.stamp("default ServiceAccount", account["metadata"]["creationTimestamp"], "api")]
    for node in door.items("/api/v1/nodes"):
        name = node["metadata"]["name"]
        found.append(clock.stamp(f"{name}: registered", node["metadata"]["creationTimestamp"], "api"))
        found += _conditions(clock, f"{name}: node", node, ("Ready",))
    for pod in door.items("/api/v1/pods"):
        name = f"{pod['spec'].get('nodeName', '?')}: pod {_stem(pod)}"
        found += [*_conditions(clock, name, pod, CONDITIONS), *_containers(clock, name, pod)]
    return found


def _containers(clock: Clock, name: str, pod: Json) -> list[Mark]:
    """Return the start of a pod's last running container."""
    states = [row["state"] for row in pod["status"].get("containerStatuses", [])]
    started = [state["running"]["startedAt"] for state in states if "running" in state]
    return [clock.stamp(f"{name} container runs", max(started), "api")] if started else []


def _conditions(clock: Clock, name: str, item: Json, wanted: tuple[str, ...]) -> list[Mark]:
    rows = item.get("status", {}).get("conditions", [])
    return [
        clock.stamp(f"{name} {row['type']}", row["lastTransitionTime"], "api")
        for row in rows
        if row["type"] in wanted and row["status"] == "True"
    ]


def _stem(pod: Json) -> str:
    """Return a pod's name without its node (of a static pod) or its random end."""
    about = pod["metadata"]
    name = str(about.get("generateName") or about["name"]).rstrip("-")
    for end in (pod["spec"].get("nodeName"), about.get("labels", {}).get("pod-template-hash")):
        name = name.removesuffix(f"-{end}")
    return name


def _short(step: str) -> str:
    """Return a step's name without folders, digests and file endings, for people to read."""
    return re.sub(r"\S*/|-v?[\d.]+(-[0-9a-f]{12})?\.tar", "", step)
