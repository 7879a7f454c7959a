"""Members of an etcd cluster of several: removed when their data is lost, added as learners, given their vote.

Each step follows from what the members list and which machines have data: an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import enum
import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kubelab import artifact, checks, errors, model, paths
from kubelab.checks import high_availability
from kubelab.clients import doors, ssh
from kubelab.files import bounded
from kubelab.state import workspace
from kubelab.ui import progress

FORMED = "etcd-formed"
"""A file of a lab's state/: the members that have all voted, one a line."""
STATE = "etcd-state"
"""A file of a member's folder: whether one without data may begin a new cluster, see provision/start-etcd.sh."""
EMPTY = "sudo sh -ec 'ls -R /var/lib/etcd > /dev/null; ls /var/lib/etcd/data/member/wal/*.wal 2> /dev/null | wc -l'"
"""Prints how many files of a member's log there are. Fails where they cannot be read: that is no proof that they are
gone."""
INTERVAL = 2.0
"""Seconds between two looks at the members while a lab comes up."""


class Act(enum.StrEnum):
    """A change of the list of members, as etcdctl calls it."""

    REMOVE = "remove"
    ADD = "add"
    PROMOTE = "promote"


@dataclass(frozen=True, kw_only=True)
class Member:
    """A row of the list; one that was only added has no name, one that has not served yet is not `published`."""

    ident: int
    name: str
    peer: str
    published: bool
    learner: bool


@dataclass(frozen=True, kw_only=True)
class Step:
    """The next change: of a member by its identifier, or of a machine that becomes one."""

    act: Act
    machine: str
    ident: int = 0

    def words(self, peers: Mapping[str, str]) -> str:
        """Return it as the words behind `etcdctl`."""
        if self.act is Act.ADD:
            return f"member add {self.machine} --learner --peer-urls={peers[self.machine]}"
        return f"member {self.act} {self.ident:x}"


SAID: Mapping[Act, str] = {
    Act.REMOVE: "has no data that counts: the other etcd members removed it from their list",
    Act.ADD: "added to etcd as a learner",
    Act.PROMOTE: "has caught up and votes in etcd again",
}


def parse(text: str) -> tuple[Member, ...]:
    """Return the rows of `etcdctl member list --write-out=json`; ValueError for anything else."""
    try:
        return tuple(_member(row) for row in json.loads(text)["members"])
    except (LookupError, TypeError, AttributeError) as problem:
        raise ValueError(f"no list of members: {text[:100]!r}") from problem


def _member(row: Mapping[str, object]) -> Member:
    (peer,) = row["peerURLs"] if isinstance(row["peerURLs"], list) else ("",)
    return Member(
        ident=int(str(row["ID"])),
        name=str(row.get("name", "")),
        peer=str(peer),
        published=bool(row.get("clientURLs")),
        learner=bool(row.get("isLearner")),
    )


def step(peers: Mapping[str, str], listed: Sequence[Member], empty: Collection[str], *, formed: bool) -> Step | None:
    """Return the next change of the list, or None while there is nothing to do but to wait.

    `peers` are the lab's members, name to peer URL; `empty` are machines that answer and have no data of etcd: one that
    does not answer is never removed. At a lab's first start members are listed before they have served.
    """
    rows = {row.peer: row for row in listed}
    for row in listed:
        if row.learner and row.peer not in peers.values():  # the lab file named it until a run was stopped
            return Step(act=Act.REMOVE, machine=row.name or row.peer, ident=row.ident)
    for name in sorted(empty):
        lost = rows.get(peers[name])
        if lost and (lost.published or (lost.name and formed)):
            return Step(act=Act.REMOVE, machine=name, ident=lost.ident)
    names = {peer: name for name, peer in peers.items()}
    learners = [row for row in listed if row.learner or not row.name]
    for row in learners:
        if row.published and row.peer in names:
            return Step(act=Act.PROMOTE, machine=names[row.peer], ident=row.ident)
    unlisted = [name for name in peers if peers[name] not in rows and name in empty]
    return Step(act=Act.ADD, machine=unlisted[0]) if unlisted and not learners else None


def quorum(count: int) -> int:
    """Return how many of so many members must answer for a write."""
    return count // 2 + 1


