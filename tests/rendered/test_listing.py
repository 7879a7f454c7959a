"""The default lab's parts are a list under version control: a reviewer sees each change as a diff."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import rendering

GOLDEN = rendering.DATA / "listings/default.txt"
DIGEST = re.compile(r"-[0-9a-f]{12}(?=[/.\s]|$)")
"""In the names of what is in the cache: it changes with every compiler flag."""


def listing(rendered: rendering.Rendered) -> Iterator[str]:
    """Yield the files of the computer, then for each box its files with owner, restarts or target, and its steps."""
    root = rendered.where.root
    yield "== on this computer"
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and relative.parts[0] != "boxes":
            yield f"{stat.S_IMODE(path.stat().st_mode):04o} {relative}"
    for machine in rendered.lab.machines:
        yield f"== {machine.name}"
        for place, (digest, mode, owner, restarts, target) in rendered.rows(machine.name).items():
            what = f"-> {target}" if digest == "link" else f"{mode} {owner}"
            yield DIGEST.sub("", f"{place} {what}") + ("" if restarts == "-" else f" restarts {restarts}")
        provision = (rendered.where.box(machine.name) / "provision.sh").read_text(encoding="utf-8")
        yield from (DIGEST.sub("", line) for line in provision.splitlines() if line.startswith("step "))


def test_the_default_lab_consists_of_what_was_reviewed(labs: rendering.Labs, tmp_path: Path) -> None:
    """Paths, modes, owners, restarts, links and steps; contents are the other tests' business."""
    found = "\n".join(listing(labs["default"])) + "\n"
    fresh = tmp_path / GOLDEN.name
    fresh.write_text(found, encoding="utf-8")
    known = GOLDEN.read_text(encoding="utf-8").splitlines() if GOLDEN.exists() else []
    added = sorted(set(found.splitlines()) - set(known))
    gone = sorted(set(known) - set(found.splitlines()))
    told = "\n".join(["new:", *added, "gone:", *gone, f"if that is meant: cp {fresh} {GOLDEN}"])
    if found.splitlines() != known:
        pytest.fail(told, pytrace=False)
