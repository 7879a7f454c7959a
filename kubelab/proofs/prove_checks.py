"""Makes each fault and mutation in a running lab, runs the suite, judges it, takes it back."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import time
from collections.abc import Iterator, Mapping, Sequence

from kubelab import checks, errors, model
from kubelab.checks import wait
from kubelab.converge import session
from kubelab.faults import catalogue, detectors, inject
from kubelab.proofs import check_verdict, checks_page, host_mutations, live_suite, prove_faults
from kubelab.proofs.layers import BREAKS
from kubelab.proofs.pytest_marks import Suite
from kubelab.state import docs_table
from kubelab.ui import progress

SHOWS = 120.0
"""Seconds until a fault's detectors are red: a node is NotReady after 40."""
SETTLED = 240.0
"""Seconds until a unit or pod that a mutation restarted is back; an API server takes 60."""
SEED = 0


def run(held: session.Held, rows: Sequence[str], *, resume: bool) -> bool:
    """Prove each row and write the page after each; return whether all of them, and all checks, are proven.

    Raises `tests-failed` if the suite is not green before anything is broken, `lab-not-ready` if the lab stays broken,
    `check-unmarked` if a check has no mark.
    """
    view, report = held.view, held.report
    suite, kept = live_suite.checks(), checks_page.read()
    todo = [
        row for row in rows if not (resume and row in kept and kept[row].good and kept[row].state == state(suite, row))
    ]
    if todo:
        green(view, (), report)
    done = 0
    for group in check_verdict.together(todo):
        for row in prove(view, suite, group, report):
            kept[row.row] = row
            done += 1
            report.say(f"   {done} of {len(todo)}  {row.row}: {row.result}")
        checks_page.write(kept, suite)
    good = [name for name, row in kept.items() if row.good]
    lacking = check_verdict.unproven(suite, good)
    report.say(checks_page.line(kept, suite))
    for name in lacking:
        report.say(f"UNPROVEN {name}")
    return not lacking and all(kept[row].good for row in rows)


def chosen(only: str) -> list[str]:
    """Return the named rows, with commas between, or all; raise `fault-unknown` for an unknown name."""
    names = [name for name in only.split(",") if name] or list(BREAKS)
    for name in names:
        if name not in BREAKS:
            near = catalogue.near(name, BREAKS)
            raise errors.LabError("fault-unknown", f"no check exists for {name[:60]!r}", details=near)
    return names


def prove(view: checks.View, suite: Suite, group: Sequence[str], report: progress.Progress) -> list[checks_page.Row]:
    """Return the effect of faults or mutations, made at the same time, on the suite; they are taken back in any
    case."""
    begun, outcome, late = time.monotonic(), check_verdict.outcome({}), ""
    name = group[0] if len(group) == 1 else f"{len(group)} mutations"
    try:
        with contextlib.ExitStack() as stack:
            environment: dict[str, str] = {}
            for row in group:
                environment |= stack.enter_context(_made(view, row, report))
            if check_verdict.small(group):
                _settled(view, report)
            with report.phase(f"{name}: the suite") as phase:
                only, patient = check_verdict.worth_running(suite, *group), check_verdict.small(group)
                outcome = check_verdict.outcome(live_suite.run(view.lab.name, environment, only, patient=patient))
                phase.done(f"{len(outcome.red)} of {len(outcome.judged)} checks red")
        green(view, check_verdict.reddened(suite, *group), report)
    except check_verdict.Unproven as problem:
        late = str(problem)
    seconds = round((time.monotonic() - begun) / len(group))
    return [_row(suite, row, group, outcome, late, seconds) for row in group]


def _row(
    suite: Suite, row: str, group: Sequence[str], outcome: check_verdict.Outcome, late: str, seconds: int
) -> checks_page.Row:
    """Judge one of the group; `late` is what was wrong after all was taken back."""
    problem = late
    try:
        check_verdict.judge(suite, row, outcome, group)
    except check_verdict.Unproven as found:
        problem = str(found)
    red = outcome.red & check_verdict.may_redden(suite, row) if len(group) > 1 else outcome.red
    return checks_page.Row(
        row=row, result=f"NOT PROVEN: {problem}"[:600] if problem else docs_table.PROVEN, red=tuple(sorted(red)),
        judged=len(outcome.judged), together=len(group), seconds=seconds, commit=docs_table.commit(),
        state=state(suite, row), date=docs_table.today(),
    )  # fmt: skip


def state(suite: Suite, row: str) -> str:
    """Return a digest of the subject of a proof: the fault or mutation, and the checks that exist for it."""
    texts = [suite[name].source for name in sorted(check_verdict.reddened(suite, row))]
    if row in host_mutations.MAKERS:
        texts.append(inspect.getsource(host_mutations.MAKERS[row]))
    else:
        texts.append(prove_faults.state(catalogue.find(row)))
    return hashlib.sha256("\n".join([*texts, str(BREAKS[row])]).encode()).hexdigest()[:8]


@contextlib.contextmanager
def _made(view: checks.View, row: str, report: progress.Progress) -> Iterator[Mapping[str, str]]:
    """Break the lab on entry, and leave it well on exit; yield the changes of the suite's environment."""
    if row in host_mutations.MAKERS:
        with host_mutations.MAKERS[row](view.where) as environment:
            yield environment
        return
    fault = catalogue.find(row)
    try:
        with report.phase(f"{row}: made") as phase:
            done = inject.inject(view, row, None, SEED, force=True)
            phase.done(done.machine.name)
        if fault.detector:
            wait.wait(view, {f"{row}: red": lambda old: _red(old, fault, done.machine)}, report, SHOWS)
        yield {}
    finally:
        if inject.active(view):
            inject.clear(view, report)  # of all that were made; it waits until the lab is well


def _red(old: checks.View, row: catalogue.Fault, machine: model.Machine) -> None:
    """Every detector is red, looked at over a new connection: an old one may outlive what was broken."""
    detectors.red(checks.View.of(old.lab, old.where), row, machine)


def _settled(view: checks.View, report: progress.Progress) -> None:
    """Wait until the parts that a mutation restarted are back: no other check depends on them. Raises `Unproven`."""
    wanted = {"API server": checks.api_ready, "nodes": checks.nodes_ready, "system pods": checks.system_pods_ready}
    try:
        wait.wait(view, wanted, report, SETTLED)
    except errors.LabError as late:
        raise check_verdict.Unproven(f"the lab did not settle: {'; '.join(late.details)}") from late


def green(view: checks.View, only: frozenset[str] | tuple[()], report: progress.Progress) -> None:
    """The suite, or these checks of it, are green; raise `Unproven` for a part, `tests-failed` for the whole."""
    what = "green again" if only else "the suite is green"
    end = time.monotonic() + wait.WATCH_AGAIN
    with report.phase(what) as phase:
        outcome = check_verdict.outcome(live_suite.run(view.lab.name, {}, only, patient=True))
        phase.done(f"{len(outcome.judged)} checks")
        while only and outcome.red and time.monotonic() < end:
            outcome = check_verdict.outcome(live_suite.run(view.lab.name, {}, outcome.red, patient=True))
    if outcome.judged and not outcome.red:
        return
    said = ", ".join(sorted(outcome.red)) or "no check was judged"
    if only:
        raise check_verdict.Unproven(f"not green again: {said}")
    raise errors.LabError("tests-failed", f"the suite is not green in an unbroken lab: {said}")
