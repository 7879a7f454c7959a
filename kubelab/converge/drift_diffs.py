"""The diffs of files that were changed by hand on a box: as applied, and as found."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from kubelab import artifact, checks, model
from kubelab.converge import box_state, drift_files, plan, textdiff
from kubelab.pki import secret_scan
from kubelab.render import files_tsv

WITHHELD = "not shown: it is a secret, or only its owner reads it"
LONG = "not shown: it is long"

Applied = Callable[[str, str], bytes | None]
"""Machine and path below its folder to the last rendered content (None: unknown)."""


def shown(
    view: checks.View,
    machine: model.Machine,
    now: box_state.Box,
    found: Sequence[drift_files.Change],
    applied: Applied,
) -> list[drift_files.Change]:
    """Return changes of one box with their diffs; raises as `ssh.run` does."""
    files = box_state.contents(view, machine, [change.what for change in found if change.verb in ("put", "remove")])
    scan = secret_scan.Scan.of(view.where)

    def content(path: str) -> bytes | None:
        return applied(machine.name, f"files{path}")

    return [dataclasses.replace(change, diff=_diff(change, now, files, content, scan)) for change in found]


def _diff(
    change: drift_files.Change,
    now: box_state.Box,
    files: Mapping[str, box_state.File],
    content: Callable[[str], bytes | None],
    scan: secret_scan.Scan,
) -> str:
    """Return a diff, or why there is none; empty if no content is concerned: a unit, a link, a mode."""
    row, here, seen = (now.record or {}).get(change.what), files.get(change.what), now.files.get(change.what)
    if change.verb in ("start", "folder") or (row and row.is_link) or (seen and seen.is_link) or (not row and not here):
        return ""
    was = content(change.what) if row else None
    new = here.content if here else None
    if row and (was is None or files_tsv.digest(was) != row.digest):
        return f"{change.what}: {plan.DIFFERS_SINCE}\n"
    if was == new:
        return ""
    if _secret(change.what, row, here) or scan.found(was or b"") or scan.found(new or b""):
        return f"{change.what}: {WITHHELD}\n"
    unread = here is None and seen is not None and seen.kind.startswith("f")
    if unread or len(new or b"") > box_state.LARGEST:
        return f"{change.what}: {LONG}\n"
    diff = textdiff.unified(_without_tokens(was), _without_tokens(new), change.what)
    return _printable(diff) or f"{change.what}: {WITHHELD}\n"


def _secret(path: str, row: files_tsv.Row | None, here: box_state.File | None) -> bool:
    """Return whether a file is secret as applied, or by its name or its present mode."""
    private = here is not None and artifact.secret(path, here.mode)
    return private or (row is not None and row.secret) or secret_scan.secret_file(PurePosixPath(path))


def _without_tokens(content: bytes | None) -> bytes | None:
    return None if content is None else secret_scan.masked(content)


def _printable(text: str) -> str:
    """Return a text without control characters: the content of the file is foreign."""
    return "".join(
        letter if letter.isprintable() or letter in "\t\n" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
