"""Where a pod may run by its own spec: a node selector, a required affinity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kubelab.clients import kube_api
from kubelab.exercises import selectors


def chosen(spec: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return a pod's demands on its node: the selector, and the required terms."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms")
    return spec.get("nodeSelector") or {}, terms


def left_out(spec: Mapping[str, Any], nodes: Sequence[kube_api.Json]) -> list[str]:
    """Return the names of the nodes on which a pod may not run by its spec."""
    return [row["metadata"]["name"] for row in nodes if not _may(spec, row)]


def _may(spec: Mapping[str, Any], node: kube_api.Json) -> bool:
    labels = node["metadata"].get("labels") or {}
    plain, terms = chosen(spec)
    if not selectors.selects({"matchLabels": plain}, labels):
        return False
    return terms is None or any(_fits(term, labels, node["metadata"]["name"]) for term in terms)


def _fits(term: Mapping[str, Any], labels: selectors.Labels, name: str) -> bool:
    """Return whether a term selects a node; an empty one selects none."""
    fields = {"matchExpressions": term.get("matchFields") or []}
    if not (term.get("matchExpressions") or term.get("matchFields")):
        return False
    expressions = {"matchExpressions": term.get("matchExpressions") or []}
    return selectors.selects(expressions, labels) and selectors.selects(fields, {"metadata.name": name})
