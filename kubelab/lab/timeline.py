"""Where the time of the last `lab.up` went: kept while it runs, drawn afterwards; and how long the next may take."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pydantic

from kubelab import checks, errors, model, paths
from kubelab.clients import ssh
from kubelab.config import strict
from kubelab.converge import observed
from kubelab.files import atomic, strictjson
from kubelab.render import roles, templates
from kubelab.state import durations
from kubelab.ui import gantt, progress

RECORD = "last-up.json"
LARGEST = 4 << 20
"""Bytes of the record; a first run's has some 3 KB."""
DAY = 100_000.0
"""The most seconds of a run and of its phases: the picture has marks for a few of them each."""
UNITS = "systemctl show --timestamp=us+utc --property=Id,InactiveExitTimestamp,ActiveEnterTimestamp"
MOMENT = re.compile(r"\d{1,11}(?:\.\d{1,9})?", re.ASCII)
"""A time in timeline.tsv, in seconds of the epoch."""
WORTH = 5.0
"""Seconds from which a run is worth an estimate."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The record of a run: its work, whether it was done, its begin, its phases."""

    work: str
    good: bool
    epoch: Annotated[float, pydantic.Field(ge=0, lt=1 << 35)]
    seconds: Annotated[float, pydantic.Field(ge=0, lt=DAY)]
    spans: tuple[progress.Span, ...]


SHAPE = pydantic.TypeAdapter(Record)


@contextlib.contextmanager
def recorded(where: paths.LabPaths, report: progress.Progress, states: Mapping[str, observed.State]) -> Iterator[None]:
    """Show how long such a run usually takes; keep this one's phases and time, if it did anything."""
    work = kind(states)
    if not work:
        yield
        return
    usual = durations.usual(work)
    if usual and usual >= WORTH:
        report.expect(usual)
    begin, good = time.monotonic(), False
    try:
        yield
        good = True
        durations.keep(work, time.monotonic() - begin)
    finally:
        _keep(where, report, work, good=good)


def kind(states: Mapping[str, observed.State]) -> str:
    """Return the work and its number of boxes, in words: runs of one kind take about the same time."""
    counts = collections.Counter(states.values())
    parts = [f"{state} {counts[state]}" for state in observed.State if counts[state] and state != observed.State.EQUAL]
    return f"lab.up: {', '.join(parts)} of {len(states)}" if parts else ""


def _keep(where: paths.LabPaths, report: progress.Progress, work: str, *, good: bool) -> None:
    spans = [dataclasses.asdict(span) for span in report.spans]
    record = {"work": work, "good": good, "epoch": report.epoch, "seconds": report.seconds, "spans": spans}
    try:
        atomic.write(where.state / RECORD, json.dumps(record, indent=1))
    except errors.LabError as problem:  # it must not take the place of why the run ended
        report.say(f"   nothing was kept for lab.timeline: {problem.what}: {'; '.join(map(str, problem.details))}")


def draw(view: checks.View, out: Path | None = None) -> tuple[Path, Sequence[gantt.Bar]]:
    """Write the picture of the last run that did something; return its file and its bars.

    Raises `timeline-absent` if no run was kept.
    """
    source = view.where.state / RECORD
    if not source.exists():
        raise errors.LabError("timeline-absent", f"no lab.up of lab {view.lab.name} that did something was kept")
    record = read(source)
    spans = [dataclasses.asdict(span) for span in record.spans]
    bars = [*phases(spans), *_boxes(view, record.epoch, record.seconds)]
    when = datetime.datetime.fromtimestamp(record.epoch, datetime.UTC)
    state = "" if record.good else ", and failed"
    values: dict[str, object] = {
        "title": f"Lab {view.lab.name}: where the time went",
        "summary": f"{record.work}, {when:%F %T} UTC, took {record.seconds:.1f} s{state}",
        "picture": gantt.svg(bars, record.seconds),
    }
    target = out or view.where.root / "timeline.html"
    atomic.write(target, templates.text("lab/timeline.html", values))
    return target, bars


def read(source: Path) -> Record:
    """Return the record of a run; raise `timeline-absent` for an unreadable file."""
    try:
        record = strict.of_file(SHAPE, source, most=LARGEST)
        if not all(0 <= value < DAY for span in record.spans for value in (span.at, span.took, record.seconds)):
            raise strictjson.Refused("has a phase of more than a day")
        return record
    except (OSError, ValueError) as problem:
        what = f"{source}, the record of the last lab.up, cannot be read"
        raise errors.LabError("timeline-absent", what, details=[problem]) from problem


def phases(spans: Sequence[Mapping[str, object]]) -> list[gantt.Bar]:
    """Return the phases of a run as bars, in the order in which they began."""
    found = []
    for span in sorted(spans, key=lambda span: float(str(span["at"]))):
        begin, took = float(str(span["at"])), float(str(span["took"]))
        look = "phase" if span["good"] else "failed"
        found.append(gantt.Bar(lane="lab.up", name=str(span["name"]), begin=begin, end=begin + took, kind=look))
    return found


def _boxes(view: checks.View, epoch: float, seconds: float) -> Iterator[gantt.Bar]:
    """Yield the steps of each box meanwhile; a box that does not answer has an empty lane."""

    def ask(machine: model.Machine) -> str:
        command = f"cat /var/lib/kubelab/timeline.tsv; echo; {UNITS} {' '.join(roles.units(machine.kind))}"
        return ssh.run(view.where, machine, command)

    for name, said in ssh.each(view.lab.machines, ask).items():
        if isinstance(said, Exception):
            yield gantt.Bar(lane=name, name=f"does not answer now: {said}", begin=0, end=0, kind="failed")
            continue
        rows, _, shown = said.partition("\n\n")
        for bar in sorted([*steps(name, rows, epoch), *units(name, shown, epoch)], key=lambda bar: bar.begin):
            if 0 <= bar.begin <= seconds:
                yield bar


def steps(box: str, rows: str, epoch: float) -> Iterator[gantt.Bar]:
    """Yield the steps of a box's timeline.tsv: begin, end, what; paths without their folders.

    A row that a power cut left half written is left out.
    """
    for row in rows.splitlines():
        parts = row.split("\t")
        if len(parts) == 3 and all(map(MOMENT.fullmatch, parts[:2])):
            begin, end, what = parts
            short = " ".join(word.rpartition("/")[2].removesuffix(".tar") for word in what.split()[:2])
            yield gantt.Bar(lane=box, name=short, begin=float(begin) - epoch, end=float(end) - epoch)


def units(box: str, shown: str, epoch: float) -> Iterator[gantt.Bar]:
    """Yield how long each unit took to become active, from the output of `systemctl show --timestamp=us+utc`."""
    for block in shown.strip().split("\n\n"):
        values = dict(line.partition("=")[::2] for line in block.splitlines())
        begin, end = _moment(values.get("InactiveExitTimestamp")), _moment(values.get("ActiveEnterTimestamp"))
        if "Id" in values and begin and end and end >= begin:
            yield gantt.Bar(lane=box, name=values["Id"], begin=begin - epoch, end=end - epoch, kind="unit")


def _moment(text: str | None) -> float | None:
    """Return a time of systemd's in seconds of the epoch; None for none, as `n/a`."""
    with contextlib.suppress(ValueError):
        found = datetime.datetime.strptime(text or "", "%a %Y-%m-%d %H:%M:%S.%f UTC")
        return found.replace(tzinfo=datetime.UTC).timestamp()
    return None
