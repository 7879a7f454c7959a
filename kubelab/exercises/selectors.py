"""Evaluates selectors, taints and tolerations as Kubernetes does: spellings that select the same are the same."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kubelab import checks

Labels = Mapping[str, str]


def _is_in(value: str | None, values: Sequence[str]) -> bool:
    return value is not None and value in values


def _number(compare: Callable[[int, int], bool]) -> Callable[[str | None, Sequence[str]], bool]:
    def holds(value: str | None, values: Sequence[str]) -> bool:
        numbers = [text for text in (value, *values) if text is not None and text.lstrip("-").isdigit()]
        return len(numbers) == 2 and compare(int(numbers[0]), int(numbers[1]))

    return holds


OPERATORS: Mapping[str, Callable[[str | None, Sequence[str]], bool]] = {
    "In": _is_in,
    "NotIn": lambda value, values: not _is_in(value, values),
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
    "Gt": _number(operator.gt),
    "Lt": _number(operator.lt),
}
"""The last two are for nodes only."""


def selects(selector: Mapping[str, Any] | None, labels: Labels | None) -> bool:
    """Return whether a label selector selects these labels.

    An empty selector selects everything, none (None) nothing; `Wrong` for an unknown operator.
    """
    if selector is None:
        return False
    has = labels or {}
    wanted: Labels = selector.get("matchLabels") or {}
    if any(has.get(name) != value for name, value in wanted.items()):
        return False
    return all(_holds(row, has) for row in selector.get("matchExpressions") or [])


def _holds(row: Mapping[str, Any], labels: Labels) -> bool:
    compare = OPERATORS.get(str(row.get("operator")))
    if compare is None:
        raise checks.Wrong(f"a selector has the operator {row.get('operator')!r}")
    return compare(labels.get(str(row.get("key"))), [str(value) for value in row.get("values") or []])


def tolerates(tolerations: Sequence[Mapping[str, Any]] | None, taint: Mapping[str, Any]) -> bool:
    """Return whether one of a pod's tolerations tolerates a node's taint."""
    return any(_bears(row, taint) for row in tolerations or [])


def _bears(row: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if row.get("effect") and row["effect"] != taint.get("effect"):
        return False
    if row.get("operator", "Equal") == "Exists":
        return not row.get("key") or row["key"] == taint.get("key")
    return row.get("key") == taint.get("key") and (row.get("value") or "") == (taint.get("value") or "")
