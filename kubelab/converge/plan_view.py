"""Shows a plan: lines for a person, box by box, and one object for a program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from kubelab import errors, paths
from kubelab.converge import plan, repair
from kubelab.ui import progress, terminal

MARKS = {
    plan.Action.UPGRADE: "⇡",
    plan.Action.CREATE: "+",
    plan.Action.CHANGE: "~",
    plan.Action.RENEW: "~",
    plan.Action.START: "↑",
    plan.Action.RESTART: "↻",
    plan.Action.RECREATE: "±",
    plan.Action.REMOVE: "-",
}
LINES = 40
"""How many lines of a plan `lab.up` prints before it acts: `lab.plan` prints all."""


def say(planned: plan.Plan, report: progress.Progress) -> None:
    """Print the plan, shortened; programs get every item as an event."""
    for item in planned.items:
        report.event("plan", where=item.where, action=item.action, what=item.what, reason=item.reason)
    rows = list(lines(planned.items, diff=False))
    for row in rows[:LINES]:
        report.say(f"   {row}")
    if len(rows) > LINES:
        report.say(f"   … and {len(rows) - LINES} lines more; lab.plan shows all of a plan before it is carried out")


def lines(items: Sequence[plan.Item], *, diff: bool) -> Iterator[str]:
    """Yield the plan's lines: a heading for each place, then its actions and their reasons."""
    for where, group in itertools.groupby(items, key=lambda item: item.where):
        yield where
        for item in group:
            yield f"  {MARKS[item.action]} {item.action:<8} {item.what}{f'  ({item.reason})' if item.reason else ''}"
            if diff and item.diff:
                yield from (f"      {line}" for line in item.diff.splitlines())


def show(name: str, planned: plan.Plan, hands: repair.Changes, *, diff: bool, as_json: bool) -> errors.Exit:
    """Print a plan and the changes by hand; return the exit code that says whether there are any."""
    if as_json:
        document(name, planned, hands)
    else:
        text(name, planned, hands, diff=diff)
    return errors.Exit.PENDING if planned.pending or hands.any else errors.Exit.GOOD


def text(name: str, planned: plan.Plan, hands: repair.Changes, *, diff: bool) -> None:
    """Print a plan for a person."""
    rows, up = list(lines(planned.items, diff=diff)), f"./run lab.up{paths.lab_option(name)}"
    rows.append(f"lab {name}: {f'{planned.summary}; {up} does it' if planned.pending else 'is as its file says'}")
    if hands.any:
        rows += ["", "changed by hand:", *lines(hands.items, diff=diff)]
        rows.append(f"{len(hands.items)} changes by hand; {up} leaves them, {up} --repair puts them back")
    rows += [f"could not be looked at: {what}" for what in hands.blind]
    terminal.write("".join(f"{row}\n" for row in rows))


def document(name: str, planned: plan.Plan, hands: repair.Changes) -> None:
    """Print a plan for a program: one JSON object."""
    whole = {
        "lab": name,
        "pending": planned.pending,
        "items": [_plain(item) for item in planned.items],
        "boxes": {box: str(state) for box, state in planned.states.items()},
        "by_hand": [_plain(item) for item in hands.items],
        "blind": hands.blind,
    }
    terminal.document(whole)


def _plain(item: plan.Item) -> dict[str, str]:
    return {"where": item.where, "action": item.action, "what": item.what, "reason": item.reason, "diff": item.diff}
