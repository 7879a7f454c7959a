"""The plan of the next `lab.up`, as values: pure differences between a rendered lab and its present state."""

from __future__ import annotations

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kubelab import model
from kubelab.converge import compose, observed, textdiff
from kubelab.render import addons, files_tsv, objects_tsv, roles

LAB = "lab"
UPGRADE = "upgrade"
"""Where a plan lists the parts that are upgraded, in their order."""
CLUSTER = "cluster"
"""Where a plan lists what belongs to no box: the lab's own keys, and objects in the API."""
GONE = "no longer in the lab file: drained, deleted, destroyed with its volumes"
UNUSED = "volumes are made as claims ask; this one stays while a claim or data is on it"
RESTARTED_BY = 3
"""How many of the files that restart something are named."""


class Action(enum.StrEnum):
    """The action on one thing."""

    UPGRADE = "upgrade"
    CREATE = "create"
    CHANGE = "change"
    RENEW = "renew"
    START = "start"
    RESTART = "restart"
    RECREATE = "recreate"
    REMOVE = "remove"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One action, its place, and its reason; `diff` is empty if there is none, or it may not be shown."""

    where: str
    action: Action
    what: str
    reason: str = ""
    diff: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All actions, box by box, and the change of each box."""

    items: tuple[Item, ...]
    states: Mapping[str, observed.State]
    strangers: tuple[str, ...] = ()

    @property
    def pending(self) -> bool:
        """Return whether there is any action."""
        return bool(self.items)

    @property
    def summary(self) -> str:
        """Return the number of each action, in a few words."""
        counts = Counter(item.action for item in self.items)
        return ", ".join(f"{counts[action]} to {action}" for action in Action if counts[action]) or "nothing to do"


@dataclass(frozen=True, kw_only=True)
class Before:
    """The lab before: last rendered file content (None: unknown), objects as applied, links to programs for people."""

    content: Callable[[str, str], bytes | None]
    applied: tuple[objects_tsv.Object, ...] = ()
    programs: Mapping[str, Path] = field(default_factory=dict)


def of(rendered: compose.Rendering, there: observed.Observed, before: Before) -> Plan:
    """Return the plan that turns `there` into `rendered`."""
    states = observed.states(there, rendered.files)
    items = [*_keys(rendered)]
    items += [Item(where=name, action=Action.REMOVE, what="box", reason=GONE) for name in there.strangers]
    for name, found in there.boxes.items():
        items += _box(rendered, found, states[name], before)
    items += _objects(rendered, before)
    items += _tools(rendered, before)
    return Plan(items=tuple(items), states=states, strangers=there.strangers)


def _keys(rendered: compose.Rendering) -> Iterator[Item]:
    """Yield issued certificates and keys; of a lab without any, only their number."""
    fresh = [name for name, reason in rendered.reasons.items() if reason == "missing"]
    if len(fresh) == len(rendered.reasons) and len(fresh) > len(rendered.lab.machines) * 4:
        yield Item(where=LAB, action=Action.CREATE, what=f"{len(fresh)} certificates and keys", reason="none yet")
        return
    for name, reason in rendered.reasons.items():
        action = Action.CREATE if reason == "missing" else Action.RENEW
        yield Item(where=LAB, action=action, what=f"certificate {name}", reason=reason)


CONTAINER: Mapping[observed.State, Action] = {
    observed.State.CREATE: Action.CREATE,
    observed.State.RECREATE: Action.RECREATE,
    observed.State.START: Action.START,
}


def _box(
    rendered: compose.Rendering, found: observed.ObservedBox, state: observed.State, before: Before
) -> Iterator[Item]:
    name = found.machine.name
    if state in CONTAINER:
        yield Item(where=name, action=CONTAINER[state], what="box", reason=found.why)
    if state in (observed.State.EQUAL, observed.State.CREATE):
        return
    wanted = files_tsv.parse(rendered.of_box(name, files_tsv.NAME).decode())
    text = found.record
    if text is None:
        text = (before.content(name, files_tsv.NAME) or b"").decode()
    had = files_tsv.parse(text)
    files = list(_files(rendered, found.machine, wanted, had, before))
    yield from files
    if state is observed.State.APPLY:
        if not files:
            yield Item(
                where=name, action=Action.CHANGE, what="record", reason=found.why or "written by another version"
            )
        yield from _restarts(name, files, wanted, had)


def _files(
    rendered: compose.Rendering,
    machine: model.Machine,
    wanted: Mapping[str, files_tsv.Row],
    had: Mapping[str, files_tsv.Row],
    before: Before,
) -> Iterator[Item]:
    issued = _issued(machine, rendered.reasons)
    for path in sorted({*wanted, *had}):
        new, old = wanted.get(path), had.get(path)
        if new is None:
            yield Item(where=machine.name, action=Action.REMOVE, what=path, reason="no longer part of the lab")
        elif old is None or old.state != new.state:
            yield _file(rendered, machine.name, new, old, issued.get(path, ""), before)