def refuse_lost(lab: model.Lab, where: paths.LabPaths, have: Collection[str]) -> None:
    """Raise LabError `quorum-lost` if too few of the members in `have` are left, which have volumes, to go on with.

    A lab whose members have never all voted, or whose members are all lost, begins anew.
    """
    members = _voted(where)
    left = [name for name in members if name in have]
    if len(lab.etcd) == 1 or not left or len(left) >= quorum(len(members)):
        return
    lost = [name for name in members if name not in have]
    what = f"{len(lost)} of {len(members)} etcd members of lab {lab.name} have lost their volumes: {', '.join(lost)}"
    rows = [f"left: {', '.join(left)}; {quorum(len(members))} are needed to remove and to add a member"]
    raise errors.LabError("quorum-lost", what, details=rows)


def formed(where: paths.LabPaths) -> bool:
    """Return whether the lab's members have all voted once: one without data then has lost it."""
    return (where.state / FORMED).exists()


def _voted(where: paths.LabPaths) -> list[str]:
    """Return the members that had all voted when the lab was well last; none before that."""
    return bounded.text(where.state / FORMED).split()


def begin_anew(lab: model.Lab, where: paths.LabPaths, have: Collection[str]) -> None:
    """Let the lab's members form a new cluster if none of them has a volume any more."""
    if not any(machine.name in have for machine in lab.etcd):
        (where.state / FORMED).unlink(missing_ok=True)


def files(lab: model.Lab, where: paths.LabPaths) -> dict[str, artifact.HostFile]:
    """Return the file of each member's folder that says whether the members have formed; none for a single one."""
    content = b"existing\n" if formed(where) else b"new\n"
    members = lab.etcd if len(lab.etcd) > 1 else ()
    return {f"boxes/{machine.name}/{STATE}": artifact.HostFile(content=content) for machine in members}


def ask(view: checks.View, words: str, machines: Sequence[model.Machine] | None = None) -> str:
    """Return what etcdctl prints in the first etcd box that it works in; raises the last one's error."""
    machines = view.lab.etcd if machines is None else machines
    for machine in machines[:-1]:
        try:
            return ssh.run(view.where, machine, high_availability.ETCDCTL.format(words))
        except doors.DoorError:
            continue
    return ssh.run(view.where, machines[-1], high_availability.ETCDCTL.format(words))


def remove(view: checks.View, name: str) -> bool:
    """Let the other members remove a machine, and return whether they listed it; raises what `ask` does.

    One that was only added has no name in the list.
    """
    others = [machine for machine in view.lab.etcd if machine.name != name]
    peer = view.lab.etcd_peers.get(name)
    rows = parse(ask(view, high_availability.MEMBERS, others))
    listed = [row for row in rows if row.name == name or row.peer == peer]
    for row in listed:
        ask(view, Step(act=Act.REMOVE, machine=name, ident=row.ident).words(view.lab.etcd_peers), others)
    return bool(listed)


def without_data(view: checks.View) -> set[str]:
    """Return the names of the etcd machines that answer, and say that they have no data of etcd."""
    said = ssh.each(view.lab.etcd, lambda machine: ssh.run(view.where, machine, EMPTY, timeout=5))
    return {name for name, count in said.items() if isinstance(count, str) and count.strip() == "0"}


class Watch:
    """Brings the list of members to what the lab file says, one change at a time; called between looks of a wait."""

    def __init__(self, view: checks.View, report: progress.Progress) -> None:
        """Act on a lab with several members only; actions go into the report."""
        self._view = view
        self._report = report
        self._next = 0.0

    def __call__(self) -> None:
        """Look every `INTERVAL` seconds; what cannot be asked or is refused now is tried again at the next look."""
        if len(self._view.lab.etcd) == 1 or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + INTERVAL
        try:
            self._look()
        except (doors.DoorError, ValueError):
            return

    def _look(self) -> None:
        view = self._view
        empty = without_data(view)
        members = [machine for machine in view.lab.etcd if machine.name not in empty] or view.lab.etcd
        listed = parse(ask(view, high_availability.MEMBERS, members))
        found = step(view.lab.etcd_peers, listed, empty, formed=formed(view.where))
        if found:
            ask(view, found.words(view.lab.etcd_peers), members)
            self._report.say(f"   {found.machine}: {SAID[found.act]}")
            self._report.event("etcd_member", machine=found.machine, act=str(found.act))
            self._next = 0.0
        elif all(row.published and not row.learner for row in listed) and len(listed) >= len(view.lab.etcd):
            note_formed(view)


def note_formed(view: checks.View) -> None:
    """Note the members of a lab with several, once all have voted; a lab with one keeps no such note."""
    names = [machine.name for machine in view.lab.etcd]
    if len(names) > 1 and _voted(view.where) != names:
        workspace.keep(view.where.state / FORMED, "".join(f"{name}\n" for name in names).encode())
