"""Runs one scenario on a stage and returns its cost."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench import computer
from bench.survive import stage, table, watching
from kubelab import errors, paths
from kubelab.files import atomic

WARM = 4.0
"""Seconds of watching before the harm, and after the lab is whole."""
KINDS = ("reads", "writes", "API", "DNS")


@dataclass(frozen=True, kw_only=True)
class Result:
    """The cost of one scenario; all times in seconds."""

    name: str
    served: Mapping[str, str]
    """For reads, writes, API, DNS: `yes`, or the length of the pause."""
    whole: float | None
    """Seconds from the moment named by `since` until every check held again; None if they never did."""
    since: str
    watched: float
    acknowledged: int
    missing: list[int]
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Reasons why the lab did not survive; empty if it did."""
    commit: str = ""
    date: str = ""
    load: float = 0.0
    """The computer's load average over the last five minutes."""
    lab: str = ""
    versions: str = ""
    """The version set of the lab."""
    computer: str = ""
    """The computer in words: numbers of different ones do not compare."""


def run(name: str, on: stage.Stage) -> Result:
    """Harm the lab as the scenario says, wait until it is whole, and look for lost entries."""
    scenario = table.TABLE[name]
    problems: list[str] = []
    done, whole = None, None
    with watching.Watch(on.ways()) as watch:
        time.sleep(WARM)
        begin = time.monotonic()
        try:
            done = scenario.act(on)
            whole = on.wait_whole(watch, done.look)
        except (stage.NeverWhole, errors.LabError) as problem:
            details = "; ".join(getattr(problem, "details", ()))
            problems.append(f"{problem} {details}".strip())
        time.sleep(WARM)
        end = time.monotonic()
        outages = {kind: watch.outage(_ways(on, kind), begin, end) for kind in KINDS}
    missing, behind = on.lost()
    problems += [*_losses(missing, behind), *_pauses(scenario, outages)]
    return Result(
        name=name,
        lab=on.view.lab.name,
        versions=on.view.lab.versions.name,
        served={kind: found.words for kind, found in outages.items()},
        whole=None if whole is None or done is None else round(max(0.0, whole - done.since), 1),
        since=done.word if done else "",
        watched=round(end - begin, 1),
        acknowledged=len(on.book.acknowledged),
        missing=missing,
        notes=done.notes if done else [],
        problems=problems,
        commit=computer.commit(),
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        load=round(os.getloadavg()[1], 1),
    )


def _losses(missing: Collection[int], behind: Mapping[str, int]) -> Iterator[str]:
    """Yield in words which acknowledged entries are lost, and how many each follower lacks."""
    if missing:
        yield f"{len(missing)} acknowledged entries are missing"
    yield from (f"{count} entries are not on the {who}" for who, count in behind.items())


def _pauses(scenario: table.Scenario, outages: Mapping[str, watching.Outage]) -> Iterator[str]:
    """Yield in words which services paused for longer than the scenario lets them."""
    for kind in scenario.keeps:
        if outages[kind].longest > scenario.most:
            yield f"{kind} paused for {outages[kind].longest:.0f} s"


def _ways(on: stage.Stage, kind: str) -> list[str]:
    return ["API"] if kind == "API" else [f"{kind} {worker.name}" for worker in (on.home, on.other)]


def record(where: paths.LabPaths, name: str) -> Path:
    """Return the file of a kept result: a stopped run continues from it."""
    return where.state / "survive" / f"{name}.json"


def keep(where: paths.LabPaths, result: Result) -> None:
    """Keep a result beside the lab's state; it replaces an earlier one of the same scenario."""
    atomic.write(record(where, result.name), json.dumps(dataclasses.asdict(result), indent=1))


def kept(where: paths.LabPaths) -> dict[str, Result]:
    """Return every result that was kept, in the table's order."""
    found = {}
    for name in table.TABLE:
        if record(where, name).exists():
            found[name] = Result(**json.loads(record(where, name).read_text(encoding="utf-8")))
    return found