def _file(
    rendered: compose.Rendering,
    box: str,
    new: files_tsv.Row,
    old: files_tsv.Row | None,
    issued: str,
    before: Before,
) -> Item:
    action = Action.CREATE if old is None else Action.RENEW if issued else Action.CHANGE
    if new.is_link or (old and old.is_link):
        reason = new.target if old is None else f"{old.target} -> {new.target}"
        return Item(where=box, action=action, what=new.path, reason=reason)
    if new.secret:
        reason = issued or ("new" if old is None else textdiff.DIFFERS)
        return Item(where=box, action=action, what=new.path, reason=reason, diff=f"{new.path}: {reason}\n")
    content = rendered.of_box(box, f"files{new.path}")
    was = before.content(box, f"files{new.path}") if old else None
    known = was is not None and files_tsv.digest(was) == (old.digest if old else "")
    diff = textdiff.unified(was, content, new.path) if known or old is None else f"{new.path}: {DIFFERS_SINCE}\n"
    return Item(where=box, action=action, what=new.path, reason=issued or _why(new, old, was, content), diff=diff)


DIFFERS_SINCE = "content differs (what the box has was rendered before the last time)"


def _why(new: files_tsv.Row, old: files_tsv.Row | None, was: bytes | None, content: bytes) -> str:
    if old is None:
        return "new"
    if old.digest == new.digest:
        return f"mode or owner: {old.mode} {old.owner} -> {new.mode} {new.owner}"
    return textdiff.reason(was, content) if was is not None and was != content else textdiff.DIFFERS


def _issued(machine: model.Machine, reasons: Mapping[str, str]) -> dict[str, str]:
    """Return path on the box to why its certificate was issued anew."""
    found = {}
    for role in roles.of(machine):
        sources = {row.path: row.source.format(name=machine.name) for row in role.credentials}
        sources |= {row.path: row.pair.format(name=machine.name) for row in role.identities}
        for path, source in sources.items():
            for name in (source, source.rsplit(".", 1)[0]):
                if name in reasons:
                    found[path] = f"certificate {name}: {reasons[name]}"
    return found


def _restarts(
    box: str, files: Sequence[Item], wanted: Mapping[str, files_tsv.Row], had: Mapping[str, files_tsv.Row]
) -> Iterator[Item]:
    """Yield the restarts, from the rows that the box reads too: units by name, static pods by their manifests."""
    users: dict[str, list[str]] = defaultdict(list)
    for item in files:
        row = wanted.get(item.what) or had[item.what]
        if row.path.startswith(f"{roles.MANIFESTS}/"):
            users[f"static pod {row.path.removeprefix(f'{roles.MANIFESTS}/').removesuffix('.yaml')}"].append(row.path)
        for unit in row.restarts:
            users[unit].append(row.path)
    for user, paths in users.items():
        more = f" and {len(paths) - RESTARTED_BY} more" if len(paths) > RESTARTED_BY else ""
        reason = f"uses {', '.join(paths[:RESTARTED_BY])}{more}"
        yield Item(where=box, action=Action.RESTART, what=user, reason=reason)


def _objects(rendered: compose.Rendering, before: Before) -> Iterator[Item]:
    """Yield applied and deleted objects; of a lab without any, only their number."""
    wanted = wanted_objects(rendered)
    had = {row.title: row for row in before.applied}
    if not had:
        yield Item(where=CLUSTER, action=Action.CREATE, what=f"{len(wanted)} objects", reason="none yet")
        return
    for row in wanted:
        if row.title not in had:
            yield Item(where=CLUSTER, action=Action.CREATE, what=row.title, reason=f"in {row.file}")
        elif had[row.title].digest != row.digest:
            yield Item(where=CLUSTER, action=Action.CHANGE, what=row.title, reason=f"differs in {row.file}")
    titles = {row.title for row in wanted}
    for title, row in reversed(had.items()):
        if title not in titles:
            reason = UNUSED if row.kind == "PersistentVolume" else "no longer part of the lab"
            yield Item(where=CLUSTER, action=Action.REMOVE, what=title, reason=reason)


def _tools(rendered: compose.Rendering, before: Before) -> Iterator[Item]:
    """Yield the tools that are put into the lab's bin folder or taken out of it; kubectl is in every lab's."""
    for name in sorted({*rendered.programs, *before.programs} - {"kubectl"}):
        was, new = before.programs.get(name), rendered.programs.get(name)
        if was is None:
            yield Item(where=LAB, action=Action.CREATE, what=f"tool {name}", reason=str(new))
        elif new is None:
            yield Item(where=LAB, action=Action.REMOVE, what=f"tool {name}", reason="not in the lab file any more")
        elif was != new:
            yield Item(where=LAB, action=Action.CHANGE, what=f"tool {name}", reason=f"{was} -> {new}")


def wanted_objects(rendered: compose.Rendering) -> tuple[objects_tsv.Object, ...]:
    """Return the objects that the control plane applies."""
    content = rendered.of_box(rendered.lab.control_plane[0].name, f"files{addons.OBJECTS}")
    return objects_tsv.parse(content.decode())
