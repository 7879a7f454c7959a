"""Objects of the cluster: one comparison, one list of volatile fields, and the server's own answer for each path."""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from kubelab import paths
from kubelab.checks import objects
from kubelab.clients import kube_api, kube_discovery
from kubelab.render import objects_tsv


def places(wanted: object, found: object, **how: Any) -> list[tuple[str | int, ...]]:
    """Return the places at which two values differ."""
    return [item.place for item in objects.differences(wanted, found, **how)]


@pytest.mark.parametrize(
    ("wanted", "found", "place"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, ("a", "b")),
        ({"a": {"b": 1}}, {"a": {}}, ("a", "b")),
        ({"a": {}}, {"a": {"b": 1}}, ("a", "b")),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ("a", 1, "b")),
        ({"a": [1]}, {"a": [1, 2]}, ("a",)),
        ({"a": [1, 2]}, {"a": [1]}, ("a",)),
        ({"a": {"b": 1}}, {"a": 1}, ("a",)),
        ({"a": "1000m"}, {"a": "1"}, ("a",)),
    ],
)
def test_each_difference_has_its_place(wanted: object, found: object, place: tuple[str | int, ...]) -> None:
    """Changed, missing, added, in a list, of another length, of another type: each is one difference, at its place."""
    assert places(wanted, found) == [place]


def test_null_is_nothing() -> None:
    """The API server writes null where a manifest leaves out, and leaves out where a manifest writes null."""
    assert places({"a": None, "b": 1}, {"b": 1, "c": None}) == []


def test_more_counts_only_where_it_is_closed() -> None:
    """What the server adds to a mapping or a list is no difference where more may be there."""
    wanted, found = {"m": {"a": 1}, "l": [1]}, {"m": {"a": 1, "b": 2}, "l": [1, 2]}
    assert places(wanted, found, closed=lambda _place, _wanted: False) == []
    assert places(wanted, found, closed=lambda place, _wanted: place == ("m",)) == [("m", "b")]
    assert places(wanted, found, closed=lambda _place, wanted: isinstance(wanted, list)) == [("l",)]
    assert places({"l": [1, 2]}, {"l": [1]}, closed=lambda _place, _wanted: False) == [("l",)]


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        ("0.5", "500m", True),
        ("1024Mi", "1Gi", True),
        (80, "80", True),
        ("a\n", "a", True),
        ({}, None, True),
        ("", None, True),
        (False, None, False),
        (0, None, False),
        ("1Gi", "1G", False),
        ("1", "1x", False),
        (True, "true", False),
    ],
)
def test_what_the_server_writes_otherwise_is_the_same(wanted: object, found: object, same: bool) -> None:
    """Quantities, numbers, space around a text and what is empty; not what is false or zero, which somebody decided."""
    assert objects.served(wanted, found) is same


def test_what_is_volatile_is_left_out_and_the_object_stays_as_it_was() -> None:
    """Two looks at one object that nobody changed are equal; labels, finalizers and a person's notes stay."""
    meta = {"name": "a", "labels": {"x": "1"}, "finalizers": ["f"], "uid": "1", **dict.fromkeys(objects.VOLATILE, "1")}
    notes = {"deployment.kubernetes.io/revision": "1", "mine": "1"}
    row: kube_api.Json = {"kind": "A", "metadata": {**meta, "annotations": notes}, "spec": {"a": [1]}, "status": {}}
    before = json.dumps(row)
    kept = {"name": "a", "labels": {"x": "1"}, "finalizers": ["f"]}
    assert objects.decided(row) == {"kind": "A", "metadata": {**kept, "annotations": {"mine": "1"}}, "spec": {"a": [1]}}
    assert objects.bare(row)["metadata"] == {**kept, "annotations": notes}
    assert objects.bare(row, identity=True)["metadata"]["uid"] == "1"
    objects.bare(row)["spec"]["a"].append(2)
    assert json.dumps(row) == before


