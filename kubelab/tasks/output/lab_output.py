"""The output at the end of a task, as text, tables or JSON."""

from __future__ import annotations

import dataclasses
import datetime
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import rich.console
import rich.markup
import rich.table

from kubelab import checks, diagnosis, errors, model, paths, providers
from kubelab.checks import high_availability, more_addons
from kubelab.clients import surroundings
from kubelab.config import load
from kubelab.converge import apply, observed, session
from kubelab.diagnosis import evidence, judge
from kubelab.lab import pausing, renew_certs
from kubelab.state import journal
from kubelab.ui import progress, terminal

WIDE = 240
"""Columns of a table in a file or a pipe: nothing in it is folded."""
_CONSOLE = terminal.Console(highlight=False)


def brought_up(done: apply.UpResult, report: progress.Progress) -> None:
    """Print that the lab is up: how long it took, its machines, and what to type next."""
    lab, where = done.lab, done.where
    report.event("up", lab=lab.name, seconds=round(report.seconds, 2), boxes=done.boxes, reached=done.reached)
    told = "; what was changed by hand is left" if done.by_hand.any else ", as its file says"
    word = "is up" if done.changed else f"is up already{told}"
    report.say(f"\nLab {lab.name} {word} ({report.seconds:.1f} s).\n")
    for machine in lab.machines:
        report.say(f"  {machine.name:<16} {machine.address}  {machine.memory} MiB, {machine.cpus} CPU")
    option = paths.lab_option(lab.name)
    report.say()
    for row in surroundings.exports(where, lab.network.machines):
        report.say(f"  {row}")
    report.say("\nNext:")
    report.say("  kubectl get nodes -o wide")
    report.say(f"  ./run guestbook.open{option}")
    report.say(f"  ./run lab.test{option}")


def status(opened: session.Session, *, as_json: bool) -> errors.Exit:
    """Print the result of every check of the lab; return the exit code of the judgement that `lab.why` shows too."""
    lab, where = opened.lab, opened.where
    if since := pausing.rests(lab.name):
        return _rests(lab, since, as_json=as_json)
    seen, verdict = diagnosis.diagnose(opened.view)
    stopped = [f"{run}; {journal.next_step(where.name)}" for run in journal.interrupted(where)]
    wanted = (*checks.healthy(lab), *more_addons.wanted(lab), *high_availability.each(lab))
    rows = {check: seen.checks.get(check) for check in wanted if seen.checks or seen.late}
    if as_json:
        terminal.document(_status(lab, seen, verdict, rows, stopped))
        return verdict.code
    width = max(20, *map(len, rows)) if rows else 0
    for check, said in rows.items():
        late = check in seen.late
        mark = "[yellow]?[/]" if late else "[red]✗[/]" if said else "[green]✓[/]"
        _CONSOLE.print(f" {mark} {check:<{width}} ", end="")
        _CONSOLE.print("not answered in time" if late else said or "", markup=False, soft_wrap=True)
    for line in [*stopped, *_beside(verdict), *([seen.moved] if seen.moved else []), _in_words(lab, verdict)]:
        _CONSOLE.print(line, markup=False, soft_wrap=True)
    return verdict.code


def _rests(lab: model.Lab, since: str, *, as_json: bool) -> errors.Exit:
    option = paths.lab_option(lab.name)
    words = f"lab {lab.name} is paused since {since}; a word that needs it resumes it, such as ./run lab.up{option}"
    if as_json:
        terminal.document({"verdict": words, "exit": int(errors.Exit.UNKNOWN), "checks": [], "paused": since})
    else:
        _CONSOLE.print(words, markup=False, soft_wrap=True)
    return errors.Exit.UNKNOWN


def _status(
    lab: model.Lab,
    seen: evidence.Evidence,
    verdict: judge.Verdict,
    rows: Mapping[str, str | None],
    stopped: Sequence[str],
) -> dict[str, Any]:
    """Return the same for programs; `ok` is null for a check without an answer in time."""
    checked = [
        {"check": name, "ok": None if name in seen.late else said is None, "seen": said} for name, said in rows.items()
    ]
    words = {"verdict": _in_words(lab, verdict), "exit": int(verdict.code)}
    return {**words, "checks": checked, "interrupted": list(stopped), "remarks": list(verdict.remarks),
            "unseen": list(verdict.unseen), "moved": seen.moved}  # fmt: skip


def _beside(verdict: judge.Verdict) -> list[str]:
    """Return the remarks beside the checks: what was not seen, and what is not the lab's."""
    unseen = () if verdict.code is errors.Exit.ABSENT else verdict.unseen
    return [*(f"not seen: {words}" for words in unseen), *verdict.remarks]


def _in_words(lab: model.Lab, verdict: judge.Verdict) -> str:
    option = paths.lab_option(lab.name)
    if verdict.code is errors.Exit.ABSENT:
        return f"lab {lab.name} has no boxes; type: ./run lab.up{option}"
    if verdict.code is errors.Exit.GOOD:
        return f"lab {lab.name} is well"
    if verdict.code is errors.Exit.DEGRADED:
        return f"lab {lab.name} is degraded; the cause: ./run lab.why{option}"
    return f"lab {lab.name}: it could not be told; ask again when this computer has time, or: ./run lab.why{option}"


