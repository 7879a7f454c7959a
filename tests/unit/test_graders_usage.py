"""Graders of measured use: the hungry container is named and stopped, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graders_data
import pytest

Row = Mapping[str, Any]
PODS = "/api/v1/namespaces/shop/pods"
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
EATER: dict[str, Any] = {"space": "shop", "ending": "-next", "culprit": "till", "container": "clock", "what": "CPU"}
ANSWER = "/api/v1/namespaces/shop/configmaps/answer"
RIGHT = {"namespace": "shop-next", "pod": "till-5c9f8d7b6c-x2x4z", "container": "clock"}


@pytest.mark.parametrize(
    ("data", "pod", "container"),
    [
        (RIGHT, True, True),
        ({**RIGHT, "pod": "pod/till-5c9f8d7b6c-x2x4z\n", "container": " clock "}, True, True),
        ({**RIGHT, "container": "app"}, True, False),
        ({**RIGHT, "container": ""}, True, False),
        ({**RIGHT, "namespace": "shop"}, False, False),
        ({**RIGHT, "pod": "lamp-5c9f8d7b6c-x2x4z"}, False, False),
        ({**RIGHT, "pod": "till"}, False, False),
        ({**RIGHT, "pod": "till-next-5c9f8d7b6c-x2x4z"}, False, False),
        ({}, False, False),
        (None, False, False),
    ],
)
def test_the_hungry_container_is_named(data: Row | None, pod: bool, container: bool) -> None:
    """With its pod and namespace, in the spelling of any tool; the right container of a wrong pod is none."""
    lab = graders_data.Lab({ANSWER: {"data": data}}, **EATER)
    for goal, good in (("pod_is_named", pod), ("container_is_named", container)):
        assert (not graders_data.verdict(graders_data.check("pod-eats-node", goal), lab)) is good, goal


def names(ending: str) -> list[str]:
    """Return the paths of the deployments of a namespace."""
    return [f"/apis/apps/v1/namespaces/shop{ending}/deployments/{name}" for name in ("till", "scales", "lamp")]


def nine(**changed: Any) -> dict[str, Any]:
    """Return the nine deployments with their pods; `changed` are fields of the one in shop that is called lamp."""
    found: dict[str, Any] = {}
    for ending in ("", "-next", "-new"):
        for path in names(ending):
            found[path] = {"metadata": {"uid": path}, "spec": {"replicas": 1, "template": {"of": path}}}
        pod = {"name": "any", "creationTimestamp": "2026-11-30T09:00:00Z"}
        found[f"/api/v1/namespaces/shop{ending}/pods"] = [{"metadata": pod, "status": READY}]
    found[names("")[2]] = {**found[names("")[2]], **changed}
    return found


def before() -> dict[tuple[str, str, str], Any]:
    """Return the nine deployments and the answer from before."""
    rows = {path: row for path, row in nine().items() if path.endswith(("till", "scales", "lamp"))}
    parts = {path: path.split("/") for path in rows}
    found = {("/apis/apps/v1/deployments", parts[path][5], parts[path][7]): row for path, row in rows.items()}
    answer = {"metadata": {"creationTimestamp": "2026-11-30T09:00:05Z"}}
    return {**found, ("/api/v1/configmaps", "shop", "answer"): answer}


NEWER = {"metadata": {"name": "p", "creationTimestamp": "2026-11-30T09:05:00Z"}, "status": READY}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (nine(), ""),
        ({**nine(), names("-next")[0]: None}, ""),
        (nine(spec={"replicas": 0, "template": {"of": names("")[2]}}), "shop/lamp differs from before in replicas"),
        (nine(spec={"replicas": 1, "template": {"of": "another"}}), "in template"),
        (nine(metadata={"uid": "another"}), "made anew"),
        ({**nine(), names("-new")[1]: None}, "shop-new/scales is gone"),
        ({**nine(), PODS: []}, "0 of 1 pods"),
        ({**nine(), PODS: [NEWER]}, "another pod than before: p"),
    ],
)  # fmt: skip
def test_the_others_go_on_undisturbed(found: Row, said: str) -> None:
    """Each is the deployment from before, and its pod is no newer than the break; the stopped one is not among them."""
    lab = graders_data.Lab(found, before=before(), **EATER)
    seen = graders_data.verdict(graders_data.check("pod-eats-node", "others_go_on"), lab, [])
    assert (said in seen) if said else not seen


@pytest.mark.parametrize(
    ("row", "pods", "stopped", "kept"),
    [
        ({"replicas": 0, "template": {"of": names("-next")[0]}}, [], True, True),
        ({"replicas": 0, "template": {"of": names("-next")[0]}}, ["scales-1-x"], True, True),
        ({"replicas": 0, "template": {"of": names("-next")[0]}}, ["till-1-x"], False, True),
        ({"replicas": 1, "template": {"of": names("-next")[0]}}, ["till-1-x"], False, True),
        ({"replicas": 0, "template": {"of": "another"}}, [], True, False),
        (None, [], False, False),
    ],
)
def test_the_hungry_one_is_stopped_and_kept(row: Row | None, pods: Sequence[str], stopped: bool, kept: bool) -> None:
    """No replica is asked for and none runs; the deployment is there, and otherwise as before."""
    path = names("-next")[0]
    found: dict[str, Any] = {path: row and {"metadata": {"uid": path}, "spec": row}}
    found["/api/v1/namespaces/shop-next/pods"] = [{"metadata": {"name": name}, "status": READY} for name in pods]
    lab = graders_data.Lab(found, before=before(), **EATER)
    assert (not graders_data.verdict(graders_data.check("pod-eats-node", "culprit_is_stopped"), lab)) is stopped
    assert (not graders_data.verdict(graders_data.check("pod-eats-node", "culprit_is_kept"), lab, [])) is kept
