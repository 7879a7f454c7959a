"""What was changed by hand: on the boxes against what each has applied, in the cluster against what it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kubelab import checks, model, paths
from kubelab.clients import ssh
from kubelab.render import files_tsv, roles

SCRIPT = "look.sh"
STOPPED = ("inactive", "failed")
PATIENCE = 60.0
"""Seconds for a look at a box: it takes one, and many on a computer that has more to do than it can."""


@dataclass(frozen=True, kw_only=True)
class Now:
    """One box as it is: its record, its files by path, paths that nobody applied, and each unit's state."""

    record: Mapping[str, files_tsv.Row]
    files: Mapping[str, files_tsv.Row]
    extra: tuple[str, ...]
    units: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that was changed by hand: `verb` is what puts it back (put, remove, start)."""

    box: str
    verb: str
    what: str
    reason: str
    restarts: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    diff: str = field(default="", repr=False)
    """What differs in a file, if that was asked for (`handmade.shown`)."""


def look(view: checks.View, machines: Sequence[model.Machine] | None = None) -> dict[str, Now | Exception]:
    """Return box name to how it is, or to why it could not be looked at; one round of ssh, all in parallel."""
    script = (paths.PROVISION / SCRIPT).read_bytes()

    def one(machine: model.Machine) -> Now:
        command = f"sudo bash -s -- {' '.join(roles.units(machine.kind))}"
        return parse(ssh.run(view.where, machine, command, given=script, timeout=PATIENCE))

    return ssh.each(view.lab.machines if machines is None else machines, one)


def parse(text: str) -> Now:
    """Return what look.sh said."""
    sections: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("# "):
            sections[line[2:]] = []
        elif sections:
            sections[list(sections)[-1]].append(line)
    digests = {line[66:]: line[:64] for line in sections.get("digests", []) if len(line) > 66}
    return Now(
        record=files_tsv.parse("\n".join(sections.get("record", []))),
        files={row.path: row for row in _files(sections.get("files", []), digests)},
        extra=tuple(sections.get("extra", [])),
        units=_units(sections.get("units", [])),
    )


def _files(lines: Sequence[str], digests: Mapping[str, str]) -> Iterator[files_tsv.Row]:
    for line in lines:
        kind, mode, owner, path, target = line.split("\t")
        link = kind == "l"
        yield files_tsv.Row(
            digest="link" if link else digests.get(path, kind),
            mode="-" if link else f"{int(mode, 8):04o}",
            owner="-" if link else owner,
            restarts=(),
            path=path,
            target=target if link else "-",
        )


def _units(lines: Sequence[str]) -> dict[str, str]:
    found, name = {}, ""
    for line in lines:
        key, _, value = line.partition("=")
        if key == "Id":
            name = value
        elif key == "ActiveState":
            found[""] = value
        if name and "" in found:
            found[name], name = found.pop(""), ""
    return found


def changes(machine: model.Machine, now: Now) -> tuple[Change, ...]:
    """Return what was changed by hand on one box since it applied its folder."""
    found = [_file(machine, row, now.files.get(path)) for path, row in sorted(now.record.items())]
    found += [_extra(machine, path) for path in now.extra]
    for unit, state in now.units.items():
        if state in STOPPED:
            found.append(Change(box=machine.name, verb="start", what=unit, reason=f"is {state}"))
    return tuple(change for change in found if change)


def _file(machine: model.Machine, row: files_tsv.Row, now: files_tsv.Row | None) -> Change | None:
    if now is not None and now.state == row.state:
        return None
    reason = "was removed" if now is None else _difference(row, now)
    pods = tuple(pod.name for pod in roles.static_pods(machine.kind) if row.path.startswith(pod.folder))
    return Change(box=machine.name, verb="put", what=row.path, reason=reason, restarts=row.restarts, pods=pods)


def _difference(row: files_tsv.Row, now: files_tsv.Row) -> str:
    words = []
    if row.is_link or now.is_link:
        words.append(f"points to {now.target}" if now.is_link else "is no link any more")
    elif row.digest != now.digest:
        words.append("content differs")
    if not row.is_link and not now.is_link and (row.mode, row.owner) != (now.mode, now.owner):
        words.append(f"mode or owner: {row.mode} {row.owner} -> {now.mode} {now.owner}")
    return ", ".join(words)


def _extra(machine: model.Machine, path: str) -> Change:
    """Return what somebody put where the lab puts its own: a drop-in restarts its unit, a pod's file its pod."""
    folder = path.rsplit("/", 1)[0]
    dropped = folder.startswith(f"{roles.UNITS}/") and folder.endswith(".d")
    units = (folder.removeprefix(f"{roles.UNITS}/").removesuffix(".d"),) if dropped else ()
    pods = tuple(pod.name for pod in roles.static_pods(machine.kind) if path.startswith(pod.folder))
    return Change(box=machine.name, verb="remove", what=path, reason="was put there", restarts=units, pods=pods)


def orders(found: Sequence[Change]) -> str:
    """Return what `forget.sh` is told to put these changes of one box back: a verb and a word a line."""
    lines = [f"{change.verb} {change.what}" for change in found if change.verb != "start"]
    lines += [f"restart {unit}" for change in found for unit in change.restarts]
    lines += [f"pod {pod}" for change in found for pod in change.pods]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


FORGET = "sudo /opt/kubelab/box/steps/forget.sh"
