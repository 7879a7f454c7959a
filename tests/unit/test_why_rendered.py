"""Diagnosis names each object that differs from the rendered one."""

from __future__ import annotations

from typing import Any

import pytest

from kubelab.diagnosis import object_probes


@pytest.mark.parametrize(
    ("wanted", "found", "lines"),
    [
        ({"spec": {"a": 1}}, {"spec": {"a": 2}}, ["- spec.a: 1", "+ spec.a: 2"]),
        ({"spec": {"a": 1}}, {"spec": {}}, ["- spec.a: 1", "+ spec.a: (nothing)"]),
        ({"spec": {"replicas": 2}}, {"spec": {"replicas": 3}}, []),
        ({"spec": {"replicas": 2}}, {"spec": {"replicas": 1}}, ["- spec.replicas: 2", "+ spec.replicas: 1"]),
        ({"a": "1024Mi", "b": {}, "c": [{"x": 1}]}, {"a": "1Gi", "c": [{"x": 1, "y": 2}, {"z": 3}]}, []),
        ({"c": [{"x": 1}]}, {"c": [{"x": 2}]}, ["- c[0].x: 1", "+ c[0].x: 2"]),
        ({"args": ["a"]}, {"args": ["a", "b"]}, ["- args: ['a']", "+ args: ['a', 'b']"]),
        ({"rules": [{"verbs": ["get"]}]}, {"rules": []}, ["- rules: [{'verbs': ['get']}]", "+ rules: []"]),
        ({"spec": {"selector": {"a": "1"}}}, {"spec": {"selector": {"a": "1", "b": "2"}}}, ["+ spec.selector: b=2"]),
        ({"selector": {"matchLabels": {"a": "1"}}}, {"selector": {"matchLabels": {"a": "1"}, "more": 1}}, []),
        ({"labels": {"a": "1"}}, {"labels": {"a": "1", "b": "2"}}, []),
        ({"data": "a\nb\n"}, {"data": "a\nc\n"}, ["-b", "+c"]),
    ],
)
def test_a_difference_is_told_in_lines(wanted: Any, found: Any, lines: list[str]) -> None:
    """What is missing or other is told; what is more only where it selects, or is an argument or a rule."""
    assert list(object_probes.differences(wanted, found)) == lines
