"""Writes the page of survived harms, and the file that it is made from: the last result of each harm."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from bench.survive import run, table
from kubelab import pages, paths
from kubelab.state import docs_table

PAGE = paths.ROOT / pages.SURVIVAL
DATA = paths.ROOT / pages.SURVIVAL_DATA
HEAD = """\
# What a lab survives

*For everybody who asks what a lab survives.* Written by `./run lab.survive --page`; do not change it by hand.

Each row was acted out on a running lab with two workers under use: every 0.7 s a page was read and an entry written
through each worker's port, the API asked, and a name resolved through each worker.

- **Reads, writes, API, DNS**: what a client saw that tries the other worker when one does not answer. `yes`, or how
  long it was not served (pauses of more than 1.2 s are counted).
- **Whole**: the time until every check of a healthy lab held, every worker served everything, and the harmed part was
  back, for 3 s on end; counted from the event in the next column.
- **Acknowledged**: entries that the leader took and that the follower on the *other* worker had as well. None of them
  may be missing afterwards, wherever they are read. Entries that were not acknowledged may be there or not.
- "The leader's worker" has the Redis leader and its volume: losing it hurts most.

"""
FOOT = """\
## How to read it

- A frontend that has met the Redis leader takes readers as long as a follower has the entries: while the leader is
  away, reading goes on and writing pauses. Rows before 2026-11-30 are from a frontend that paused both.
- Where there is one API server and one etcd, the API is down while one of them is. What runs goes on.
- Of three control planes one has the virtual address. keepalived on another one takes it when the first is silent for
  three seconds, or when its API server did not answer twice. A member that vanishes is missed by the other two after
  an election timeout of etcd; a request that waits for it ends first.
- Kubernetes does not notice a worker that is off the network for less than about 40 s. After that its pods are taken
  out of the services. The data stay where their volume is: writes wait for the leader's worker.
- A lost worker's volume is lost. `lab.up` builds the worker again and, before it starts, copies the guestbook's
  entries from a follower that still runs, and says how many. What only the lost leader had is gone.
- `checkpoint.restore --only etcd` names every object that people made or deleted after the checkpoint. It restores
  none of them.
- With expired certificates, open connections go on and new ones are refused. `lab.certs --renew` reaches the boxes by
  ssh, whose keys have no date.

## Run it

```
./run lab.up --lab NAME && ./run lab.survive --lab NAME --page   # about 45 minutes, 15 for labs/ha.yaml; --only a,b
./run lab.survive --lab NAME --resume --page                     # continues where it was stopped
```
"""
COLUMNS = ("harm", "reads", "writes", "API", "DNS", "whole", "after", "acknowledged", "missing")


def text(results: Mapping[str, run.Result]) -> str:
    """Return the page: a part for each kind of lab with a row for each of its harms that ran; the others are named."""
    return HEAD + "".join(_part(group, results) for group in table.Group) + FOOT


def _part(group: table.Group, results: Mapping[str, run.Result]) -> str:
    names = [name for name, row in table.TABLE.items() if row.group is group]
    found = [results[name] for name in names if name in results]
    notes = [note for result in found for note in _notes(result)]
    absent = [table.TABLE[name].title for name in names if name not in results]
    if absent:
        notes.append(f"- not acted out yet: {', '.join(absent)}")
    parts = [f"## {group}"]
    if found:
        parts += [_made(found), docs_table.table(COLUMNS, [_row(result) for result in found]).strip()]
    if notes:
        parts.append("\n".join(notes))
    return "\n\n".join(parts) + "\n\n"


def _row(result: run.Result) -> tuple[object, ...]:
    whole = "never" if result.whole is None else f"{result.whole:.1f} s"
    served = (result.served[kind] for kind in run.KINDS)
    mark = " ✗" if result.problems else ""
    title = f"{table.TABLE[result.name].title}{mark}"
    return (title, *served, whole, result.since, result.acknowledged, len(result.missing))


def _notes(result: run.Result) -> list[str]:
    title = table.TABLE[result.name].title
    return [f"- {title}: {note}" for note in (*result.notes, *(f"✗ {what}" for what in result.problems))]


def _made(found: Sequence[run.Result]) -> str:
    """Return from which commits, days, labs and computers results are: those of other computers do not compare."""
    parts = [_each("Commit", [row.commit for row in found]), _days([row.date for row in found])]
    parts += [_each("lab", [row.lab for row in found]), _each("version set", [row.versions for row in found])]
    computers = "; ".join(sorted({row.computer for row in found if row.computer}))
    load = [row.load for row in found if row.load]
    busy = f" Load average meanwhile: {min(load):.0f} to {max(load):.0f}." if load else ""
    return f"{'; '.join(part for part in parts if part)}. {computers}.{busy}"


def _each(what: str, found: Sequence[str]) -> str:
    known = sorted({one for one in found if one})
    return f"{what} {', '.join(known)}" if known else ""


def _days(found: Sequence[str]) -> str:
    return " to ".join(dict.fromkeys((min(found), max(found))))


def read() -> dict[str, run.Result]:
    """Return the last result of each harm, in the table's order; raises as `docs_table.entries`."""
    rows = {row["name"]: run.Result(**row) for row in docs_table.entries(DATA)}
    return {name: rows[name] for name in table.TABLE if name in rows}


def write(new: Mapping[str, run.Result], about: Mapping[str, str]) -> None:
    """Keep new results of this computer beside the others, and write the page from all."""
    known = {name: dataclasses.replace(result, computer=_computer(about)) for name, result in new.items()}
    with docs_table.held(PAGE):
        both = {**read(), **known}
        results = {name: both[name] for name in table.TABLE if name in both}
        docs_table.write_entries(DATA, results.values())
        docs_table.write(PAGE, text(results))


def _computer(about: Mapping[str, str]) -> str:
    words = (about["processor"], f"{about['cores']} cores", about["memory"], about["system"])
    return ", ".join((*words, f"cgroup {about['cgroups']}"))