def destroyed(name: str, found: Mapping[str, int], report: progress.Progress) -> None:
    """Print what was removed and what stays."""
    if not any(found.values()):
        report.say(f"Lab {name} was not there; nothing to destroy.")
        return
    counts = ", ".join(f"{count} {kind}{'s' if count != 1 else ''}" for kind, count in found.items())
    report.say(f"Lab {name} is gone: {counts}. Kept for the next one: {paths.cache()} and the box image.")


def labs() -> None:
    """Print every lab file with its size and how many of its boxes run; then raise why that could not be told."""
    table = rich.table.Table("lab", "provider", "machines", "running", box=None)
    running: dict[str, int] = {}
    elsewhere: dict[tuple[str, str], int] = {}
    silent: errors.LabError | None = None
    boxes: tuple[providers.Box, ...] = ()
    try:
        boxes = tuple(providers.boxes())
    except errors.LabError as problem:  # a stopped Docker is no reason to hide the lab files
        silent = problem
    for box in boxes:
        if others := observed.roots([box]):
            where = box.lab, str(others.pop())
            elsewhere[where] = elsewhere.get(where, 0) + box.runs
        else:
            running[box.lab] = running.get(box.lab, 0) + box.runs
    for name in load.names():
        try:
            spec = load.read(name)
            machines = sum(spec.machines.counts.values())
            runs = "?" if silent else str(running.pop(name, 0))
            table.add_row(rich.markup.escape(name), str(spec.provider), str(machines), runs)
        except errors.LabError as problem:
            table.add_row(rich.markup.escape(name), f"invalid: {len(problem.details)} problems", "", "")
    for name, count in running.items():
        table.add_row(name, "no file under labs/", "", str(count))
    for (name, root), count in elsewhere.items():
        table.add_row(name, f"of another checkout: {rich.markup.escape(root)}", "", str(count))
    _CONSOLE.print(table)
    if silent:
        raise silent


def show(lab: model.Lab, *, as_json: bool) -> None:
    """Print what follows from the lab file."""
    if as_json:
        terminal.document(_plain(lab), indent=2)
        return
    table = rich.table.Table("machine", "kind", "address", "memory", "cpus", "vagrant ssh …", box=None)
    for machine in lab.machines:
        size = f"{machine.memory} MiB"
        row = (
            machine.name,
            str(machine.kind),
            str(machine.address),
            size,
            str(machine.cpus),
            machine.vagrant_name,
        )
        table.add_row(*row)
    _CONSOLE.print(table)
    network = lab.network
    for label, value in (
        ("machines", network.machines), ("pods", network.pods), ("services", network.services),
        ("API service", network.api_service), ("DNS service", network.dns_service), ("domain", network.domain),
        ("API server", lab.api_endpoint), ("API names", ", ".join(lab.api_sans)),
        ("etcd", ", ".join(lab.etcd_endpoints)), ("Kubernetes", lab.versions.kubernetes),
        ("provider", lab.provider), ("add-ons", ", ".join(lab.addons)),
        *([("web UI", lab.dashboard)] if lab.dashboard is not model.Dashboard.WEB_VIEW else []),
        *([("tools", ", ".join(lab.tools))] if lab.tools else []), ("context", lab.context),
    ):  # fmt: skip
        _CONSOLE.print(f"{label:<12} {value}", soft_wrap=True)


def _plain(lab: model.Lab) -> dict[str, Any]:
    derived = {
        "api_endpoint": lab.api_endpoint,
        "etcd_endpoints": lab.etcd_endpoints,
        "api_sans": lab.api_sans,
        "api_service": lab.network.api_service,
        "dns_service": lab.network.dns_service,
        "context": lab.context,
    }
    versions = {"name": lab.versions.name, "components": dict(lab.versions.components)}
    plain = dataclasses.replace(lab, versions=model.VersionSet(name=lab.versions.name, components={}))
    return {**dataclasses.asdict(plain), "versions": versions, "derived": derived}


def rendered(where: paths.LabPaths, reasons: Mapping[str, str]) -> None:
    """Print where the files are and which certificates were issued, with the reason."""
    for name, reason in reasons.items():
        _CONSOLE.print(f"issued {name}: {reason}", markup=False, soft_wrap=True)
    _CONSOLE.print(f"rendered to {where.root}; nothing was started", markup=False, soft_wrap=True)


def certs(rows: Sequence[renew_certs.Row], *, as_json: bool) -> errors.Exit:
    """Print every certificate; return `PENDING` if the next `lab.up` would issue one anew."""
    code = errors.Exit.PENDING if any(row.flaw for row in rows) else errors.Exit.GOOD
    if as_json:
        terminal.document([row.plain() for row in rows])
        return code
    table = rich.table.Table(box=None)
    for title in ("certificate", "subject", "issuer", "names", "life left", "on"):
        table.add_column(title, overflow="fold")
    for row in rows:
        left = "none" if row.left is None else _span(row.left)
        state = f"[red]{left}: {row.flaw}[/]" if row.flaw else left
        issuer = row.issuer.removeprefix("CN=kubelab-").removesuffix("-ca")
        foreign_cells = map(rich.markup.escape, (row.path, row.subject, issuer, ", ".join(row.sans)))
        table.add_row(*foreign_cells, state, ", ".join(row.boxes))
    wide = None if sys.stdout.isatty() else WIDE
    terminal.Console(highlight=False, width=wide).print(table)
    return code


def _span(left: datetime.timedelta) -> str:
    if left.total_seconds() < 0:
        return "none"
    days = left.days
    return f"{days} days" if days > 2 else f"{left.total_seconds():.0f} s"
