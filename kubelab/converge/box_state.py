"""Reads the state of boxes: applied records, files and links, units."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubelab import checks, model, paths
from kubelab.clients import ssh, systemctl
from kubelab.render import files_tsv, roles

FUNCTIONS = "looks/state.sh"
SCRIPTS = (FUNCTIONS, "look.sh")
"""Under provision/: what prints rows, and the look that uses it."""
PATIENCE = 60.0
"""Seconds for a look at a box: one is usual, many on an overloaded computer."""
CONTENTS = "contents.sh"
LARGEST = 64 << 10
"""Bytes of the largest file whose content is read; the largest that a lab puts on a box has a tenth of it."""
WHOLE = 6 << 20
"""Bytes, in base64, after which the content of no other file of a box is read."""
COLUMNS = 5
DANGLING = "lN"
FOLDER = "0755 root:root"
"""Mode and owner of every folder that a box makes for its files."""


@dataclass(frozen=True, kw_only=True)
class Entry(files_tsv.Row):
    """A found path, in the columns of files.tsv. `kind` is find's letter, for a link with that of its target.

    An entry without a digest (a folder, an unreadable file) has its kind as its digest, and equals nothing rendered.
    """

    kind: str

    @property
    def is_folder(self) -> bool:
        """Return whether it is a folder; those that are as `FOLDER` says are not looked at."""
        return self.kind.startswith("d")


@dataclass(frozen=True, kw_only=True)
class File:
    """A regular file of a box: its mode, and no more of its content than shows that it is too long."""

    mode: int
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Box:
    """One box as it is: its applied record (None: gone), entries by path, and units' properties."""

    record: Mapping[str, files_tsv.Row] | None
    files: Mapping[str, Entry]
    units: Mapping[str, Mapping[str, str]]


def read(
    view: checks.View, machines: Sequence[model.Machine], places: Callable[[model.Machine], Iterable[str]]
) -> dict[str, Box | Exception]:
    """Return box name to its state, or to why it could not be read; one round of ssh, all in parallel.

    Entries are those that the record names, and all at or below each machine's `places`.
    """
    script = b"".join((paths.PROVISION / name).read_bytes() for name in SCRIPTS)

    def one(machine: model.Machine) -> Box:
        words = shlex.join([*places(machine), "--", *roles.units(machine.kind)])
        return parse(ssh.run(view.where, machine, f"sudo bash -s -- {words}", given=script, timeout=PATIENCE))

    return ssh.each(machines, one)


def parse(text: str) -> Box:
    """Return the output of look.sh."""
    sections: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            sections[line[2:]] = []
        elif sections:
            sections[list(sections)[-1]].append(line)
    record = sections.get("record")
    return Box(
        record=None if record is None else files_tsv.parse("\n".join(record)),
        files=entries(sections.get("files", ()), digests(sections.get("digests", ()))),
        units=systemctl.shown("\n".join(sections.get("units", ()))),
    )


def entries(lines: Iterable[str], sums: Mapping[str, str]) -> dict[str, Entry]:
    """Return path to entry, from the rows of `entries` in looks/state.sh; `sums` are digests by path."""
    rows = (line.split("\t") for line in lines)
    found = (_entry(cells, sums) for cells in rows if len(cells) == COLUMNS)
    return {entry.path: entry for entry in found}


def digests(lines: Iterable[str]) -> dict[str, str]:
    """Return path to SHA-256, by the lines of sha256sum."""
    return {line[66:]: line[:64] for line in lines if len(line) > 66}


def _entry(cells: Sequence[str], sums: Mapping[str, str]) -> Entry:
    kind, mode, owner, path, target = cells
    if kind.startswith("l"):
        return Entry(**vars(files_tsv.link(path, target)), kind=kind)
    return Entry(
        digest=sums.get(path, kind),
        mode=mode.zfill(4),
        owner=owner,
        restarts=(),
        path=path,
        target=files_tsv.NOTHING,
        kind=kind,
    )


def contents(view: checks.View, machine: model.Machine, names: Sequence[str]) -> dict[str, File]:
    """Return path to content of those of a box's files that are regular; raises what `ssh.run` does."""
    if not names:
        return {}
    script = (paths.PROVISION / CONTENTS).read_text(encoding="utf-8")
    command = f"sudo bash -c {shlex.quote(script)} contents {LARGEST} {WHOLE}"
    given = "".join(f"{name}\n" for name in names).encode()
    said = ssh.run(view.where, machine, command, given=given, timeout=PATIENCE)
    rows = (line.split("\t", 2) for line in said.splitlines())
    return {path: File(mode=int(mode, 8), content=base64.b64decode(content)) for mode, content, path in rows}


def wanted(where: paths.LabPaths, name: str) -> dict[str, files_tsv.Row]:
    """Return the wanted rows of the rendered folder of a box: path to row; raises FileNotFoundError without one."""
    return files_tsv.parse((where.box(name) / files_tsv.NAME).read_text(encoding="utf-8"))
