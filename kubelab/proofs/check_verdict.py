"""Decides whether exactly the expected checks failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kubelab.faults import catalogue
from kubelab.proofs.layers import BREAKS, Layer, with_lower
from kubelab.proofs.pytest_marks import Suite


class Unproven(Exception):
    """A fault or mutation did not do to the suite what its row says; the words say how."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a run of the suite, by check: those with a red item, and all that were judged."""

    red: frozenset[str]
    judged: frozenset[str]


def broken(row: str) -> frozenset[Layer]:
    """Return the layers that a fault or mutation breaks: its own, and that of rendered files if it changes any."""
    found = catalogue.FAULTS.get(row) or catalogue.MUTATIONS.get(row)
    return frozenset({BREAKS[row]} | ({Layer.FILES} if found and found.files else set()))


def reddened(suite: Suite, *rows: str) -> frozenset[str]:
    """Return the checks that faults or mutations must redden."""
    return frozenset(name for name, check in suite.items() if set(rows) & set(check.red_by))


def may_redden(suite: Suite, *rows: str) -> frozenset[str]:
    """Return the checks that may be red: those that must be, and those that depend on what is broken."""
    layers = frozenset[Layer]().union(*map(broken, rows)) - {Layer.NOTHING}
    return reddened(suite, *rows) | {name for name, check in suite.items() if layers & with_lower(check.depends_on)}


def worth_running(suite: Suite, *rows: str) -> frozenset[str]:
    """Return the checks that must be red, and those that must not; others depend on the broken layers and tell
    nothing."""
    return reddened(suite, *rows) | (frozenset(suite) - may_redden(suite, *rows))


def judge(suite: Suite, row: str, outcome: Outcome, beside: Collection[str] = ()) -> None:
    """Raise `Unproven` unless every check that names the row is red, and no check that depends on something else.

    `beside` are the rows that were made at the same time: checks that those may redden are theirs.
    """
    green = reddened(suite, row) - outcome.red
    if green:
        raise Unproven(f"stayed green: {', '.join(sorted(green))}")
    strange = outcome.red - may_redden(suite, row, *beside)
    if strange:
        raise Unproven(f"red without a reason: {', '.join(sorted(strange))}")


def together(rows: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the rows in groups: all that break nothing but files are made at once, others alone."""
    at_once: list[str] = []
    groups: list[tuple[str, ...]] = []
    for row in rows:
        if small((row,)):
            at_once.append(row)
        else:
            groups.append((row,))
    return [tuple(at_once), *groups] if at_once else groups


def small(rows: Collection[str]) -> bool:
    """Return whether rows break nothing but files, so that the lab goes on undisturbed."""
    return all(broken(row) <= {Layer.NOTHING, Layer.FILES} for row in rows)


def unproven(suite: Suite, good_rows: Collection[str]) -> tuple[str, ...]:
    """Return the checks of the suite that no proven row has reddened."""
    return tuple(sorted(set(suite) - reddened(suite, *good_rows)))


def outcome(items: Mapping[str, str]) -> Outcome:
    """Return the outcome of items, `file::function[…]` to `passed`, `failed` …: one failed item reddens its check."""
    red = {_check(item) for item, state in items.items() if state in ("failed", "error")}
    return Outcome(red=frozenset(red), judged=frozenset(map(_check, items)))


def _check(item: str) -> str:
    return item.partition("[")[0]