ANSWERS: Mapping[str, kube_api.Json] = {
    "/apis": {
        "groups": [
            {
                "preferredVersion": {"groupVersion": "apps/v1"},
                "versions": [{"groupVersion": "apps/v1"}, {"groupVersion": "apps/v1beta1"}],
            }
        ]
    },
    "/api/v1": {
        "resources": [
            {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list"]},
            {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
            {"name": "bindings", "kind": "Binding", "namespaced": True, "verbs": ["create"]},
        ]
    },
    "/apis/apps/v1": {"resources": [{"name": "oxen", "kind": "Ox", "namespaced": False, "verbs": ["list"]}]},
    "/apis/apps/v1beta1": {"resources": [{"name": "oxes", "kind": "Ox", "namespaced": False, "verbs": ["list"]}]},
}


def test_the_server_says_which_resources_there_are() -> None:
    """Plurals are the server's; the preferred version of a group, or all; what cannot be listed is told apart."""
    found = list(kube_discovery.resources(ANSWERS.__getitem__))
    assert [(row.path, row.group, row.listed) for row in found] == [
        ("/api/v1/pods", "", True),
        ("/api/v1/pods/log", "", False),
        ("/api/v1/bindings", "", False),
        ("/apis/apps/v1/oxen", "apps", True),
    ]
    every = kube_discovery.resources(ANSWERS.__getitem__, all_versions=True)
    assert [row.path for row in every if row.kind == "Ox"] == ["/apis/apps/v1/oxen", "/apis/apps/v1beta1/oxes"]


def test_measurements_are_no_objects() -> None:
    """They change at every look, and whoever reads all objects must not fail because metrics-server is away."""
    group = {
        "preferredVersion": {"groupVersion": "metrics.k8s.io/v1beta1"},
        "versions": [{"groupVersion": "metrics.k8s.io/v1beta1"}],
    }
    answers = {**ANSWERS, "/apis": {"groups": [*ANSWERS["/apis"]["groups"], group]}}
    assert list(kube_discovery.resources(answers.__getitem__)) == list(kube_discovery.resources(ANSWERS.__getitem__))


@pytest.mark.parametrize("empty", ["/apis", "/api/v1", "/apis/apps/v1"])
def test_a_server_that_names_nothing_has_not_answered(empty: str) -> None:
    """An empty answer is none: whoever looks for what is there must not find that all is gone."""
    with pytest.raises(kube_api.Unanswered):
        list(kube_discovery.resources({**ANSWERS, empty: {}}.__getitem__))


def test_an_object_has_one_address() -> None:
    """In a namespace and outside of one."""
    assert kube_discovery.address("/apis/apps/v1/oxen", "", "a") == "/apis/apps/v1/oxen/a"
    assert kube_discovery.address("/api/v1/pods", "n", "a") == "/api/v1/namespaces/n/pods/a"
    assert (kube_discovery.root("v1"), kube_discovery.root("apps/v1")) == ("/api/v1", "/apis/apps/v1")


def test_the_box_keeps_the_record_where_the_host_reads_it() -> None:
    """apply-addons.sh writes the ConfigMap, and the key in it, that the host asks for."""
    script = (paths.PROVISION / "apply-addons.sh").read_text(encoding="utf-8")
    name, space = re.search(r"record=\(configmap (\S+) --namespace (\S+)\)", script).groups()  # type: ignore[union-attr]
    assert f"/api/v1/namespaces/{space}/configmaps/{name}" == objects_tsv.RECORD
    assert f"wanted=$1/{objects_tsv.NAME}\n" in script
    assert '--from-file="$wanted"' in script


ONCE = {
    "managedFields": {"checks/objects.py"},
    "kubelab-objects": {"render/objects_tsv.py"},
    "preferredVersion": {"clients/kube_discovery.py"},
    "kubelab/inputs": {"render/roles.py"},
}
"""Words that stand in one module each."""


@functools.cache
def texts() -> dict[str, list[str]]:
    """Return every module of the package and the texts in it."""
    folder, found = paths.ROOT / "kubelab", {}
    for path in folder.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        values = [node.value for node in nodes if isinstance(node, ast.Constant)]
        found[str(path.relative_to(folder))] = [value for value in values if isinstance(value, str)]
    return found


@pytest.mark.parametrize("word", ONCE)
def test_what_is_written_once_stays_written_once(word: str) -> None:
    """A second list of volatile fields, place of the record, discovery or mark of a static pod turns this red."""
    assert {name for name, found in texts().items() if any(word in text for text in found)} == ONCE[word]
