"""What is said of a run of the suite in a broken lab: red by name, and nothing red that does not stand on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kubelab.faults import catalogue
from kubelab.proofs import check_table
from kubelab.proofs.layers import Layer, below


class Unproven(Exception):
    """A fault or mutation that did not do to the suite what its row says; the words say how."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run of the suite found, by check: those that were red in any of their items, and all that were judged."""

    red: frozenset[str]
    judged: frozenset[str]


def broken(row: str) -> frozenset[Layer]:
    """Return the layers that a fault or mutation breaks: its own, and the files as rendered if it changes any."""
    found = catalogue.FAULTS.get(row) or catalogue.MUTATIONS.get(row)
    return frozenset({check_table.BREAKS[row]} | ({Layer.FILES} if found and found.files else set()))


def may_redden(row: str) -> frozenset[str]:
    """Return the checks that may be red: those it is there for, and those that stand on what it breaks."""
    layers = broken(row) - {Layer.NOTHING}
    return check_table.reddened(row) | {name for name, check in check_table.CHECKS.items() if layers & below(check.on)}


def worth_running(rows: Collection[str]) -> frozenset[str]:
    """Return the checks that must be red, and all that must not: what stands on the broken layers says nothing."""
    must = frozenset[str]().union(*map(check_table.reddened, rows))
    may = frozenset[str]().union(*map(may_redden, rows))
    return must | (frozenset(check_table.CHECKS) - may)


def judge(row: str, outcome: Outcome, beside: Collection[str] = ()) -> None:
    """Raise `Unproven` unless every check that the row names is red, and no check that stands on something else.

    `beside` are the rows that were made at the same time: what those may redden is theirs.
    """
    green = check_table.reddened(row) - outcome.red
    if green:
        raise Unproven(f"stayed green: {', '.join(sorted(green))}")
    strange = outcome.red.difference(may_redden(row), *map(may_redden, beside))
    if strange:
        raise Unproven(f"red without a reason: {', '.join(sorted(strange))}")


def together(rows: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the rows in the groups in which they are made: all that break nothing but files at once, others alone."""
    at_once: list[str] = []
    groups: list[tuple[str, ...]] = []
    for row in rows:
        if small((row,)):
            at_once.append(row)
        else:
            groups.append((row,))
    return [tuple(at_once), *groups] if at_once else groups


def small(rows: Collection[str]) -> bool:
    """Return whether rows break nothing but files: the lab goes on as if nothing had been done to it."""
    return all(broken(row) <= {Layer.NOTHING, Layer.FILES} for row in rows)


def unproven(good_rows: Collection[str], there: Collection[str]) -> tuple[str, ...]:
    """Return the checks of the suite that nothing has reddened: rows that are not proven do not count."""
    seen = {name for row in good_rows for name in check_table.reddened(row)}
    return tuple(sorted(set(there) - seen))


def outcome(items: Mapping[str, str]) -> Outcome:
    """Return the outcome of items, `file::function[…]` to `passed`, `failed` …: one failed item reddens its check."""
    red = {_check(item) for item, state in items.items() if state in ("failed", "error")}
    return Outcome(red=frozenset(red), judged=frozenset(map(_check, items)))


def _check(item: str) -> str:
    return item.partition("[")[0]
