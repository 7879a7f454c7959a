"""host.*: make this computer able to run labs, and say whether it is."""

from __future__ import annotations

import sys
from typing import Any

import rich.console
import rich.table

from kubelab import errors, lifecycle, paths, progress
from kubelab.host import doctor as looks
from kubelab.host import setup as doing
from kubelab.tasks import edge


@edge.task
def setup(_: Any) -> None:
    """Install and start what the embedded boxes need: Docker, Vagrant and the tools that build the rest."""
    doing.run(progress.Progress.chosen(log=paths.cache() / "logs/setup.log"))


@edge.task(help={"lab": "the lab that should fit here", "json": "print JSON"})
def doctor(_: Any, lab: str = "default", json: bool = False) -> errors.Exit:
    """Look at everything that a lab needs of this computer. Exit code 0 only if all that is required is there."""
    found = looks.everything(lifecycle.open_lab(lab)[0])
    if json:
        sys.stdout.write(looks.as_json(found) + "\n")
    else:
        _print(found)
    return errors.Exit.GOOD if all(row.ok for row in found if row.required) else errors.Exit.FAILED


def _print(found: list[looks.Finding]) -> None:
    table = rich.table.Table("", "what", "found", "wanted", "type", box=None)
    for row in found:
        mark = "[green]✓[/]" if row.ok else "[red]✗[/]" if row.required else "[yellow]![/]"
        table.add_row(mark, row.what, row.found, row.wanted, "" if row.ok else row.fix)
    rich.console.Console().print(table)
