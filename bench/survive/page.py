"""Writes the page of survived harms from the kept results."""

from __future__ import annotations

from collections.abc import Mapping

from bench.survive import run, table
from kubelab import pages, paths
from kubelab.state import docs_table

PAGE = paths.ROOT / pages.SURVIVAL
HEAD = """\
# What a lab survives

*For everybody who asks what a lab survives.* Written by `./run lab.survive --page`; do not change it by hand.

Each row was acted out on a running lab of four boxes (one etcd, one control plane, two workers) under use: every 0.7
s a page was read and an entry written through each worker's port, the API asked, and a name resolved through each
worker.

- **Reads, writes, API, DNS**: what a client saw that tries the other worker when one does not answer. `yes`, or how
  long it was not served (pauses of more than 1.2 s are counted).
- **Whole**: the time until every check of a healthy lab held, every worker served everything, and the harmed part was
  back, for 3 s on end; counted from the event in the next column.
- **Acknowledged**: entries that the leader took and that the follower on the *other* worker had as well. None of them
  may be missing afterwards, wherever they are read. Entries that were not acknowledged may be there or not.
- "The leader's worker" has the Redis leader and its volume: losing it hurts most.

"""
FOOT = """
## How to read it

- The pages ask the leader before they call themselves ready. While the leader is away they are taken out of the
  service, so reading pauses with writing, although the followers have everything.
- There is one API server and one etcd: while one of them is down, the API is down. What runs goes on.
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
./run lab.up --lab NAME && ./run lab.survive --lab NAME --page   # about 45 minutes; --only a,b for some
./run lab.survive --lab NAME --resume --page                     # continues where it was stopped
```
"""
COLUMNS = ("harm", "reads", "writes", "API", "DNS", "whole", "after", "acknowledged", "missing")


def text(results: Mapping[str, run.Result], about: Mapping[str, str]) -> str:
    """Return the page: a row for each scenario that ran, and a list of those that did not."""
    rows: list[tuple[object, ...]] = []
    notes = []
    for name, result in results.items():
        title = table.TABLE[name].title
        whole = "never" if result.whole is None else f"{result.whole:.1f} s"
        served = (result.served[kind] for kind in run.KINDS)
        mark = "" if not result.problems else " ✗"
        rows.append((f"{title}{mark}", *served, whole, result.since, result.acknowledged, len(result.missing)))
        notes += [f"- {title}: {note}" for note in (*result.notes, *(f"✗ {what}" for what in result.problems))]
    absent = [row.title for name, row in table.TABLE.items() if name not in results]
    if absent:
        notes.append(f"- not acted out in this run: {', '.join(absent)}")
    commits = sorted({result.commit for result in results.values()})
    dates = sorted({result.date for result in results.values()})
    when = " to ".join(dict.fromkeys((dates[0], dates[-1])))
    made = f"Commit {', '.join(commits)}; {when}. {_computer(about)}{_load(results)}\n\n"
    return HEAD + made + docs_table.table(COLUMNS, rows) + "\n" + "\n".join(notes) + "\n" + FOOT


def _computer(about: Mapping[str, str]) -> str:
    words = (
        about["processor"],
        f"{about['cores']} cores",
        about["memory"],
        about["system"],
        f"cgroup {about['cgroups']}",
    )
    return ", ".join(words) + f", Kubernetes of version set {about['versions']}."


def _load(results: Mapping[str, run.Result]) -> str:
    """Return the computer's load in words: times of a busy computer say little about an idle one."""
    found = [result.load for result in results.values() if result.load]
    return f" Load average meanwhile: {min(found):.0f} to {max(found):.0f}." if found else ""
