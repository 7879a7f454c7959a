"""Reads a checkpoint's content from the boxes of a running lab, and puts it back: etcd, node files, volumes."""

from __future__ import annotations

import datetime
import enum
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kubelab import checks, errors, model, paths
from kubelab.clients import ssh
from kubelab.render import addons
from kubelab.state import checkpoint_files, workspace
from kubelab.ui import progress

SCRIPTS = paths.PROVISION / "checkpoint"
LIMIT = 300.0
"""Seconds for one item of one box: all of a new lab take less than one."""
INCOMING = "/var/lib/kubelab/incoming"
ETCD_INCOMING = "/var/lib/etcd/incoming.db"
FIRST_DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class Part(enum.StrEnum):
    """The parts that can be restored alone."""

    ETCD = "etcd"
    FILES = "files"
    VOLUMES = "volumes"


def script(view: checks.View, machine: model.Machine, name: str, *words: object) -> str:
    """Return the output of a script of provision/checkpoint/, run as root in a box."""
    return ssh.run(
        view.where, machine, _command(name, *words), timeout=LIMIT, given=(SCRIPTS / f"{name}.sh").read_bytes()
    )


def _command(name: str, *words: object) -> str:
    """Return the command line that reads a script from standard input; the script's name shows in `ps`."""
    return " ".join(["sudo", "bash", "-s", "--", *map(str, words)]) + f"  # {name}"


def take(view: checks.View, name: str, *, force: bool = False) -> checkpoint_files.Checkpoint:
    """Save everything under a name, from all boxes at the same time; the caller holds the lab's lock.

    Raises LabError `checkpoint-failed` with the words of each box; then there is no such checkpoint.
    """
    taken = datetime.datetime.now(datetime.UTC)
    of = checkpoint_files.shape(view.lab, workspace.read_keys(view.where))
    with checkpoint_files.draft(view.where, name, force=force) as making:
        wanted = {machine.name: _items(view.lab, machine) for machine in view.lab.machines}
        for path in {path for items in wanted.values() for path in items}:
            (making / path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _everywhere(view.lab.machines, lambda machine: _fetch(view, machine, making, wanted[machine.name]))
        return checkpoint_files.finish(making, view.where, name, taken, of)


def _items(lab: model.Lab, machine: model.Machine) -> dict[str, str]:
    """Return path in the checkpoint to the script that produces it."""
    items = {f"files/{machine.name}.tar": "give-files"}
    if machine.kind is model.Kind.ETCD:
        items[f"etcd/{machine.name}.db"] = "give-etcd"
    if addons.has_volumes(lab, machine):
        items[f"volumes/{machine.name}.tar.gz"] = "give-volumes"
    return items


def _fetch(view: checks.View, machine: model.Machine, making: Path, items: Mapping[str, str]) -> None:
    for path, name in items.items():
        given = (SCRIPTS / f"{name}.sh").read_bytes()
        ssh.save(view.where, machine, _command(name), making / path, timeout=LIMIT, given=given)


def put(
    view: checks.View, found: checkpoint_files.Checkpoint, parts: Sequence[Part], report: progress.Progress
) -> None:
    """Restore parts of a checkpoint into the running boxes; the caller has verified it.

    Nothing reads or writes etcd meanwhile. May be repeated after a failure. Raises LabError `checkpoint-failed`.
    """
    lab, root = view.lab, checkpoint_files.folder(view.where, found.name)
    hold = ("volumes",) if Part.VOLUMES in parts else ()
    if Part.FILES in parts:
        with report.phase("node files"):
            _everywhere(lab.machines, lambda machine: _put_files(view, machine, root))
    with report.phase("hold the nodes"):
        _everywhere(lab.nodes, lambda machine: script(view, machine, "hold", *hold))
    if Part.ETCD in parts:
        with report.phase("etcd's data"):
            _put_etcd(view, root)
    if Part.VOLUMES in parts:
        with report.phase("volumes"):
            whole = "whole" if Part.ETCD in parts else "known"
            _everywhere(lab.nodes, lambda machine: _put_volumes(view, machine, root, whole))
    since = _epoch(found.taken) if Part.ETCD in parts else int(time.time()) + 3600
    with report.phase("nodes go on"):
        _everywhere(lab.nodes, lambda machine: script(view, machine, "release", since))


def _put_files(view: checks.View, machine: model.Machine, root: Path) -> None:
    """Leave a box alone that differs from its folder as the checkpoint does: nothing of it need restart."""
    wanted = (root / f"files/{machine.name}.tar").read_bytes()
    given = (SCRIPTS / "give-files.sh").read_bytes()
    if ssh.fetch(view.where, machine, _command("give-files"), timeout=LIMIT, given=given) != wanted:
        _send(view, machine, root / f"files/{machine.name}.tar", INCOMING)
        script(view, machine, "take-files", INCOMING)


def _put_etcd(view: checks.View, root: Path) -> None:
    """Give etcd a snapshot's data; its revisions jump by more than any lab makes between two restores.

    All members get the same snapshot: each saved its own, at a revision of its own. All have stopped before one starts.
    """
    members = view.lab.etcd
    source = root / f"etcd/{members[0].name}.db"
    bump = int((datetime.datetime.now(datetime.UTC) - FIRST_DAY).total_seconds() * 1000)
    _everywhere(members, lambda machine: _send(view, machine, source, ETCD_INCOMING))
    if len(members) > 1:
        _everywhere(members, lambda machine: script(view, machine, "hold-etcd"))
    _everywhere(members, lambda machine: script(view, machine, "take-etcd", ETCD_INCOMING, bump))


def _put_volumes(view: checks.View, machine: model.Machine, root: Path, which: str) -> None:
    """Give a node its volumes back; newer ones stay, unless etcd forgets them as well (`whole`)."""
    source = root / f"volumes/{machine.name}.tar.gz"
    if source.exists():
        _send(view, machine, source, INCOMING)
        script(view, machine, "take-volumes", INCOMING, which)


def _send(view: checks.View, machine: model.Machine, source: Path, target: str) -> None:
    command = f"sudo sh -c 'umask 077; cat > {target}'"
    ssh.fetch(view.where, machine, command, timeout=LIMIT, given=source)


def newer(view: checks.View, found: checkpoint_files.Checkpoint) -> tuple[tuple[str, ...], ...]:
    """Return what people made or deleted after the checkpoint: (`new` or `deleted`, kind, namespace, name).

    By the audit log, which does not need etcd or the API server; controllers' changes follow from it.
    """
    rows: list[tuple[str, ...]] = []
    for machine in view.lab.control_plane:
        text = script(view, machine, "newer", found.taken)
        rows += [tuple(line.split("\t")) for line in text.splitlines()]
    return tuple(sorted(set(rows)))


def _everywhere(machines: Sequence[model.Machine], work: Callable[[model.Machine], object]) -> None:
    done = ssh.each(machines, work)
    failed = [f"{name}: {result}" for name, result in done.items() if isinstance(result, Exception)]
    if failed:
        raise errors.LabError("checkpoint-failed", "a box failed", details=failed)


def _epoch(taken: str) -> int:
    return int(datetime.datetime.fromisoformat(taken).timestamp())
