"""Finds the critical path of a bring-up: from the goal back, each step to the mark that it waited for longest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bench import marks

GOAL = "guestbook answers"
_ETCD, _MASTER = "etcd-\\d+", "kube-master-\\d+"
# A row has a pattern for a mark's name, and patterns for the names of the marks that it waits for; {box} and {pod} are
# the mark's own. The first row that fits is used. A pattern for any box (`.*: `) takes the first mark that fits; any
# other pattern takes the last one before the mark. Of a row, the latest mark counts; missing ones are skipped.
WAITS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (GOAL, (".*: pod frontend Ready", "cluster DNS")),
    ("cluster DNS", (".*: pod coredns Ready",)),
    ("(?P<box>.*): pod (?P<pod>frontend) Ready", ("{box}: pod {pod} container runs", ".*: pod redis-leader Ready")),
    ("(?P<box>.*): pod (?P<pod>.*) Ready", ("{box}: pod {pod} container runs",)),
    ("(?P<box>.*): pod (?P<pod>.*) container runs", ("{box}: pod {pod} PodReady.*", "{box}: import-images.*")),
    ("(?P<box>.*): pod (?P<pod>.*) PodReady.*", ("{box}: pod {pod} PodScheduled", "{box}: import-images pause")),
    (".*: pod .* PodScheduled", ("default ServiceAccount", f"{_MASTER}: kubelab-addons", ".*: node Ready")),
    ("(?P<box>.*): node Ready", ("{box}: registered", "{box}: containerd", "{box}: calico-node")),
    ("(?P<box>.*): registered", ("API server", "{box}: kubelet")),
    ("default ServiceAccount", (f"{_MASTER}: run-static-pod kube-controller-manager.*", "API server")),
    (f"{_MASTER}: kubelab-addons", ("API server",)),
    ("API server", (f"{_MASTER}: run-static-pod kube-apiserver.*", f"{_MASTER}: kubelet", "etcd")),
    ("etcd", (f"{_ETCD}: etcd", "boxes")),  # lab.up checks one after the other
    ("boxes", ("[^:]+: container runs",)),
    ("(?P<box>.*): (run-static-pod|import-images).*", ("{box}: (run-static-pod|import-images).*", "{box}: containerd")),
    ("(?P<box>.*): (kubelet|calico-node)", ("{box}: containerd", "{box}: flanneld", "{box}: put-files")),
    ("(?P<box>.*): flanneld", (f"{_ETCD}: flannel-config", "{box}: put-files")),
    ("(?P<box>.*): flannel-config", ("{box}: etcd",)),
    ("(?P<box>.*): (containerd|etcd|start-units.*)", ("{box}: make-volumes.*", "{box}: put-files")),
    ("(?P<box>.*): make-volumes.*", ("{box}: put-files",)),
    ("(?P<box>.*): put-files", ("{box}: wait-for-address.*",)),
    ("(?P<box>.*): wait-for-address.*", ("{box}: container runs",)),
    (".*: container runs", ("files and certificates",)),
)


def critical(found: Sequence[marks.Mark], goal: str = GOAL) -> list[tuple[marks.Mark, float]]:
    """Return the path to `goal`, first mark first, each with the seconds since the one before it.

    Pods of one name count by their earliest mark: the first frontend that is Ready lets the guestbook answer.
    """
    first = {mark.name: mark for mark in reversed(marks.ordered(list(found)))}
    here = first.get(goal)
    way: list[tuple[marks.Mark, float]] = []
    while here:
        before = _before(here, first)
        way.append((here, round(here.at - (before.at if before else 0.0), 2)))
        here = before
    return way[::-1]


def _before(mark: marks.Mark, first: dict[str, marks.Mark]) -> marks.Mark | None:
    """Return the latest mark that this mark waits for; itself and later marks do not count."""
    for pattern, waits in WAITS:
        fits = re.fullmatch(pattern, mark.name)
        if fits:
            named = {key: re.escape(value) for key, value in fits.groupdict().items()}
            wanted = [re.compile(_filled(text, named)) for text in waits]
            reached = [
                _counted(text, [item for item in first.values() if text.fullmatch(item.name) and _earlier(item, mark)])
                for text in wanted
            ]
            there = [item for item in reached if item]
            return max(there, key=lambda item: item.at) if there else None
    return None


def _filled(text: str, named: dict[str, str]) -> str:
    for key, value in named.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _earlier(item: marks.Mark, mark: marks.Mark) -> bool:
    """Return whether a mark came before another; the API's times are whole seconds, rounded down."""
    slack = 1.0 if "api" in (item.source, mark.source) else 0.0
    return item.name != mark.name and item.at < mark.at + slack


def _counted(text: re.Pattern[str], items: list[marks.Mark]) -> marks.Mark | None:
    choose = min if text.pattern.startswith(".*: ") else max
    return choose(items, key=lambda item: item.at) if items else None
