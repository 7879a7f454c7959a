"""Makes each fault and mutation in a running lab, runs the suite, judges it, takes it back. Callers hold the lock."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import inspect
import time
from collections.abc import Iterator, Mapping, Sequence

from kubelab import checks, errors, model, progress, ready
from kubelab.faults import catalogue, detectors, inject, proof
from kubelab.proving import here, judging, page, suite, table

SHOWS = 120.0
"""Seconds until a fault's detectors are red: a node is NotReady after 40."""
SETTLED = 240.0
"""Seconds until what a mutation restarted is back; an API server takes 60."""
SEED = 0


def run(view: checks.View, rows: Sequence[str], report: progress.Progress, *, resume: bool) -> bool:
    """Prove each row and write the page after each; return whether all of them, and all checks, are proven.

    Raises `tests-failed` if the suite is not green before anything is broken, `lab-not-ready` if the lab stays broken.
    """
    there, kept = suite.functions(), page.read()
    _refuse_strays(there)
    todo = [row for row in rows if not (resume and row in kept and kept[row].good and kept[row].state == state(row))]
    if todo:
        green(view, (), report)
    done = 0
    for group in judging.together(todo):
        for row in prove(view, group, report):
            kept[row.row] = row
            done += 1
            report.say(f"   {done} of {len(todo)}  {row.row}: {row.result}")
        page.write(kept, there)
    good = [name for name, row in kept.items() if row.good]
    lacking = judging.unproven(good, there)
    report.say(page.line(kept, there))
    for name in lacking:
        report.say(f"UNPROVEN {name}")
    return not lacking and all(kept[row].good for row in rows)


def chosen(only: str) -> list[str]:
    """Return the named rows, with commas between, or all; raise `fault-unknown` for a name that there is not."""
    names = [name for name in only.split(",") if name] or list(table.BREAKS)
    for name in names:
        if name not in table.BREAKS:
            near = catalogue.near(name, table.BREAKS)
            raise errors.LabError("fault-unknown", f"no check exists for {name[:60]!r}", details=near)
    return names


def prove(view: checks.View, group: Sequence[str], report: progress.Progress) -> list[page.Row]:
    """Return what faults or mutations, made at the same time, did to the suite; they are taken back in any case."""
    begun, outcome, late = time.monotonic(), judging.outcome({}), ""
    name = group[0] if len(group) == 1 else f"{len(group)} mutations"
    try:
        with contextlib.ExitStack() as stack:
            environment: dict[str, str] = {}
            for row in group:
                environment |= stack.enter_context(_made(view, row, report))
            if judging.small(group):
                _settled(view, report)
            with report.phase(f"{name}: the suite") as phase:
                only, patient = judging.worth_running(group), judging.small(group)
                outcome = judging.outcome(suite.run(view.lab.name, environment, only, patient=patient))
                phase.done(f"{len(outcome.red)} of {len(outcome.judged)} checks red")
        green(view, frozenset[str]().union(*map(table.reddened, group)), report)
    except judging.Unproven as problem:
        late = str(problem)
    seconds = round((time.monotonic() - begun) / len(group))
    return [_row(row, group, outcome, late, seconds) for row in group]


def _row(row: str, group: Sequence[str], outcome: judging.Outcome, late: str, seconds: int) -> page.Row:
    """Judge one of the group; `late` is what was wrong after all was taken back."""
    problem = late
    try:
        judging.judge(row, outcome, group)
    except judging.Unproven as found:
        problem = str(found)
    red = outcome.red & judging.may_redden(row) if len(group) > 1 else outcome.red
    return page.Row(
        row=row, result=f"NOT PROVEN: {problem}"[:600] if problem else "proven", red=tuple(sorted(red)),
        judged=len(outcome.judged), together=len(group), seconds=seconds, commit=proof.commit(), state=state(row),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )  # fmt: skip


def state(row: str) -> str:
    """Return a digest of what a proof is about: the fault or mutation, and the checks that exist for it."""
    sources = suite.functions()
    texts = [sources.get(name, "") for name in sorted(table.reddened(row))]
    if row in here.MAKERS:
        texts.append(inspect.getsource(here.MAKERS[row]))
    else:
        texts.append(proof.state(catalogue.find(row)))
    return hashlib.sha256("\n".join([*texts, str(table.BREAKS[row])]).encode()).hexdigest()[:8]


@contextlib.contextmanager
def _made(view: checks.View, row: str, report: progress.Progress) -> Iterator[Mapping[str, str]]:
    """Break the lab on entry, and leave it well on exit; yield what the suite's environment changes by."""
    if row in here.MAKERS:
        with here.MAKERS[row](view.where) as environment:
            yield environment
        return
    fault = catalogue.find(row)
    try:
        with report.phase(f"{row}: made") as phase:
            done = inject.inject(view, row, None, SEED, force=True)
            phase.done(done.machine.name)
        if fault.detector:
            ready.wait(view, {f"{row}: red": lambda old: _red(old, fault, done.machine)}, report, SHOWS)
        yield {}
    finally:
        if inject.active(view):
            inject.clear(view, report)  # of all that were made; it waits until the lab is well


def _red(old: checks.View, row: catalogue.Fault, machine: model.Machine) -> None:
    """Every detector is red, looked at over a new connection: an old one may outlive what was broken."""
    detectors.red(checks.View.of(old.lab, old.where), row, machine)


def _settled(view: checks.View, report: progress.Progress) -> None:
    """Wait until what a mutation restarted is back: it breaks nothing that others stand on. Raises `Unproven`."""
    wanted = {"API server": checks.api_ready, "nodes": checks.nodes_ready, "system pods": checks.system_pods_ready}
    try:
        ready.wait(view, wanted, report, SETTLED)
    except errors.LabError as late:
        raise judging.Unproven(f"the lab did not settle: {'; '.join(late.details)}") from late


def green(view: checks.View, only: frozenset[str] | tuple[()], report: progress.Progress) -> None:
    """The suite, or these checks of it, are green; raise `Unproven` for a part, `tests-failed` for the whole."""
    what = "green again" if only else "the suite is green"
    end = time.monotonic() + ready.WATCH_AGAIN
    with report.phase(what) as phase:
        outcome = judging.outcome(suite.run(view.lab.name, {}, only, patient=True))
        phase.done(f"{len(outcome.judged)} checks")
        while only and outcome.red and time.monotonic() < end:
            outcome = judging.outcome(suite.run(view.lab.name, {}, outcome.red, patient=True))
    if outcome.judged and not outcome.red:
        return
    said = ", ".join(sorted(outcome.red)) or "no check was judged"
    if only:
        raise judging.Unproven(f"not green again: {said}")
    raise errors.LabError("tests-failed", f"the suite is not green in a lab that nobody has broken: {said}")


def _refuse_strays(there: Mapping[str, str]) -> None:
    """Say which rows of the table are about checks that there are no more."""
    strays = sorted(set(table.CHECKS) - set(there))
    if strays:
        raise errors.LabError("check-unknown", f"the table names checks that there are not: {', '.join(strays)}")
