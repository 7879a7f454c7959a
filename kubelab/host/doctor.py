"""Whether this computer can run a lab: a table of checks, each a row of what was found and what is wanted."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import rich.console
import rich.markup
import rich.table

from kubelab import errors, model, paths
from kubelab.config import load, rules
from kubelab.files import atomic
from kubelab.host import capacity, doctor_findings, engine, kernel, network, platforms, tools, virtual
from kubelab.state import subnets
from kubelab.ui import terminal

QUICK: tuple[doctor_findings.Look, ...] = (
    platforms.check_platform,
    tools.tool("vagrant", required=True),
    tools.tool("ssh", required=True),
    engine.check_engine,
    tools.check_provider,
    capacity.check_processors,
    capacity.check_memory,
    capacity.check_cache,
    capacity.check_engine_disk,
    kernel.check_cgroups,
    kernel.check_features,
    kernel.check_inotify,
    network.check_subnet,
    network.check_inner,
    network.check_names,
)
"""Quick checks: if one of them fails, a lab is refused before anything is created."""
THOROUGH: tuple[doctor_findings.Look, ...] = (
    tools.check_vagrant,
    engine.check_kind,
    capacity.check_limits,
    network.check_proxy,
    network.check_variables,
    tools.check_go,
    tools.tool("gcc", required=False),
    tools.tool("mmdebstrap", required=False),
    tools.tool("shellcheck", required=False),
    tools.tool("chromium", required=False),
)
"""Checks that take longer, or only advise."""


def quick(lab: model.Lab) -> list[doctor_findings.Finding]:
    """Return the findings of the quick checks, which a lab needs to start."""
    subject = doctor_findings.subject(lab)
    return [_found(look, subject) for look in (*QUICK, *virtual.looks(lab))]


def everything(lab: model.Lab) -> list[doctor_findings.Finding]:
    """Return every finding."""
    subject = doctor_findings.subject(lab)
    return [_found(look, subject) for look in (*QUICK, *virtual.looks(lab), *THOROUGH)]


def _found(look: doctor_findings.Look, subject: doctor_findings.Subject) -> doctor_findings.Finding:
    """Return the finding of a check; one that may not look hides no other row, and refuses no lab."""
    try:
        return look(subject)
    except OSError as problem:
        named = problem.filename if isinstance(problem.filename, str) else ""
        return doctor_findings.Finding(
            what=look.__name__.removeprefix("check_").replace("_", " "),
            found=f"could not tell: {problem}",
            wanted="an answer",
            fix=atomic.mend(Path(named), problem) or f"ls -ld {shlex.quote(named or '/')}; then the same command again",
            ok=False,
            required=False,
        )


def lab(name: str) -> model.Lab:
    """Return the lab that should fit here; one that names no network gets a likely one, without claiming it."""
    spec = load.read(name)
    record = paths.LabPaths(name=spec.name).state / "network"
    if spec.network.machines or record.exists():
        return load.lab(spec, subnets.resolve(paths.LabPaths(name=spec.name), spec.network.machines))
    taken = [spec.network.pods, spec.network.services, *subnets.routes()]
    try:
        return load.lab(spec, subnets.free(subnets.pools(spec.provider), taken))
    except errors.LabError as problem:
        if problem.ident != "network-exhausted":
            raise
        return load.lab(spec, rules.FIRST)  # and its row says what has it


def fit(found: Sequence[doctor_findings.Finding]) -> bool:
    """Return whether every requirement is met."""
    return all(row.ok for row in found if row.required)


def as_json(found: Sequence[doctor_findings.Finding]) -> str:
    """Return the findings for programs."""
    return json.dumps({"fit": fit(found), "checks": [vars(row) for row in found]}, indent=2)


def show(found: Sequence[doctor_findings.Finding]) -> None:
    """Print the findings as a table, and below it the remedy of each that is not well."""
    table = rich.table.Table("", "what", "found", "wanted", box=None)
    for row in found:
        mark = "[green]✓[/]" if row.ok else "[red]✗[/]" if row.required else "[yellow]![/]"
        table.add_row(mark, *map(rich.markup.escape, (row.what, row.found, row.wanted)))
    console = terminal.Console(highlight=False)
    console.print(table)
    for row in found:
        if not row.ok:
            console.print(f"{row.what}: {row.fix}", markup=False, soft_wrap=True)
    bad = sum(not row.ok and row.required for row in found)
    console.print(f"\n{bad} of {len(found)} need mending." if bad else "\nThis computer can run the lab.")
